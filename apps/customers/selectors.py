from apps.core.errors import NotFound
from apps.customers.models import Customer
from apps.rbac.models import User


def customer_of(user: User) -> Customer:
    """The customer that a portal user acts for; the primary one when there are several.

    :raises NotFound: if the user is a member of none
    """
    customer = (
        Customer.objects.filter(memberships__user=user)
        .select_related("tenant")
        .order_by("-memberships__is_primary", "memberships__pk")
        .first()
    )
    if customer is None:
        raise NotFound
    return customer
