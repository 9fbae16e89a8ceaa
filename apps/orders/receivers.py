from apps.core.events import on
from apps.orders import tasks
from apps.orders.events import OrderPaid, OrderResumed


@on(OrderPaid)
def start_saga(event: OrderPaid) -> None:
    tasks.run_saga.delay(saga_id=event.saga_id)


@on(OrderResumed)
def restart_saga(event: OrderResumed) -> None:
    tasks.run_saga.delay(saga_id=event.saga_id)
