"""Orders, told to those whom they concern."""

from datetime import datetime

from apps.core.money import format_yuan
from apps.notifications import services as notifications
from apps.orders.enums import OrderPerm
from apps.orders.messages import COMPLETED, PARKED, REFUNDED
from apps.orders.models import Order


def tell_of_completion(*, order_id: int, now: datetime) -> None:
    """Trusted: a receiver's work."""
    order = _order(order_id)
    lines = order.lines.order_by("position")
    facts = {
        "number": order.number,
        "products": "\n".join(f"{line.name} × {line.quantity}" for line in lines),
    }
    _tell_customer(order, COMPLETED.code, facts, "completed", now)


def tell_of_refund(*, order_id: int, now: datetime) -> None:
    """Trusted: a receiver's work."""
    order = _order(order_id)
    facts = {"number": order.number, "amount": format_yuan(order.total)}
    _tell_customer(order, REFUNDED.code, facts, "refunded", now)


def tell_of_parking(*, order_id: int, now: datetime) -> None:
    """Trusted: a receiver's work. An order may be held more than once, each time at other work."""
    order = _order(order_id)
    saga = order.saga
    notifications.notify(
        kind=PARKED.code,
        to=notifications.staff_who_may(
            permission=OrderPerm.RESUME, thing=order, tenant=order.tenant
        ),
        facts={
            "number": order.number,
            "customer": order.customer.name,
            "reason": saga.problem or "—",
        },
        key=f"order:{order.pk}:parked:{saga.fence}",
        now=now,
        link=f"/admin/orders/order/{order.pk}/change/",
        tenant=order.tenant,
    )


def _tell_customer(
    order: Order, kind: str, facts: dict[str, str], what: str, now: datetime
) -> None:
    """Who ordered, and the contacts with the kind's roles; each hears it once."""
    key, link = f"order:{order.pk}:{what}", f"/orders/{order.pk}"
    by_portal = [] if order.placed_by.is_staff else [order.placed_by]
    notifications.notify(
        kind=kind, to=by_portal, facts=facts, key=key, now=now, link=link, tenant=order.tenant
    )
    notifications.notify_customer(
        kind=kind,
        customer_id=order.customer_id,
        facts=facts,
        key=key,
        now=now,
        link=link,
        tenant=order.tenant,
    )


def _order(order_id: int) -> Order:
    return Order.objects.select_related("customer", "placed_by", "tenant").get(pk=order_id)
