from celery import shared_task
from django.utils import timezone

from apps.core import events, sealing
from apps.core.models import OutboxDelivery


@shared_task(name="core.deliver_event")
def deliver_event(*, delivery_id: int, **_: object) -> None:
    """Hand one event to one receiver."""
    events.deliver(delivery_id=delivery_id, now=timezone.now())


def deliver_soon(delivery_id: int) -> None:
    """Hand one delivery to a job; called after the commit that published the event."""
    deliver_event.delay(delivery_id=delivery_id)


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
