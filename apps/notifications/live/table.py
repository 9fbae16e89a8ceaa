"""The table of live events: numbering what was committed, reading, pruning."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.core.retry import retry_txn
from apps.notifications.models.live import LiveClock, LiveEvent, LiveEventQuerySet

KEPT_FOR = timedelta(hours=1)
BATCH = 500
MOST_REPLAYED = 500  # whoever missed more had better load his page again


@dataclass(frozen=True)
class Arrival:
    """Somebody who comes (back): what he saw last, or None if he starts now."""

    user_id: int
    after: int | None


@dataclass(frozen=True)
class Sight:
    """One look at the table: everything up to `head` is complete."""

    head: int
    events: list[LiveEvent]  # (after, head], oldest first
    missed: Mapping[Arrival, list[LiveEvent] | None]  # None: too long ago, or too much


def look(*, after: int | None, arrivals: Collection[Arrival], now: datetime) -> Sight:
    """What is new since `after`, and what each arrival missed; two queries when nothing is.

    Trusted: the hub hands each person his own.
    """
    number_new(now=now)
    clock = LiveClock.objects.get(pk=1)
    is_news = after is not None and after < clock.position
    events = list(_in_order(after, clock.position)) if is_news else []
    return Sight(clock.position, events, _missed(arrivals, clock))


def number_new(*, now: datetime) -> int:
    """Give positions to what was committed since; how many.

    Whoever holds the clock's row numbers, and commits before the next one may: so positions are
    given in the order in which they become visible. Trusted: every process does it for all.
    """
    numbered = 0
    while LiveEvent.objects.unnumbered().exists():
        numbered += _number_batch(now)
    return numbered


@retry_txn
def _number_batch(now: datetime) -> int:
    clock = LiveClock.objects.select_for_update().get(pk=1)
    rows = list(LiveEvent.objects.unnumbered().order_by("pk")[:BATCH])  # read under the lock
    for row in rows:
        clock.position += 1
        row.position, row.numbered_at = clock.position, now
    LiveEvent.objects.bulk_update(rows, ["position", "numbered_at"])
    clock.save(update_fields=["position"])
    return len(rows)


@retry_txn
def prune(*, now: datetime) -> int:
    """Forget what is older than an hour; how many rows. Trusted: a job."""
    clock = LiveClock.objects.select_for_update().get(pk=1)
    old = LiveEvent.objects.numbered_before(now - KEPT_FOR)
    last = old.order_by("-position").values_list("position", flat=True).first()
    if last is None:
        return 0
    clock.pruned = max(clock.pruned, last)
    clock.save(update_fields=["pruned"])
    # By position, not by moment: what remains has no holes.
    return LiveEvent.objects.between(0, last).delete()[0]


def _missed(
    arrivals: Collection[Arrival], clock: LiveClock
) -> dict[Arrival, list[LiveEvent] | None]:
    known = {
        arrival: arrival.after
        for arrival in arrivals
        if arrival.after is not None and clock.pruned <= arrival.after <= clock.position
    }
    rows: dict[int, list[LiveEvent]] = defaultdict(list)
    behind = {arrival.user_id for arrival, after in known.items() if after < clock.position}
    if behind:
        for row in _in_order(min(known.values()), clock.position).filter(user_id__in=behind):
            rows[row.user_id].append(row)
    missed: dict[Arrival, list[LiveEvent] | None] = {}
    for arrival in arrivals:
        after = known.get(arrival)
        if after is None:
            missed[arrival] = [] if arrival.after is None else None
            continue
        own = [row for row in rows[arrival.user_id] if (row.position or 0) > after]
        missed[arrival] = own if len(own) <= MOST_REPLAYED else None
    return missed


def _in_order(after: int | None, until: int) -> LiveEventQuerySet:
    return LiveEvent.objects.between(after or 0, until).order_by("position")
