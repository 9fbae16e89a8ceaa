"""The hash chain over the audit log.

Writers only insert; they never see the chain and never wait for it. A job comes by and appends a
link for each entry that has none. A transaction that commits late, with a smaller id than entries
already sealed, is picked up by the next batch: links follow the order of sealing, not of ids.

What the chain shows: an entry changed, removed or slipped in later. What it cannot show by itself
is a tail cut off together with its links: note the head (it is logged after each batch, and
printed by `verify_audit`) outside of this database, and give it to `verify_audit --head`.
"""

import hashlib
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Max

from apps.core.models import AuditEntry, AuditLink

GENESIS = "0" * 64
BATCH = 1000
LOOK_BACK = 100_000  # ids below the newest sealed one among which late commits are looked for
LATEST_COMMIT = timedelta(hours=1)  # no transaction stays open longer
PAGE = 2000

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Head:
    """The end of the chain: whoever knows it can tell whether something is missing."""

    position: int
    digest: str

    def __str__(self) -> str:
        return f"{self.position}:{self.digest}"


@dataclass(frozen=True)
class Verdict:
    """What the verifier found. `fault` names the first bad row, or is empty."""

    checked: int
    waiting: int
    head: Head
    fault: str = ""

    @property
    def is_intact(self) -> bool:
        return not self.fault


def digest_of(entry: AuditEntry, *, position: int, previous: str, sealed_at: datetime) -> str:
    """SHA-256 over the link before, this link and the row, as canonical JSON.

    Fields without a value are left out, so that a nullable column added later changes no digest.
    """
    row = {
        field.attname: value
        for field in entry._meta.concrete_fields
        if (value := getattr(entry, field.attname)) is not None
    }
    link = {"position": position, "previous": previous, "sealed_at": sealed_at, "entry": row}
    text = json.dumps(link, sort_keys=True, separators=(",", ":"), default=_as_json)
    return hashlib.sha256(text.encode()).hexdigest()


def _as_json(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    raise TypeError(f"{type(value).__name__} has no canonical form in the audit log")


def seal(*, now: datetime) -> int:
    """Chain one batch of entries that have no link yet; how many there were.

    Trusted: the sealing job. Of two sealers at the same time one wins and the other seals nothing.
    """
    try:
        with transaction.atomic():
            links = list(_next_links(now))
            AuditLink.objects.bulk_create(links)
    except IntegrityError:  # the same position or predecessor: another sealer was faster
        return 0
    if links:
        log.info("audit log sealed", position=links[-1].position, digest=links[-1].digest)
    return len(links)


def head() -> Head:
    last = AuditLink.objects.order_by("-position").first()
    return Head(last.position, last.digest) if last else Head(0, GENESIS)


def _next_links(now: datetime) -> Iterator[AuditLink]:
    end = head()
    newest = AuditLink.objects.aggregate(newest=Max("entry_id"))["newest"] or 0
    waiting = AuditEntry.objects.filter(link=None, pk__gt=newest - LOOK_BACK).order_by("pk")
    previous = end.digest
    for position, entry in enumerate(waiting[:BATCH], start=end.position + 1):
        digest = digest_of(entry, position=position, previous=previous, sealed_at=now)
        yield AuditLink(
            position=position, entry=entry, previous=previous, digest=digest, sealed_at=now
        )
        previous = digest


def verify(*, now: datetime, known: Head | None = None) -> Verdict:
    """Recompute the chain from its beginning; `known` is a head that was noted elsewhere."""
    walk = _Walk()
    waiting = AuditEntry.objects.filter(link=None).order_by("pk")
    fault = (
        next((fault for link, entry in _linked() if (fault := walk.step(link, entry))), "")
        or walk.fault_of_missing(known)
        or _fault_of_waiting(waiting.first(), now)
    )
    return Verdict(checked=walk.end.position, waiting=waiting.count(), head=walk.end, fault=fault)


def _linked() -> Iterator[tuple[AuditLink, AuditEntry | None]]:
    """All links in order, each with its entry, if that is still there."""
    position = 0
    while page := list(AuditLink.objects.filter(position__gt=position).order_by("position")[:PAGE]):
        entries = AuditEntry.objects.in_bulk([link.entry_id for link in page])
        for link in page:
            yield link, entries.get(link.entry_id)
        position = page[-1].position


class _Walk:
    """One pass along the chain. `step` answers what is wrong with a link, or nothing."""

    def __init__(self) -> None:
        self.end = Head(0, GENESIS)
        self._recent: deque[tuple[datetime, int]] = deque()  # (sealed at, entry) of LATEST_COMMIT
        self._settled = 0  # the greatest id sealed so long ago that smaller ids are all there

    def step(self, link: AuditLink, entry: AuditEntry | None) -> str:
        if link.position != self.end.position + 1:
            return f"seal {self.end.position + 1} has been removed"
        if entry is None:
            return f"audit entry {link.entry_id} (seal {link.position}) has been removed"
        if link.previous != self.end.digest:
            return f"seal {link.position} has been replaced: it does not follow the one before"
        expected = digest_of(
            entry, position=link.position, previous=link.previous, sealed_at=link.sealed_at
        )
        if link.digest != expected:
            return f"audit entry {entry.pk} (seal {link.position}) has been changed"
        if self._is_late(link):
            return f"audit entry {entry.pk} (seal {link.position}) has been inserted later"
        self.end = Head(link.position, link.digest)
        return ""

    def fault_of_missing(self, known: Head | None) -> str:
        if known is None:
            return ""
        link = AuditLink.objects.filter(position=known.position).first()
        if link is None:
            return f"seal {self.end.position + 1} has been removed: {known.position} were noted"
        return "" if link.digest == known.digest else f"seal {known.position} is not the noted one"

    def _is_late(self, link: AuditLink) -> bool:
        while self._recent and self._recent[0][0] < link.sealed_at - LATEST_COMMIT:
            self._settled = max(self._settled, self._recent.popleft()[1])
        self._recent.append((link.sealed_at, link.entry_id))
        return link.entry_id < self._settled


def _fault_of_waiting(first: AuditEntry | None, now: datetime) -> str:
    """An entry without a seal is new; one below ids that were sealed long ago was slipped in."""
    settled = AuditLink.objects.filter(sealed_at__lt=now - LATEST_COMMIT)
    if first and settled.filter(entry_id__gt=first.pk).exists():
        return f"audit entry {first.pk} (not sealed) has been inserted later"
    return ""
