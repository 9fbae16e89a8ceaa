"""What staff do with an order that the machine gave up on."""

from datetime import datetime

from django.db import transaction

from apps.core.events import publish
from apps.orders.enums import ORDER_FLOW, SAGA_FLOW, OrderPerm, OrderStatus, SagaStatus
from apps.orders.events import OrderResumed
from apps.orders.models import Order, Saga, SagaStep
from apps.orders.services.watching import show_progress
from apps.rbac import services as rbac
from apps.rbac.models import User


@transaction.atomic
def resume_order(*, order: Order, actor: User, now: datetime, reason: str = "") -> Order:
    """Try a held order again, from the step where it stands. What was done stays done."""
    rbac.require(actor, OrderPerm.RESUME, order)
    order = Order.objects.lock(order)
    ORDER_FLOW.move(order, OrderStatus.PROVISIONING, actor=actor, reason=reason)
    _restart(order, SagaStatus.RUNNING, actor=actor, now=now)
    return order


@transaction.atomic
def abandon_order(*, order: Order, actor: User, now: datetime, reason: str = "") -> Order:
    """Give a held order up: what was made is released, what was paid goes back."""
    rbac.require(actor, OrderPerm.ABANDON, order)
    order = Order.objects.lock(order)
    ORDER_FLOW.move(order, OrderStatus.REFUNDING, actor=actor, reason=reason)
    _restart(order, SagaStatus.COMPENSATING, actor=actor, now=now)
    return order


def _restart(order: Order, status: SagaStatus, *, actor: User, now: datetime) -> None:
    saga = Saga.objects.select_for_update().get(order=order)
    SAGA_FLOW.move(saga, status, actor=actor, next_run_at=now, problem="")
    SagaStep.objects.filter(saga=saga).update(attempts=0)
    show_progress(order=order)
    publish(OrderResumed(order_id=order.pk, saga_id=saga.pk))
