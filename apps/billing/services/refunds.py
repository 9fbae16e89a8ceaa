"""Giving back what a charge took (VCH-1).

A refund returns gift, cash and credit in the proportion in which they paid, and its cash to the
very lots that it came from, in their proportion (BAL-2). Credit that comes back lowers what is
owed. Several refunds are one apportionment of what they return together, so that the last one ends
exactly at what was paid.
"""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Sum

from apps.billing.chart import Leg, Posting, of_customer, of_tenant
from apps.billing.enums import AccountKind, EntryKind
from apps.billing.errors import ChargeIsUnknown, RefundIsTooHigh
from apps.billing.models import Entry, LotUse, Transfer
from apps.billing.services import gifts, lots, settling
from apps.billing.services.charges import Charge, Payment, payment_of, refundable
from apps.billing.services.posting import (
    ZERO,
    LockedWallet,
    Wallets,
    ensure_positive,
    ensure_same_body,
    entries_by_key,
    lock_wallets,
    month_of,
    post_locked,
)
from apps.billing.shares import next_shares
from apps.core.money import format_yuan


class _Parts(NamedTuple):
    """Of a charge, or of what was given back of it: by what it was paid."""

    gift: Decimal
    cash: Decimal
    credit: Decimal


@transaction.atomic
def refund_charge(
    *, key_of_charge: str, amount: Decimal, key: str, now: datetime, note: str = ""
) -> Payment:
    """Give `amount` of a charge back to where it came from. Once for each key.

    Trusted: the calling service has checked that the customer is owed it.
    :raises ChargeIsUnknown: if there is no charge with that key
    :raises RefundIsTooHigh: if less than `amount` of the charge is left
    :raises KeyWasUsed: if the key stands for another refund
    """
    charge = Entry.objects.filter(key=key_of_charge, amount__lt=0).first()
    if charge is None or charge.customer_id is None:
        raise ChargeIsUnknown(key=key_of_charge)
    with connection.cursor() as cursor:
        wallets = lock_wallets(cursor=cursor, customer_ids=[charge.customer_id])
        payment = refund_locked(
            cursor=cursor,
            wallets=wallets,
            charge=charge,
            refund=Charge(
                customer_id=charge.customer_id,
                amount=amount,
                key=key,
                kind=EntryKind.REFUND,
                source=(charge.source_label, charge.source_pk),
                period=month_of(now=now),
                now=now,
                note=note or charge.note,
            ),
        )
        settling.settle_excess(wallet=wallets[charge.customer_id], now=now)
        gifts.claw_back(cursor=cursor, wallets=wallets, charge=charge, refund=payment.entry)
        return payment


def refund_locked(
    *, cursor: CursorWrapper, wallets: Wallets, charge: Entry, refund: Charge
) -> Payment:
    """Give back part of `charge` into a wallet that the caller has locked.

    Trusted: the calling service has checked that the customer is owed it.
    """
    ensure_positive(amount=refund.amount)
    wallet = wallets[refund.customer_id]
    first = entries_by_key(keys=[refund.key]).get(refund.key)
    gift, cash, credit = _Parts(ZERO, ZERO, ZERO) if first else _shares(charge, refund.amount)
    # A debt that was repaid meanwhile comes back as cash, in a lot of its own.
    still_owed = min(credit, wallet.owed)
    without_lot = credit - still_owed
    parts = {
        AccountKind.RECEIVABLE: still_owed,
        AccountKind.CASH: cash + without_lot,
        AccountKind.GIFT: gift,
    }
    posting = _refund_posting(wallet, charge, refund, parts)
    if first:
        return payment_of(entry=ensure_same_body(entry=first, posting=posting))
    [entry] = post_locked(cursor=cursor, wallets=wallets, postings=[posting])
    if cash:
        lots.give_back_to_lots(cursor=cursor, entry=entry, charge=charge, amount=cash)
    if without_lot:
        lots.open_lot(entry=entry, amount=without_lot)
    return Payment(entry, gift=gift, cash=cash + without_lot, credit=still_owed)


def _refund_posting(
    wallet: LockedWallet, charge: Entry, refund: Charge, parts: dict[AccountKind, Decimal]
) -> Posting:
    revenue = of_tenant(AccountKind.REVENUE, wallet.tenant_id)
    return Posting(
        key=refund.key,
        kind=refund.kind,
        legs=tuple(
            Leg(revenue, of_customer(kind, wallet.customer_id), part)
            for kind, part in parts.items()
            if part
        ),
        source=(refund.source[0], str(refund.source[1])),
        period=refund.period,
        now=refund.now,
        note=refund.note,
        reverses_id=charge.pk,
        body=f"refund e{charge.pk} {refund.amount:.2f}",
    )


def _shares(charge: Entry, amount: Decimal) -> _Parts:
    """The parts of a refund, in the proportion in which the charge was paid.

    :raises RefundIsTooHigh: if less than `amount` of the charge is left
    """
    paid = payment_of(entry=charge)
    left = refundable(charge=charge)
    if amount > left:
        raise RefundIsTooHigh(left=format_yuan(left))
    returned = _returned(charge, paid.amount - left)
    return _Parts(*next_shares(amount, paid=(paid.gift, paid.cash, paid.credit), returned=returned))


def _returned(charge: Entry, total: Decimal) -> _Parts:
    """By what the earlier refunds stand for what was paid: a debt that was repaid meanwhile came
    back as cash, but for the credit. Cash for cash is what went back to the lots."""
    back = Transfer.objects.filter(entry__reverses=charge, credit__kind=AccountKind.GIFT)
    gift = back.aggregate(sum=Sum("amount"))["sum"] or ZERO
    uses = LotUse.objects.filter(entry__reverses=charge)
    cash = -(uses.aggregate(sum=Sum("amount"))["sum"] or ZERO)
    return _Parts(gift, cash, total - gift - cash)
