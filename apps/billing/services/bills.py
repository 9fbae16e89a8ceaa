"""Monthly usage bills: rounded once, posted once, corrected by the difference."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.timezone import localdate

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
from apps.core.money import round_fen
from apps.core.numbers import next_number
from apps.customers.models import Customer

_REVISED = ["revision", "items_digest", "total", "list_total", "items_count"]
_PRECISE = Decimal("1E-12")


class UsageCharge(NamedTuple):
    """One line of usage with its price, in yuan with up to twelve decimals."""

    product_code: str
    product_name: str
    resource_id: str
    region: str
    list_cost: Decimal
    payable: Decimal

    @property
    def subject(self) -> tuple[str, str, str]:
        return self.product_code, self.resource_id, self.region


@dataclass(frozen=True)
class _Step:
    """One revision of a bill on its way into the books."""

    bill: Bill
    key: str
    difference: Decimal
    now: datetime

    def charge(self, *, amount: Decimal, suffix: str = "") -> Charge:
        is_first = self.bill.revision == 1
        return Charge(
            customer_id=self.bill.customer_id,
            amount=amount,
            key=f"{self.key}:b{self.bill.pk}:{self.bill.revision}{suffix}",
            kind=EntryKind.USAGE if is_first else EntryKind.ADJUSTMENT,
            source=_source(self.bill),
            period=self.bill.month,
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
    one posting of the difference, in the month of the consumption. What gift and cash do not cover
    is owed, whatever the credit limit: it has been consumed.
    Trusted: called by the bill import.
    :raises MonthIsMalformed: if `month` is not the first day of one
    """
    if month.day != 1:
        raise MonthIsMalformed
    digest = _digest(items)
    with connection.cursor() as cursor:
        wallets = lock_wallets(cursor=cursor, customer_ids=[customer.pk])
        bill = _bill_of(customer, month, now)
        if bill.items_digest == digest:
            return bill
        difference = _revise(bill, items, digest)
        step = _Step(bill=bill, key=key, difference=difference, now=now)
        back = ZERO
        if difference > 0:
            _take(cursor, wallets, step)
        else:
            back = _return(cursor, wallets, step)
        bill.save(update_fields=_REVISED)
        settling.save_owed(bill=bill, now=now)
        settling.settle_excess(wallet=wallets[customer.pk], now=now)
        _repay(cursor, wallets, step, back)
    publish(BillIssued(bill_id=bill.pk, customer_id=customer.pk, revision=bill.revision))
    bill.refresh_from_db()
    return bill


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


def _revise(bill: Bill, items: Sequence[UsageCharge], digest: str) -> Decimal:
    """Add the lines that lead to `items`; by how much the rounded total changed."""
    bill.revision += 1
    bill.items_digest = digest
    lines = items if bill.revision == 1 else _differences(bill, items)
    BillItem.objects.bulk_create(
        (
            BillItem(
                bill=bill,
                revision=bill.revision,
                product_code=line.product_code,
                product_name=line.product_name,
                resource_id=line.resource_id,
                region=line.region,
                list_cost=line.list_cost,
                payable=line.payable,
            )
            for line in lines
        ),
        batch_size=1000,
    )
    total = round_fen(sum((item.payable for item in items), ZERO))
    difference: Decimal = total - bill.total
    bill.total = total
    bill.list_total = round_fen(sum((item.list_cost for item in items), ZERO))
    bill.items_count += len(lines)
    return difference


def _differences(bill: Bill, items: Iterable[UsageCharge]) -> list[UsageCharge]:
    """What has to be added to the lines of a bill so that they sum to `items`."""
    names: dict[tuple[str, str, str], str] = {}
    sums: dict[tuple[str, str, str], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    billed = bill.items.values_list(
        "product_code", "resource_id", "region", "product_name", "list_cost", "payable"
    )
    for code, resource, region, name, list_cost, payable in billed.iterator(chunk_size=5000):
        subject = (code, resource, region)
        names.setdefault(subject, name)
        sums[subject][0] -= list_cost
        sums[subject][1] -= payable
    for item in items:
        names[item.subject] = item.product_name
        sums[item.subject][0] += item.list_cost
        sums[item.subject][1] += item.payable
    return [
        UsageCharge(code, names[code, resource, region], resource, region, *amounts)
        for (code, resource, region), amounts in sums.items()
        if any(amounts)
    ]


def _take(cursor: CursorWrapper, wallets: Wallets, step: _Step) -> None:
    charge = step.charge(amount=step.difference)
    payment = charge_locked(cursor=cursor, wallets=wallets, charge=charge)
    step.bill.owed += payment.credit


def _return(cursor: CursorWrapper, wallets: Wallets, step: _Step) -> Decimal:
    """Give back what was billed too much, through the bill's charges, the last one first.

    How much of it became cash.
    """
    missing, cash = -step.difference, ZERO
    for charge in _charges_of(step.bill):
        amount = min(refundable(charge=charge), missing)
        if amount > 0:
            refund = step.charge(amount=amount, suffix=f":{charge.pk}")
            payment = refund_locked(cursor=cursor, wallets=wallets, charge=charge, refund=refund)
            step.bill.owed -= min(step.bill.owed, payment.credit)
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


def _charges_of(bill: Bill) -> list[Entry]:
    label, pk = _source(bill)
    charges = Entry.objects.filter(source_label=label, source_pk=str(pk), amount__lt=0)
    return list(charges.order_by("-pk"))


def _source(bill: Bill) -> tuple[str, int]:
    return "billing.Bill", bill.pk


def _digest(items: Iterable[UsageCharge]) -> str:
    """Equal for equal items, in whatever order and with whatever trailing zeros they come."""
    lines = sorted(
        "\x1f".join(
            (
                *item[:4],
                str(item.list_cost.quantize(_PRECISE)),
                str(item.payable.quantize(_PRECISE)),
            )
        )
        for item in items
    )
    return sha256("\x1e".join(lines).encode()).hexdigest()
