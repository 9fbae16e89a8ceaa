"""冲账: an entry that was wrong is answered by one the other way round, never edited."""

from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Sum

from apps.billing.chart import Leg, Posting, of_customer, of_tenant
from apps.billing.enums import CLEARING, AccountKind, Channel, EntryKind
from apps.billing.errors import EntryIsNotReversible, ReversalIsTooHigh
from apps.billing.events import WalletAdjusted
from apps.billing.models import Entry, Lot
from apps.billing.services import gifts, lots, settling
from apps.billing.services.charges import Charge
from apps.billing.services.posting import (
    ZERO,
    Wallets,
    ensure_positive,
    ensure_same_body,
    entries_by_key,
    lock_wallets,
    month_of,
    post_locked,
)
from apps.billing.services.refunds import refund_locked
from apps.core import audit
from apps.core.events import publish
from apps.core.money import format_yuan
from apps.rbac.models import User

REVERSIBLE = (EntryKind.PURCHASE, EntryKind.RECHARGE, EntryKind.GIFT)


@transaction.atomic
def adjust_wallet(
    *, entry: Entry, amount: Decimal, key: str, actor: User | None, now: datetime, reason: str
) -> Entry:
    """Reverse `amount` of an entry by a new one in the month of `now`. Once for each key.

    A purchase goes back to the buckets and lots that it came from, and takes the gifts back that
    it had earned; a recharge and a gift are taken out of the wallet again, as far as they have not
    been spent.

    Trusted: called when finance has approved it.
    :raises EntryIsNotReversible: if it is no purchase, recharge or gift; bills correct themselves
    :raises ReversalIsTooHigh: if less than that is left of it
    :raises InsufficientBalance: if the gift has been spent
    :raises KeyWasUsed: if the key stands for another posting
    """
    ensure_positive(amount=amount)
    ensure_reversible(entry=entry)
    with connection.cursor() as cursor:
        wallets = lock_wallets(cursor=cursor, customer_ids=[entry.customer_id or 0])
        if entry.kind == EntryKind.PURCHASE:
            reversal = _give_back(cursor, wallets, entry, _asked(entry, amount, key, now, reason))
        else:
            reversal = _take_out(cursor, wallets, entry, _asked(entry, amount, key, now, reason))
    if not reversal.hit and entry.customer is not None:
        audit.record(
            actor=actor,
            verb="wallet.adjusted",
            thing=entry.customer,
            reason=reason,
            entry=entry.number,
            reversal=reversal.number,
            amount=str(amount),
        )
        publish(WalletAdjusted(entry_id=reversal.pk, customer_id=entry.customer.pk))
    return reversal


def ensure_reversible(*, entry: Entry) -> None:
    """Trusted: compares. :raises EntryIsNotReversible: unless it is a kind that can be reversed"""
    if entry.kind not in REVERSIBLE or entry.customer_id is None:
        raise EntryIsNotReversible(entry=entry.number, kind=entry.get_kind_display())


def reversible(*, entry: Entry) -> Decimal:
    """What of an entry can still be reversed now. Trusted: reads."""
    ensure_reversible(entry=entry)
    returned = entry.reversals.aggregate(sum=Sum("amount"))["sum"] or ZERO
    left: Decimal = abs(entry.amount) - abs(returned)
    if entry.kind == EntryKind.RECHARGE:
        lot = Lot.objects.filter(entry=entry).first()
        left = min(left, lot.remaining if lot else ZERO)
    return left


def _asked(entry: Entry, amount: Decimal, key: str, now: datetime, reason: str) -> Charge:
    return Charge(
        customer_id=entry.customer_id or 0,
        amount=amount,
        key=key,
        kind=EntryKind.REVERSAL,
        source=(entry.source_label, entry.source_pk),
        period=month_of(now=now),
        now=now,
        note=reason[:200],
    )


def _give_back(cursor: CursorWrapper, wallets: Wallets, entry: Entry, asked: Charge) -> Entry:
    payment = refund_locked(cursor=cursor, wallets=wallets, charge=entry, refund=asked)
    settling.settle_excess(wallet=wallets[asked.customer_id], now=asked.now)
    gifts.claw_back(cursor=cursor, wallets=wallets, charge=entry, refund=payment.entry)
    return payment.entry


def _take_out(cursor: CursorWrapper, wallets: Wallets, entry: Entry, asked: Charge) -> Entry:
    posting = Posting(
        key=asked.key,
        kind=EntryKind.REVERSAL,
        legs=(_leg_back(entry, wallets[asked.customer_id].tenant_id, asked.amount),),
        source=(asked.source[0], str(asked.source[1])),
        period=asked.period,
        now=asked.now,
        note=asked.note,
        reverses_id=entry.pk,
        body=f"reversal e{entry.pk} {asked.amount:.2f}",
    )
    first = entries_by_key(keys=[asked.key]).get(asked.key)
    if first:
        return ensure_same_body(entry=first, posting=posting)
    left = reversible(entry=entry)
    if asked.amount > left:
        raise ReversalIsTooHigh(entry=entry.number, left=format_yuan(left))
    [reversal] = post_locked(cursor=cursor, wallets=wallets, postings=[posting])
    if entry.kind == EntryKind.RECHARGE:
        lots.take_from_lot_of(cursor=cursor, entry=reversal, source=entry, amount=asked.amount)
    return reversal


def _leg_back(entry: Entry, tenant_id: int, amount: Decimal) -> Leg:
    customer_id = entry.customer_id or 0
    if entry.kind == EntryKind.GIFT:
        cost = of_tenant(AccountKind.PROMOTION, tenant_id)
        return Leg(of_customer(AccountKind.GIFT, customer_id), cost, amount)
    lot = Lot.objects.select_related("recharge").get(entry=entry)
    channel = Channel(lot.recharge.channel) if lot.recharge else Channel.BANK
    clearing = of_tenant(CLEARING[channel], tenant_id)
    return Leg(of_customer(AccountKind.CASH, customer_id), clearing, amount)
