"""Debts: repaid from the first cash that comes in, and counted against the oldest bills."""

from datetime import datetime
from decimal import Decimal

from django.db.backends.utils import CursorWrapper

from apps.billing.chart import Leg, Posting, of_customer
from apps.billing.enums import BILL_FLOW, AccountKind, BillStatus, EntryKind
from apps.billing.models import Bill, Entry
from apps.billing.services import lots
from apps.billing.services.posting import (
    ZERO,
    LockedWallet,
    Wallets,
    month_of,
    post_locked,
)


def repay_debt(
    *,
    cursor: CursorWrapper,
    wallets: Wallets,
    customer_id: int,
    key: str,
    source: tuple[str, str],
    now: datetime,
    note: str = "",
    most: Decimal | None = None,
) -> Entry | None:
    """Pay what the customer owes from his cash, or `most` of it, the oldest bills first.

    Trusted: follows a recharge; the wallet is locked.
    """
    wallet = wallets[customer_id]
    amount = min(wallet.cash, wallet.owed, wallet.owed if most is None else most)
    if not amount:
        return None
    cash = of_customer(AccountKind.CASH, customer_id)
    receivable = of_customer(AccountKind.RECEIVABLE, customer_id)
    posting = Posting(
        key=key,
        kind=EntryKind.REPAYMENT,
        legs=(Leg(cash, receivable, amount),),
        source=source,
        period=month_of(now=now),
        now=now,
        note=note,
    )
    [entry] = post_locked(cursor=cursor, wallets=wallets, postings=[posting])
    if not entry.hit:
        lots.take_from_lots(cursor=cursor, entry=entry, amount=amount)
        _pay_oldest(customer_id, amount, now)
    return entry


def settle_excess(*, wallet: LockedWallet, now: datetime) -> None:
    """Bills never claim more than the customer owes: after a refund, the oldest are paid by it.

    Trusted: follows a posting that was allowed; the wallet is locked.
    """
    claimed = sum((bill.owed for bill in _unpaid(wallet.customer_id)), ZERO)
    if claimed > wallet.owed:
        _pay_oldest(wallet.customer_id, claimed - wallet.owed, now)


def save_owed(*, bill: Bill, now: datetime) -> None:
    """Save what is owed of a bill; it is paid exactly while that is nothing.

    Trusted: follows a posting.
    """
    if bill.owed and bill.status == BillStatus.PAID:
        BILL_FLOW.move(bill, BillStatus.ISSUED, actor=None)
    bill.save(update_fields=["owed"])
    if not bill.owed and bill.status == BillStatus.ISSUED:
        BILL_FLOW.move(bill, BillStatus.PAID, actor=None, paid_at=now)


def _pay_oldest(customer_id: int, amount: Decimal, now: datetime) -> None:
    for bill in _unpaid(customer_id):
        paid = min(bill.owed, amount)
        if not paid:
            return
        bill.owed -= paid
        amount -= paid
        save_owed(bill=bill, now=now)


def _unpaid(customer_id: int) -> list[Bill]:
    unpaid = Bill.objects.filter(customer_id=customer_id, owed__gt=0)
    return list(unpaid.order_by("month", "pk"))
