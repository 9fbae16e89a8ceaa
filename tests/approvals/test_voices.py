"""What the decisions made so far come to; and the engine is plain Python."""

import ast
from pathlib import Path

import pytest

from apps.approvals import engine
from apps.approvals.engine.conditions import ALWAYS
from apps.approvals.engine.decide import Verdict, Voice, seats_to_open, verdict_of, voice_of
from apps.approvals.engine.graph import Mode

YES, NO, OPEN = Voice.APPROVED, Voice.REJECTED, Voice.PENDING


@pytest.mark.parametrize(
    ("mode", "share", "voices", "verdict"),
    [
        (Mode.ALL, 100, [YES, YES], Verdict.APPROVED),
        (Mode.ALL, 100, [YES, OPEN], Verdict.OPEN),
        (Mode.ALL, 100, [NO, OPEN], Verdict.REJECTED),
        (Mode.SEQUENCE, 100, [YES, OPEN], Verdict.OPEN),
        (Mode.SEQUENCE, 100, [YES, YES], Verdict.APPROVED),
        (Mode.SEQUENCE, 100, [YES, NO], Verdict.REJECTED),
        (Mode.ANY, 100, [OPEN, OPEN], Verdict.OPEN),
        (Mode.ANY, 100, [YES, OPEN], Verdict.APPROVED),
        (Mode.ANY, 100, [NO, OPEN], Verdict.REJECTED),
        (Mode.SHARE, 60, [YES, YES, OPEN], Verdict.APPROVED),
        (Mode.SHARE, 67, [YES, YES, OPEN], Verdict.OPEN),
        (Mode.SHARE, 60, [YES, NO, OPEN], Verdict.OPEN),
        (Mode.SHARE, 60, [NO, NO, OPEN], Verdict.REJECTED),
        (Mode.SHARE, 1, [NO, NO, OPEN], Verdict.OPEN),
        (Mode.SHARE, 100, [YES, NO], Verdict.REJECTED),
        (Mode.ALL, 100, [], Verdict.OPEN),
        (Mode.ANY, 100, [], Verdict.OPEN),
    ],
)
def test_what_the_voices_come_to(mode, share, voices, verdict):
    assert verdict_of(mode, share, voices) is verdict


@pytest.mark.parametrize(
    ("parts", "voice"),
    [
        (["open"], OPEN),
        (["approved"], YES),
        (["skipped"], YES),
        (["transferred", "open"], OPEN),
        (["transferred", "approved"], YES),
        (["transferred"], OPEN),
        (["approved", "waiting"], OPEN),
        (["approved", "rejected"], NO),
        (["rejected", "waiting"], NO),
    ],
)
def test_everybody_of_a_seat_must_agree(parts, voice):
    assert voice_of(parts) is voice


def test_only_a_sequence_asks_one_by_one():
    voices = [YES, OPEN, OPEN]

    assert seats_to_open(Mode.SEQUENCE, voices) == [1]
    assert seats_to_open(Mode.ALL, voices) == [1, 2]


def test_always_holds():
    assert ALWAYS.holds({}) is True


def test_the_engine_knows_neither_django_nor_the_rest_of_kboss():
    sources = list(Path(engine.__file__).parent.glob("*.py"))
    imported = {
        name
        for source in sources
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [node.names[0].name])
    }

    assert len(sources) == 5
    assert {name for name in imported if name.split(".")[0] in {"django", "apps", "kboss"}} <= {
        f"apps.approvals.engine.{part}" for part in ("conditions", "graph", "path", "decide")
    }
