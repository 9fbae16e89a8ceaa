"""Customers, told what became of their papers; and who their people are, for all who tell them."""

from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q

from apps.customers.messages import REJECTED, VERIFIED
from apps.customers.models import Contact, Customer, Membership
from apps.customers.models.fields import marked
from apps.notifications import services as notifications
from apps.notifications.ports import Address, Recipients


def recipients_of(*, customer_id: int, roles: frozenset[str]) -> Recipients:
    """
    The people of a customer with one of these roles (CUS-6): contacts, and for "primary" the
    primary account. If there is nobody, the primary account hears it.

    Trusted: the port of notifications; people are told, nothing is shown.
    """
    contacts = _contacts(customer_id, roles)
    users = {contact.user.pk: contact.user for contact in contacts if contact.user}
    addresses = [_address(contact) for contact in contacts if not contact.user]
    if "primary" in roles or not contacts:
        members = Membership.objects.filter(customer=customer_id, is_primary=True)
        users |= {member.user.pk: member.user for member in members.select_related("user__tenant")}
    return Recipients(users=list(users.values()), addresses=addresses)


def tell_of_verification(*, customer_id: int, now: datetime) -> None:
    """Trusted: a receiver's work."""
    customer = Customer.objects.select_related("tenant").get(pk=customer_id)
    verified_at = customer.verified_at or now
    notifications.notify_customer(
        kind=VERIFIED.code,
        customer_id=customer.pk,
        facts={"company": customer.name},
        key=f"customer:{customer.pk}:verified:{verified_at:%Y%m%d%H%M%S}",
        now=now,
        link="/account",
        tenant=customer.tenant,
    )


def tell_of_rejection(*, customer_id: int, reason: str, at: str, now: datetime) -> None:
    """Trusted: a receiver's work."""
    customer = Customer.objects.select_related("tenant").get(pk=customer_id)
    notifications.notify_customer(
        kind=REJECTED.code,
        customer_id=customer.pk,
        facts={"company": customer.name, "reason": reason or "—"},
        key=f"customer:{customer.pk}:rejected:{at}",
        now=now,
        link="/account",
        tenant=customer.tenant,
    )


def _contacts(customer_id: int, roles: frozenset[str]) -> list[Contact]:
    if not roles:
        return []
    has_role = reduce(or_, (Q(roles__contains=marked(role)) for role in sorted(roles)))
    found = Contact.objects.filter(customer=customer_id).active().filter(has_role)
    return list(found.select_related("user__tenant").order_by("pk"))


def _address(contact: Contact) -> Address:
    return Address(
        reference=f"contact:{contact.pk}",
        email=contact.email,
        phone=contact.phone,
        name=contact.name,
    )
