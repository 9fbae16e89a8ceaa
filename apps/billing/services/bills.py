"""Monthly usage bills: rounded once, posted once, corrected by the difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.timezone import localdate

from apps.billing.bill_lines import (
    NewLine,
    UsageCharge,
    differences,
    digest_of,
    is_open,
    open_month,
    write_lines,
)
from apps.billing.chart import Leg, Posting, of_customer, of_tenant
from apps.billing.enums import AccountKind, EntryKind
from apps.billing.errors import MonthIsMalformed
from apps.billing.events import BillIssued
from apps.billing.models import Bill, BillItem, Entry
from apps.billing.services import lots, settling
from apps.billing.services.charges import Charge, charge_locked, refundable
from apps.billing.services.posting import ZERO, Wallets, lock_wallets, post_locked
from apps.billing.services.refunds import refund_locked
from apps.core.events import publish
from apps.core.numbers import next_number
from apps.customers.models import Customer

_REVISED = ["revision", "total", "list_total", "items_count"]


@dataclass(frozen=True)
class _Step:
    """One revision of a bill on its way into the books. `used_in` is the month of the use, which
    may have a bill of its own that is closed; `bills` are all that have lines on it."""

    bill: Bill
    used_in: date
    bills: Sequence[Bill]
    key: str
    difference: Decimal
    is_first: bool
    now: datetime

    def charge(self, *, amount: Decimal, suffix: str = "") -> Charge:
        return Charge(
            customer_id=self.bill.customer_id,
            amount=amount,
            key=f"{self.key}:b{self.bill.pk}:{self.bill.revision}{suffix}",
            kind=EntryKind.USAGE if self.is_first else EntryKind.ADJUSTMENT,
            source=_source(self.bill),
            period=self.used_in,
            now=self.now,
            note=self.bill.number,
        )


@transaction.atomic
def charge_usage(
    *,
    customer: Customer,
    month: date,
    items: Sequence[UsageCharge],
    key: str,
    now: datetime,
) -> Bill:
    """Bill all that the customer used in `month`, as it is known now, and take the money.

    `items` is the whole month. The same items again change nothing; other items become lines and
    one posting of the difference: in the month's own bill while it is open, then in the next open
    one, always in the accounting month of the consumption. What gift and cash do not cover is
    owed, whatever the credit limit: it has been consumed.
    Trusted: called by the bill import.
    :raises MonthIsMalformed: if `month` is not the first day of one
    """
    if month.day != 1:
        raise MonthIsMalformed
    digest = digest_of(items)
    with connection.cursor() as cursor:
        wallets = lock_wallets(cursor=cursor, customer_ids=[customer.pk])
        own = _bill_of(customer, month, now)
        if own.items_digest == digest:
            return own
        lines = differences(own, items)
        is_first = not own.items_digest
        own.items_digest = digest
        own.save(update_fields=["items_digest"])
        if not lines and not is_first:
            return own
        bill = own if is_first or is_open(month, now) else _bill_of(customer, open_month(now), now)
        bills = _bills_on_use(own, bill)
        difference = write_lines(bill, lines, month)
        step = _Step(bill, month, bills, key, difference, is_first, now)
        _post(cursor, wallets, step)
    publish(BillIssued(bill_id=bill.pk, customer_id=customer.pk, revision=bill.revision))
    bill.refresh_from_db()
    return bill


def preview_usage(
    *, customer: Customer, month: date, items: Sequence[UsageCharge], now: datetime
) -> tuple[list[NewLine], date]:
    """The lines that `charge_usage` would add, and the month of the bill that would take them.

    Trusted: reads for doors that have checked who may see the bill.
    """
    own = Bill.objects.filter(customer=customer, month=month).first()
    if own is None or not own.items_digest:
        return differences(own or Bill(customer=customer, month=month), items), month
    return differences(own, items), month if is_open(month, now) else open_month(now)


def _post(cursor: CursorWrapper, wallets: Wallets, step: _Step) -> None:
    back = ZERO
    owed = {bill.pk: bill.owed for bill in step.bills}
    if step.difference > 0:
        _take(cursor, wallets, step)
    else:
        back = _return(cursor, wallets, step)
    step.bill.save(update_fields=_REVISED)
    for bill in step.bills:
        if bill is step.bill or bill.owed != owed[bill.pk]:
            settling.save_owed(bill=bill, now=step.now)
    settling.settle_excess(wallet=wallets[step.bill.customer_id], now=step.now)
    _repay(cursor, wallets, step, back)


def _bill_of(customer: Customer, month: date, now: datetime) -> Bill:
    """The customer's bill of the month. His wallet is locked, so nobody else makes one now."""
    bill = Bill.objects.filter(customer=customer, month=month).first()
    if bill is None:
        bill = Bill.objects.create(
            tenant_id=customer.tenant_id,
            customer=customer,
            number=next_number("BIL", on=localdate(now)),
            month=month,
            issued_at=now,
        )
    return bill


def _take(cursor: CursorWrapper, wallets: Wallets, step: _Step) -> None:
    charge = step.charge(amount=step.difference)
    payment = charge_locked(cursor=cursor, wallets=wallets, charge=charge)
    step.bill.owed += payment.credit


def _return(cursor: CursorWrapper, wallets: Wallets, step: _Step) -> Decimal:
    """Give back what was billed too much, through the charges of the bills with lines on the use,
    the last one first.

    How much of it became cash.
    """
    missing, cash = -step.difference, ZERO
    charges = [(bill, charge) for bill in step.bills for charge in _charges_of(bill)]
    for bill, charge in charges:
        amount = min(refundable(charge=charge), missing)
        if amount > 0:
            refund = step.charge(amount=amount, suffix=f":{charge.pk}")
            payment = refund_locked(cursor=cursor, wallets=wallets, charge=charge, refund=refund)
            bill.owed -= min(bill.owed, payment.credit)
            missing, cash = missing - amount, cash + payment.cash
    if missing:
        _credit_beyond(cursor, wallets, step.charge(amount=missing, suffix=":credit"))
    return cash + missing


def _repay(cursor: CursorWrapper, wallets: Wallets, step: _Step, cash: Decimal) -> None:
    """Cash that a correction gave back is money that came in: it repays what is owed first."""
    settling.repay_debt(
        cursor=cursor,
        wallets=wallets,
        customer_id=step.bill.customer_id,
        key=step.charge(amount=cash, suffix=":repaid").key,
        source=("billing.Bill", str(step.bill.pk)),
        now=step.now,
        note=step.bill.number,
        most=cash,
    )


def _credit_beyond(cursor: CursorWrapper, wallets: Wallets, credit: Charge) -> None:
    """A month that sums below zero: the vendor's credit note becomes the customer's cash."""
    revenue = of_tenant(AccountKind.REVENUE, wallets[credit.customer_id].tenant_id)
    cash = of_customer(AccountKind.CASH, credit.customer_id)
    posting = Posting(
        key=credit.key,
        kind=credit.kind,
        legs=(Leg(revenue, cash, credit.amount),),
        source=(credit.source[0], str(credit.source[1])),
        period=credit.period,
        now=credit.now,
        note=credit.note,
    )
    [entry] = post_locked(cursor=cursor, wallets=wallets, postings=[posting])
    lots.open_lot(entry=entry, amount=credit.amount)


def _bills_on_use(own: Bill, bill: Bill) -> list[Bill]:
    """The month's own bill, others that took its changes, and the one that takes this one."""
    taken = BillItem.objects.filter(bill__customer=own.customer_id, used_in=own.month)
    known = {own.pk: own, bill.pk: bill}
    others = Bill.objects.filter(pk__in=taken.values("bill")).exclude(pk__in=known)
    between = list(others.order_by("-month"))
    return [own, *between] if own.pk == bill.pk else [own, *between, bill]


def _charges_of(bill: Bill) -> list[Entry]:
    label, pk = _source(bill)
    charges = Entry.objects.filter(source_label=label, source_pk=str(pk), amount__lt=0)
    return list(charges.order_by("-pk"))


def _source(bill: Bill) -> tuple[str, int]:
    return "billing.Bill", bill.pk
