"""Taking money out of a wallet.

One order of consumption (BAL-1): gift, then cash, then credit. Gifts go first because they cannot
be paid out or invoiced; credit goes last because it is the customer's debt.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Sum

from apps.billing.chart import Leg, Posting, of_customer, of_tenant
from apps.billing.enums import AccountKind, EntryKind
from apps.billing.events import WalletCharged
from apps.billing.models import Entry, Transfer
from apps.billing.services import lots
from apps.billing.services.posting import (
    ZERO,
    LockedWallet,
    Wallets,
    ensure_positive,
    lock_wallets,
    month_of,
    post_locked,
)
from apps.core.events import publish
from apps.customers.models import Customer


@dataclass(frozen=True)
class Payment:
    """How a charge was paid, or a refund was given back."""

    entry: Entry
    gift: Decimal
    cash: Decimal
    credit: Decimal

    @property
    def hit(self) -> bool:
        return self.entry.hit

    @property
    def amount(self) -> Decimal:
        return self.gift + self.cash + self.credit


@dataclass(frozen=True)
class Charge:
    """What is to be charged to a locked wallet."""

    customer_id: int
    amount: Decimal
    key: str
    kind: EntryKind
    source: tuple[str, str | int]
    period: date
    now: datetime
    note: str = ""


@transaction.atomic
def charge_wallet(
    *,
    customer: Customer,
    amount: Decimal,
    key: str,
    source: tuple[str, str | int],
    now: datetime,
    kind: EntryKind = EntryKind.PURCHASE,
    note: str = "",
) -> Payment:
    """Take `amount` from the customer: gift, then cash, then credit. Once for each key.

    Trusted: the calling service has checked who may spend.
    :raises InsufficientBalance: if gift, cash and unused credit do not cover it; nothing is taken
    :raises KeyWasUsed: if the key stands for another charge
    """
    charge = Charge(
        customer_id=customer.pk,
        amount=amount,
        key=key,
        kind=EntryKind(kind),
        source=source,
        period=month_of(now=now),
        now=now,
        note=note,
    )
    with connection.cursor() as cursor:
        wallets = lock_wallets(cursor=cursor, customer_ids=[customer.pk])
        return charge_locked(cursor=cursor, wallets=wallets, charge=charge)


def charge_locked(*, cursor: CursorWrapper, wallets: Wallets, charge: Charge) -> Payment:
    """Charge a wallet that the caller has locked.

    Trusted: the calling service has checked who may spend.
    """
    ensure_positive(amount=charge.amount)
    wallet = wallets[charge.customer_id]
    gift, cash, credit = _in_order(wallet, charge.amount)
    revenue = of_tenant(AccountKind.REVENUE, wallet.tenant_id)
    buckets = zip(
        (AccountKind.GIFT, AccountKind.CASH, AccountKind.RECEIVABLE),
        (gift, cash, credit),
        strict=True,
    )
    posting = Posting(
        key=charge.key,
        kind=charge.kind,
        legs=tuple(
            Leg(of_customer(kind, charge.customer_id), revenue, part)
            for kind, part in buckets
            if part
        ),
        source=(charge.source[0], str(charge.source[1])),
        period=charge.period,
        now=charge.now,
        note=charge.note,
        # The legs depend on the balance of the moment; the request is who, how much and for what.
        body=f"charge c{charge.customer_id} {charge.amount:.2f}",
    )
    [entry] = post_locked(cursor=cursor, wallets=wallets, postings=[posting])
    if entry.hit:
        return payment_of(entry=entry)
    if cash:
        lots.take_from_lots(cursor=cursor, entry=entry, amount=cash)
    publish(WalletCharged(entry_id=entry.pk, customer_id=charge.customer_id))
    return Payment(entry, gift, cash, credit)


def refundable(*, charge: Entry) -> Decimal:
    """What of a charge has not been given back. Trusted: reads."""
    returned = charge.reversals.aggregate(sum=Sum("amount"))["sum"] or ZERO
    left: Decimal = -charge.amount - returned
    return left


def payment_of(*, entry: Entry) -> Payment:
    """How an entry that exists was paid, or given back. Trusted: reads."""
    parts = dict.fromkeys(AccountKind, ZERO)
    for transfer in Transfer.objects.filter(entry=entry).select_related("debit", "credit"):
        for account in (transfer.debit, transfer.credit):
            parts[AccountKind(account.kind)] += transfer.amount
    return Payment(
        entry, parts[AccountKind.GIFT], parts[AccountKind.CASH], parts[AccountKind.RECEIVABLE]
    )


def _in_order(wallet: LockedWallet, amount: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Gift, cash, credit. What exceeds the credit limit is refused when it is posted."""
    gift = min(wallet.gift, amount)
    cash = min(wallet.cash, amount - gift)
    return gift, cash, amount - gift - cash
