"""An order moves on the pages that show it."""

from apps.customers.models import Membership
from apps.notifications.live import push
from apps.orders.models import Order


def show_progress(*, order: Order) -> None:
    """Tell the open pages of those whose order it is, in the caller's transaction.

    Trusted: the customer's people, whoever placed it, and the customer's own salesperson. Pages
    read the order itself through doors that ask for permissions.
    """
    members = Membership.objects.filter(customer_id=order.customer_id, user__is_active=True)
    users = {*members.values_list("user_id", flat=True), order.placed_by_id}
    if order.customer.owner_id is not None:
        users.add(order.customer.owner_id)
    push(users=users, topic="order", data={"id": order.pk, "status": str(order.status)})
