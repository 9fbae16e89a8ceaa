import time

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import KombuError

from apps.core import events, sealing
from apps.core.models import OutboxDelivery

PAUSE = 15.0  # seconds


class _Broker:
    """Whether it answered of late, as this process knows."""

    def __init__(self) -> None:
        self.down_until = 0.0


broker = _Broker()


@shared_task(name="core.deliver_event")
def deliver_event(*, delivery_id: int, **_: object) -> None:
    """Hand one event to one receiver."""
    events.deliver(delivery_id=delivery_id, now=timezone.now())


def deliver_soon(delivery_id: int) -> None:
    """Hand one delivery to a job; called after the commit that published the event.

    Nobody waits for a broker that is down: after one failure it is left alone for a while, and the
    sweep finds the rows.
    """
    if time.monotonic() < broker.down_until:
        return
    try:
        deliver_event.delay(delivery_id=delivery_id)
    except KombuError:
        broker.down_until = time.monotonic() + PAUSE
        raise


@shared_task(name="core.relay_outbox")
def relay_outbox(**_: object) -> int:
    """Find deliveries whose job was lost or failed and hand them out again; how many there were."""
    due = OutboxDelivery.objects.due(timezone.now()).order_by("next_attempt_at")
    ids = list(due.values_list("pk", flat=True)[:1000])
    for delivery_id in ids:
        deliver_event.delay(delivery_id=delivery_id)
    return len(ids)


@shared_task(name="core.seal_audit")
def seal_audit(**_: object) -> int:
    """Chain the audit entries that have no link yet; how many there were."""
    sealed = 0
    while batch := sealing.seal(now=timezone.now()):
        sealed += batch
        if batch < sealing.BATCH:
            break
    return sealed
