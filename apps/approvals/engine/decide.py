"""What the decisions made so far come to."""

from collections.abc import Sequence
from enum import StrEnum
from math import ceil

from apps.approvals.engine.graph import Mode


class Part(StrEnum):
    """How a task of a seat stands; the same words as the rows use."""

    WAITING = "waiting"
    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    TRANSFERRED = "transferred"


class Voice(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class Verdict(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


def voice_of(parts: Sequence[str]) -> Voice:
    """What one seat says: everybody in it must agree, one refusal refuses."""
    if Part.REJECTED in parts:
        return Voice.REJECTED
    if Part.OPEN in parts or Part.WAITING in parts:
        return Voice.PENDING
    agreed = Part.APPROVED in parts or Part.SKIPPED in parts
    return Voice.APPROVED if agreed else Voice.PENDING


def verdict_of(mode: Mode, share: int, voices: Sequence[Voice]) -> Verdict:
    """Whether the step is decided. Without any voice it never is."""
    total = len(voices)
    approved, rejected = voices.count(Voice.APPROVED), voices.count(Voice.REJECTED)
    needed = {Mode.ANY: 1, Mode.SHARE: max(1, ceil(total * share / 100))}.get(mode, total)
    # 或签: the first to decide decides. By share: a refusal only costs its own voice.
    bearable = total - needed if mode is Mode.SHARE else 0
    if rejected > bearable:
        return Verdict.REJECTED
    return Verdict.APPROVED if total and approved >= needed else Verdict.OPEN


def seats_to_open(mode: Mode, voices: Sequence[Voice]) -> list[int]:
    """The seats whose turn it is, as indexes."""
    pending = [index for index, voice in enumerate(voices) if voice is Voice.PENDING]
    return pending[:1] if mode is Mode.SEQUENCE else pending
