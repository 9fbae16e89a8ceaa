"""Facts that travel up the stack: a row in the transaction, delivered at least once after it."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.core.models import OutboxDelivery, OutboxEvent

FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=6)


@dataclass(frozen=True)
class Event:
    """Base of all events. Fields are plain JSON values: ids, strings, numbers."""


type Receiver[E: Event] = Callable[[E], None]

_kinds: dict[str, type[Event]] = {}
_receivers: dict[str, dict[str, Receiver[Any]]] = defaultdict(dict)
_deliver_soon: list[Callable[[int], None]] = []


class NotInTransaction(RuntimeError):
    """An event was published outside a transaction: it could be told without being true."""


def kind_of(event_class: type[Event]) -> str:
    """The stable name of an event: "billing.RechargePaid"."""
    return f"{event_class.__module__.split('.')[1]}.{event_class.__name__}"


def on[E: Event](event_class: type[E]) -> Callable[[Receiver[E]], Receiver[E]]:
    """Register a receiver. It may be called more than once for one event."""

    def register(receiver: Receiver[E]) -> Receiver[E]:
        kind = kind_of(event_class)
        _kinds[kind] = event_class
        _receivers[kind][f"{receiver.__module__}.{receiver.__qualname__}"] = receiver
        return receiver

    return register


def deliver_with(deliver_soon: Callable[[int], None]) -> None:
    """Name the function that hands one delivery id to a job; the app's door does this once."""
    _deliver_soon[:] = [deliver_soon]


def publish(event: Event) -> OutboxEvent:
    """Write `event` to the outbox; whoever listens hears of it once the transaction commits.

    :raises NotInTransaction: if there is no transaction that could still fail
    """
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(kind_of(type(event)))
    kind = kind_of(type(event))
    row = OutboxEvent.objects.create(kind=kind, payload=asdict(event))
    due = timezone.now() + FIRST_RETRY  # the job below comes first; the sweep is for lost ones
    for receiver in _receivers[kind]:
        delivery = OutboxDelivery.objects.create(event=row, receiver=receiver, next_attempt_at=due)
        for deliver_soon in _deliver_soon:
            transaction.on_commit(_hand_out(deliver_soon, delivery.pk), robust=True)
    return row


def _hand_out(deliver_soon: Callable[[int], None], delivery_id: int) -> Callable[[], None]:
    """A hook with a name: Django writes it when the broker is down, and a partial has none."""

    def hand_out() -> None:
        deliver_soon(delivery_id)

    return hand_out


def deliver(*, delivery_id: int, now: datetime) -> bool:
    """Run one receiver for one event; True if it ran. Doubled calls find the claim taken.

    The claim also schedules the next attempt, so a receiver that raises, or whose process is
    killed, is tried again by the sweep after a growing pause.
    """
    delivery = OutboxDelivery.objects.select_related("event").get(pk=delivery_id)
    claimed = OutboxDelivery.objects.filter(
        pk=delivery_id, done_at__isnull=True, attempts=delivery.attempts
    ).update(attempts=F("attempts") + 1, next_attempt_at=now + _pause(delivery.attempts))
    if not claimed:
        return False
    event_class = _kinds[delivery.event.kind]
    _receivers[delivery.event.kind][delivery.receiver](event_class(**delivery.event.payload))
    OutboxDelivery.objects.filter(pk=delivery_id).update(done_at=timezone.now())
    return True


def _pause(attempts: int) -> timedelta:
    return min(FIRST_RETRY * (1 << min(attempts, 20)), LONGEST_RETRY)
