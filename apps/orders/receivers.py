from django.utils import timezone

from apps.core.events import on
from apps.orders import tasks
from apps.orders.events import (
    OrderCompleted,
    OrderPaid,
    OrderParked,
    OrderRefunded,
    OrderResumed,
)
from apps.orders.services import counting, telling


@on(OrderPaid)
def start_saga(event: OrderPaid) -> None:
    tasks.run_saga.delay(saga_id=event.saga_id)


@on(OrderPaid)
def count_paid_order(event: OrderPaid) -> None:
    counting.count_towards_steps(order_id=event.order_id, now=timezone.now())


@on(OrderRefunded)
def count_refunded_order(event: OrderRefunded) -> None:
    counting.count_towards_steps(order_id=event.order_id, now=timezone.now())


@on(OrderResumed)
def restart_saga(event: OrderResumed) -> None:
    tasks.run_saga.delay(saga_id=event.saga_id)


@on(OrderCompleted)
def tell_of_completion(event: OrderCompleted) -> None:
    telling.tell_of_completion(order_id=event.order_id, now=timezone.now())


@on(OrderRefunded)
def tell_of_refund(event: OrderRefunded) -> None:
    telling.tell_of_refund(order_id=event.order_id, now=timezone.now())


@on(OrderParked)
def tell_of_parking(event: OrderParked) -> None:
    telling.tell_of_parking(order_id=event.order_id, now=timezone.now())
