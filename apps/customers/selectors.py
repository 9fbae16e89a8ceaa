from apps.core.errors import NotFound
from apps.customers.enums import ContactRole
from apps.customers.models import Contact, Customer, Membership
from apps.rbac.models import User


def customer_of(user: User) -> Customer:
    """The customer that a portal user acts for; the primary one when there are several.

    :raises NotFound: if the user is a member of none
    """
    customer = Customer.objects.acted_for_by(user)
    if customer is None:
        raise NotFound
    return customer


def customer_ids_of(user: User) -> list[int]:
    """The customers of which a portal user is a member."""
    return list(Membership.objects.filter(user=user).values_list("customer_id", flat=True))


def facts_for_approvals(customer_id: int) -> dict[str, str]:
    """What conditions of approval flows may ask about a customer."""
    tier = Customer.objects.filter(pk=customer_id).values_list("tier", flat=True).first()
    return {"tier": tier} if tier else {}


def contacts_of(customer: Customer, role: ContactRole) -> list[Contact]:
    """Whom a notice of this kind goes to at `customer` (CUS-6), the longest-known first."""
    found = Contact.objects.filter(customer=customer).active().with_role(role)
    return list(found.select_related("user").order_by("pk"))
