"""Where suppliers are paid: account numbers go in encrypted, and come out on the record."""

from datetime import datetime

from django.db import transaction

from apps.core import audit
from apps.core.encryption import mask_id
from apps.core.models import written_by
from apps.products.errors import AccountNumberIsInvalid
from apps.products.models import Supplier, SupplierAccount
from apps.products.supply import SupplierPerm
from apps.rbac import services as rbac
from apps.rbac.models import User

LEAST_DIGITS, MOST_DIGITS = 8, 32


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


def _digits(number: str) -> str:
    digits = "".join(number.split()).replace("-", "")
    if not (digits.isascii() and digits.isdigit() and LEAST_DIGITS <= len(digits) <= MOST_DIGITS):
        raise AccountNumberIsInvalid(fields={"number": AccountNumberIsInvalid.message})
    return digits
