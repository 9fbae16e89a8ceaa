"""The people to turn to at a customer (CUS-5, CUS-6). Logs hold phone numbers masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from apps.core import audit
from apps.core.encryption import mask_phone
from apps.core.models import written_by
from apps.customers.enums import ContactPerm, ContactRole
from apps.customers.errors import (
    ContactHasNoPhone,
    ContactHasNoRole,
    ContactIsKnown,
    ContactIsUnreachable,
    ContactNameIsMissing,
    ContactPhoneIsInvalid,
    ContactUserIsForeign,
)
from apps.customers.models import Contact, Customer, Membership
from apps.rbac import services as rbac
from apps.rbac.models import User
from apps.rbac.phones import any_to_e164


@dataclass(frozen=True)
class ContactFacts:
    """What is known of a contact. `phone` None leaves the stored number as it is."""

    name: str
    roles: Sequence[str]
    email: str = ""
    phone: str | None = None
    user: User | None = None


@transaction.atomic
def add_contact(*, customer: Customer, facts: ContactFacts, actor: User, now: datetime) -> Contact:
    """A new contact of `customer`.

    :raises Invalid: if name, role or every address is missing, or the phone number is none
    :raises ContactIsKnown: if the customer has the person already
    """
    rbac.require(actor, ContactPerm.ADD, customer)
    return enter_contact(customer=customer, facts=facts, actor=actor, now=now)


@transaction.atomic
def enter_contact(
    *, customer: Customer, facts: ContactFacts, actor: User, now: datetime
) -> Contact:
    """A new contact of `customer`. Trusted: the caller has asked for the right."""
    customer = Customer.objects.lock(customer)  # two requests can't both add the same person
    contact = Contact(customer=customer, created_at=now)
    after = _write(contact, facts, actor)
    audit.record(actor=actor, verb="contact.added", thing=contact, after=after)
    return contact


@transaction.atomic
def change_contact(*, contact: Contact, facts: ContactFacts, actor: User, now: datetime) -> Contact:
    """The contact as `facts` say.

    :raises Invalid: if name, role or every address is missing, or the phone number is none
    :raises ContactIsKnown: if the customer has the person already
    """
    rbac.require(actor, ContactPerm.CHANGE, contact)
    Customer.objects.lock(contact.customer)
    contact = Contact.objects.lock(contact)
    before = _shown(contact)
    after = _write(contact, facts, actor)
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        audit.record(
            actor=actor,
            verb="contact.changed",
            thing=contact,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
    return contact


@transaction.atomic
def deactivate_contact(*, contact: Contact, actor: User, now: datetime) -> Contact:
    """Turn to this person no more; the row stays."""
    rbac.require(actor, ContactPerm.CHANGE, contact)
    return _switch(contact, actor, is_active=False, verb="contact.deactivated")


@transaction.atomic
def restore_contact(*, contact: Contact, actor: User, now: datetime) -> Contact:
    """Turn to this person again."""
    rbac.require(actor, ContactPerm.CHANGE, contact)
    return _switch(contact, actor, is_active=True, verb="contact.restored")


@transaction.atomic
def reveal_phone(*, contact: Contact, actor: User, now: datetime) -> str:
    """The whole phone number; who looked is written down.

    :raises ContactHasNoPhone: if there is none
    """
    rbac.require(actor, ContactPerm.REVEAL, contact)
    contact = Contact.objects.get(pk=contact.pk)
    if not contact.phone:
        raise ContactHasNoPhone(contact=contact)
    audit.record(
        actor=actor, verb="contact.phone_revealed", thing=contact, phone=contact.phone_masked
    )
    return str(contact.phone)


def _switch(contact: Contact, actor: User, *, is_active: bool, verb: str) -> Contact:
    contact = Contact.objects.lock(contact)
    if contact.is_active != is_active:
        contact.is_active = is_active
        written_by(contact, actor)
        contact.save(update_fields=["is_active"])
        audit.record(actor=actor, verb=verb, thing=contact)
    return contact


def _write(contact: Contact, facts: ContactFacts, actor: User) -> dict[str, Any]:
    """Check, take over and save; what the log may show of it."""
    _check(contact, facts)
    if facts.phone is not None:
        contact.phone = _phone(facts.phone)
        contact.phone_masked = mask_phone(contact.phone)
    contact.name, contact.email = facts.name.strip(), facts.email.strip().lower()
    contact.user = facts.user
    contact.roles = Contact._meta.get_field("roles").to_python(facts.roles)
    if not contact.email and not contact.phone_masked:
        raise ContactIsUnreachable(fields={"email": ContactIsUnreachable.message})
    _ensure_unknown(contact, is_new_phone=facts.phone is not None)
    written_by(contact, actor)
    contact.save()
    return _shown(contact)


def _check(contact: Contact, facts: ContactFacts) -> None:
    if not facts.name.strip():
        raise ContactNameIsMissing(fields={"name": ContactNameIsMissing.message})
    if not facts.roles or set(facts.roles) - set(ContactRole):
        raise ContactHasNoRole(fields={"roles": ContactHasNoRole.message})
    is_member = Membership.objects.filter(customer=contact.customer, user=facts.user)
    if facts.user and not is_member.exists():
        raise ContactUserIsForeign(fields={"user": ContactUserIsForeign.message})


def _phone(text: str) -> str:
    number = any_to_e164(text) if text.strip() else ""
    if number is None:
        raise ContactPhoneIsInvalid(fields={"phone": ContactPhoneIsInvalid.message})
    return number


def _ensure_unknown(contact: Contact, *, is_new_phone: bool) -> None:
    """One row for a person at a customer; a company's switchboard may be everybody's number."""
    same = Q(pk__in=[])
    if contact.email:
        same |= Q(name=contact.name, email=contact.email)
    if contact.user:
        same |= Q(user=contact.user)
    if is_new_phone and contact.phone:
        same |= Q(name=contact.name, phone_index__matches=contact.phone)
    others = Contact.objects.filter(customer=contact.customer).exclude(pk=contact.pk)
    known = others.filter(same).first()
    if known is not None:
        raise ContactIsKnown(contact=known)


def _shown(contact: Contact) -> dict[str, Any]:
    return {
        "name": contact.name,
        "roles": [str(role) for role in contact.roles],
        "email": contact.email,
        "phone": contact.phone_masked,
        "user": str(contact.user) if contact.user else "",
    }
