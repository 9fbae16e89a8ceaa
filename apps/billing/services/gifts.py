"""Gifts: granted by staff, earned by purchases (满赠), taken back."""

from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet, Sum

from apps.billing.chart import Leg, Posting, of_customer, of_tenant
from apps.billing.enums import AccountKind, EntryKind, WalletPerm
from apps.billing.models import Entry
from apps.billing.services import settling
from apps.billing.services.charges import refundable
from apps.billing.services.posting import (
    ZERO,
    Wallets,
    lock_wallets,
    month_of,
    post_locked,
)
from apps.core import audit
from apps.core.money import round_fen
from apps.customers.models import Customer
from apps.rbac import services as rbac
from apps.rbac.models import User


@transaction.atomic
def grant_gift(
    *, customer: Customer, amount: Decimal, key: str, actor: User, now: datetime, note: str = ""
) -> Entry:
    """Give the customer money that can be spent, but neither paid out nor invoiced."""
    rbac.require(actor, WalletPerm.GRANT_GIFT, customer)
    entry = _move_gift(customer, amount, key, EntryKind.GIFT, now, note)
    if not entry.hit:
        audit.record(
            actor=actor, verb="gift.granted", thing=customer, amount=str(amount), reason=note
        )
    return entry


@transaction.atomic
def give_gift(
    *, customer: Customer, amount: Decimal, key: str, earned_by: str, now: datetime, note: str
) -> Entry:
    """Give the customer what a promotion promised for the charge of the key `earned_by`. Once for
    each key. What is given back of that charge takes back as much of the gift.

    Trusted: the promotion was approved, and the purchase is done.
    """
    charge = Entry.objects.filter(key=earned_by, customer=customer).first()
    entry = _move_gift(customer, amount, key, EntryKind.GIFT, now, note, charge)
    if not entry.hit:
        audit.record(
            actor=None, verb="gift.granted", thing=customer, amount=str(amount), reason=note
        )
    return entry


@transaction.atomic
def revoke_gift(
    *, customer: Customer, amount: Decimal, key: str, actor: User, now: datetime, note: str = ""
) -> Entry:
    """Take back a gift that has not been spent.

    :raises InsufficientBalance: if less than that is left of the customer's gifts
    """
    rbac.require(actor, WalletPerm.GRANT_GIFT, customer)
    entry = _move_gift(customer, amount, key, EntryKind.GIFT_REVOCATION, now, note)
    if not entry.hit:
        audit.record(
            actor=actor, verb="gift.revoked", thing=customer, amount=str(amount), reason=note
        )
    return entry


def claw_back(*, cursor: CursorWrapper, wallets: Wallets, charge: Entry, refund: Entry) -> None:
    """Take back what `charge` had earned, in the share in which it is given back by now.

    What is spent of it is owed, and paid at once from the cash that there is: money that comes in
    repays first.
    Trusted: follows a refund that was allowed; the wallet is locked. Its replay does nothing.
    """
    if refund.hit or charge.customer is None:
        return
    back = -charge.amount - refundable(charge=charge)
    for gift in _earned_by(charge):
        amount = _due_back(charge, gift, back)
        if amount:
            owed = _take(cursor, wallets, gift, refund, amount)
            audit.record(
                actor=None,
                verb="gift.revoked",
                thing=charge.customer,
                amount=str(amount),
                owed=str(owed),
                reason=refund.number,
            )


def gifts_taken_back_by(*, entry: Entry, amount: Decimal) -> Decimal:
    """What of its gifts a purchase loses when so much of it is reversed. Trusted: reads."""
    if entry.kind != EntryKind.PURCHASE:
        return ZERO
    back = -entry.amount - refundable(charge=entry) + amount
    return sum((_due_back(entry, gift, back) for gift in _earned_by(entry)), ZERO)


def _earned_by(charge: Entry) -> QuerySet[Entry]:
    label, pk = _source_of(charge)
    gifts = Entry.objects.filter(kind=EntryKind.GIFT, source_label=label, source_pk=pk)
    return gifts.order_by("pk")


def _source_of(charge: Entry) -> tuple[str, str]:
    return "billing.Entry", str(charge.pk)


def _due_back(charge: Entry, gift: Entry, back: Decimal) -> Decimal:
    """What of a gift is to be taken back when `back` of its charge is given back in all."""
    taken = -(gift.reversals.aggregate(sum=Sum("amount"))["sum"] or ZERO)
    due: Decimal = round_fen(gift.amount * min(back, -charge.amount) / -charge.amount)
    return max(due - taken, ZERO)


def _take(
    cursor: CursorWrapper, wallets: Wallets, gift: Entry, refund: Entry, amount: Decimal
) -> Decimal:
    """What of it the customer had spent, and owes."""
    customer_id = refund.customer_id or 0
    wallet = wallets[customer_id]
    unspent = min(wallet.gift, amount)
    cost = of_tenant(AccountKind.PROMOTION, wallet.tenant_id)
    buckets = ((AccountKind.GIFT, unspent), (AccountKind.RECEIVABLE, amount - unspent))
    posting = Posting(
        key=f"{refund.key}:gift{gift.pk}",
        kind=EntryKind.GIFT_REVOCATION,
        legs=tuple(
            Leg(of_customer(kind, customer_id), cost, part) for kind, part in buckets if part
        ),
        source=_source_of(refund),
        period=refund.period,
        now=refund.posted_at,
        note=gift.note,
        reverses_id=gift.pk,
    )
    post_locked(cursor=cursor, wallets=wallets, postings=[posting])
    settling.repay_debt(
        cursor=cursor,
        wallets=wallets,
        customer_id=customer_id,
        key=f"{posting.key}:repaid",
        source=posting.source,
        now=refund.posted_at,
        note=gift.note,
        most=amount - unspent,
    )
    return amount - unspent


def _move_gift(
    customer: Customer,
    amount: Decimal,
    key: str,
    kind: EntryKind,
    now: datetime,
    note: str,
    earned_by: Entry | None = None,
) -> Entry:
    with connection.cursor() as cursor:
        wallets = lock_wallets(cursor=cursor, customer_ids=[customer.pk])
        gift = of_customer(AccountKind.GIFT, customer.pk)
        cost = of_tenant(AccountKind.PROMOTION, wallets[customer.pk].tenant_id)
        legs = (Leg(cost, gift, amount),) if kind is EntryKind.GIFT else (Leg(gift, cost, amount),)
        posting = Posting(
            key=key,
            kind=kind,
            legs=legs,
            source=_source_of(earned_by) if earned_by else ("customers.Customer", str(customer.pk)),
            period=month_of(now=now),
            now=now,
            note=note[:200],
        )
        return post_locked(cursor=cursor, wallets=wallets, postings=[posting])[0]
