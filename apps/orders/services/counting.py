"""Orders count towards the steps by which metered use is priced."""

from datetime import datetime

from apps.clouds import services as clouds
from apps.orders.models import Order


def count_towards_steps(*, order_id: int, now: datetime) -> int:
    """Have the customer's use rated again that steps with this order in their window price.

    Trusted: follows the payment or the refund. Twice is as good as once.
    """
    order = Order.objects.select_related("customer").get(pk=order_id)
    if order.paid_at is None:
        return 0
    return clouds.ask_for_rerating(customer=order.customer, at=order.paid_at, now=now)
