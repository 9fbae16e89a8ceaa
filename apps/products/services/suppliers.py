"""Suppliers' secrets: account and phone numbers go in encrypted, and come out on the record."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.core import audit
from apps.core.encryption import mask_id, mask_phone
from apps.core.models import written_by
from apps.products.errors import (
    AccountNumberIsInvalid,
    SupplierHasNoPhone,
    SupplierPhoneIsInvalid,
)
from apps.products.models import Supplier, SupplierAccount, SupplierContact
from apps.products.supply import SupplierPerm
from apps.rbac import services as rbac
from apps.rbac.models import User
from apps.rbac.phones import any_to_e164

LEAST_DIGITS, MOST_DIGITS = 8, 32


@dataclass(frozen=True)
class SupplierContactFacts:
    """Whom to call. `phone` None leaves the stored number as it is, "" removes it."""

    name: str
    duty: str = ""
    email: str = ""
    phone: str | None = None


@transaction.atomic
def add_supplier_account(
    *, supplier: Supplier, holder: str, bank: str, number: str, actor: User, now: datetime
) -> SupplierAccount:
    """Write down where a supplier is paid.

    :raises AccountNumberIsInvalid: unless it is 8 to 32 digits
    """
    rbac.require(actor, SupplierPerm.SET_ACCOUNT, supplier)
    digits = _digits(number)
    account = SupplierAccount(supplier=supplier, holder=holder, bank=bank, number=digits)
    account.number_masked = mask_id(digits)
    written_by(account, actor)
    account.save()
    audit.record(
        actor=actor,
        verb="supplier.account_added",
        thing=supplier,
        bank=bank,
        number=account.number_masked,
    )
    return account


@transaction.atomic
def close_supplier_account(
    *, account: SupplierAccount, actor: User, now: datetime
) -> SupplierAccount:
    """Pay there no more; the row stays."""
    rbac.require(actor, SupplierPerm.SET_ACCOUNT, account)
    account = SupplierAccount.objects.lock(account)
    if account.is_active:
        account.is_active = False
        written_by(account, actor)
        account.save(update_fields=["is_active"])
        audit.record(
            actor=actor,
            verb="supplier.account_closed",
            thing=account.supplier,
            number=account.number_masked,
        )
    return account


@transaction.atomic
def reveal_account_number(*, account: SupplierAccount, actor: User, now: datetime) -> str:
    """The whole number; who looked is written down."""
    rbac.require(actor, SupplierPerm.REVEAL, account)
    account = SupplierAccount.objects.get(pk=account.pk)
    audit.record(
        actor=actor,
        verb="supplier.account_revealed",
        thing=account.supplier,
        number=account.number_masked,
    )
    return str(account.number)


@transaction.atomic
def add_supplier_contact(
    *, supplier: Supplier, facts: SupplierContactFacts, actor: User, now: datetime
) -> SupplierContact:
    """Write down whom to call at a supplier.

    :raises SupplierPhoneIsInvalid: if the number is none
    """
    rbac.require(actor, SupplierPerm.ADD_CONTACT, supplier)
    contact = SupplierContact(supplier=supplier)
    after = _write_contact(contact, facts, actor)
    audit.record(actor=actor, verb="supplier.contact_added", thing=contact, after=after)
    return contact


@transaction.atomic
def change_supplier_contact(
    *, contact: SupplierContact, facts: SupplierContactFacts, actor: User, now: datetime
) -> SupplierContact:
    """The contact as `facts` say.

    :raises SupplierPhoneIsInvalid: if the number is none
    """
    rbac.require(actor, SupplierPerm.CHANGE_CONTACT, contact)
    contact = SupplierContact.objects.lock(contact)
    before = _shown(contact)
    after = _write_contact(contact, facts, actor)
    if after != before:
        audit.record(
            actor=actor,
            verb="supplier.contact_changed",
            thing=contact,
            before=before,
            after=after,
        )
    return contact


@transaction.atomic
def reveal_supplier_phone(*, contact: SupplierContact, actor: User, now: datetime) -> str:
    """The whole number; who looked is written down.

    :raises SupplierHasNoPhone: if there is none
    """
    rbac.require(actor, SupplierPerm.REVEAL_PHONE, contact)
    contact = SupplierContact.objects.get(pk=contact.pk)
    if not contact.phone_masked:
        raise SupplierHasNoPhone(contact=contact)
    audit.record(
        actor=actor, verb="supplier.phone_revealed", thing=contact, phone=contact.phone_masked
    )
    return str(contact.phone)


def _write_contact(
    contact: SupplierContact, facts: SupplierContactFacts, actor: User
) -> dict[str, Any]:
    """Take over and save; what the log may show of it."""
    if facts.phone is not None:
        number = any_to_e164(facts.phone) if facts.phone.strip() else ""
        if number is None:
            raise SupplierPhoneIsInvalid(fields={"phone": SupplierPhoneIsInvalid.message})
        contact.phone, contact.phone_masked = number or None, mask_phone(number)
    contact.name, contact.duty = facts.name.strip(), facts.duty.strip()
    contact.email = facts.email.strip()
    written_by(contact, actor)
    contact.save()
    return _shown(contact)


def _shown(contact: SupplierContact) -> dict[str, Any]:
    return {
        "name": contact.name,
        "duty": contact.duty,
        "email": contact.email,
        "phone": contact.phone_masked,
    }


def _digits(number: str) -> str:
    digits = "".join(number.split()).replace("-", "")
    if not (digits.isascii() and digits.isdigit() and LEAST_DIGITS <= len(digits) <= MOST_DIGITS):
        raise AccountNumberIsInvalid(fields={"number": AccountNumberIsInvalid.message})
    return digits
