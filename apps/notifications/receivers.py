from apps.core.events import on
from apps.notifications import tasks
from apps.notifications.events import DeliveryQueued


@on(DeliveryQueued)
def deliver(event: DeliveryQueued) -> None:
    tasks.deliver.delay(delivery_id=event.delivery_id)
