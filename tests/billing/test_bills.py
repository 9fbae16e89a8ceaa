from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from apps.billing import services as billing
from apps.billing.enums import BillStatus, EntryKind
from apps.billing.errors import MonthIsMalformed
from apps.billing.models import Bill, BillItem, Entry
from apps.billing.selectors import totals_by_product, wallet_of
from apps.core.models import OutboxEvent
from tests.factories.billing import NOON, bill, fund, usage

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite, pytest.mark.usefixtures("books_agree")]
OCTOBER = date(2026, 10, 1)


def charge(customer, items):
    return billing.charge_usage(
        customer=customer, month=OCTOBER, items=items, key="usage:1", now=NOON
    )


def test_rounds_once_and_posts_one_entry(customer):
    fund(customer, "100.00")

    month = bill(customer, *["0.004"] * 5)

    entry = Entry.objects.get(kind=EntryKind.USAGE)
    assert (month.total, month.items_count) == (Decimal("0.02"), 5)
    assert (entry.amount, entry.period) == (Decimal("-0.02"), OCTOBER)
    assert (month.status, month.paid_at) == (BillStatus.PAID, NOON)


def test_lines_keep_twelve_decimals(customer):
    bill(customer, "0.123456789012")

    item = BillItem.objects.get()
    assert item.payable == Decimal("0.123456789012")
    assert item.list_cost == Decimal("0.154320986265")


def test_the_same_items_change_nothing(customer):
    fund(customer, "100.00")
    items = [usage("1.10", resource="i-1"), usage("2.20", resource="i-2")]
    charge(customer, items)
    before = (Entry.objects.count(), BillItem.objects.count(), OutboxEvent.objects.count())

    again = charge(customer, [usage("2.2000", resource="i-2"), usage("1.100", resource="i-1")])

    assert again.revision == 1
    assert (Entry.objects.count(), BillItem.objects.count(), OutboxEvent.objects.count()) == before


def test_what_the_balance_does_not_cover_is_owed_beyond_any_limit(customer):
    fund(customer, "5.00")

    month = bill(customer, "12.00")

    wallet = wallet_of(customer)
    assert (month.status, month.owed) == (BillStatus.ISSUED, Decimal("7.00"))
    assert (wallet.cash, wallet.owed, wallet.available) == (0, Decimal("7.00"), 0)


def test_the_next_recharge_pays_the_oldest_bill_first(customer):
    october = bill(customer, "10.00")
    november = bill(customer, "10.00", month=date(2026, 11, 1))

    fund(customer, "15.00")

    october.refresh_from_db()
    november.refresh_from_db()
    assert (october.status, october.owed) == (BillStatus.PAID, 0)
    assert (november.status, november.owed) == (BillStatus.ISSUED, Decimal("5.00"))


def test_a_correction_upwards_posts_the_difference_alone(customer):
    fund(customer, "100.00")
    charge(customer, [usage("10.00")])

    month = charge(customer, [usage("10.00"), usage("2.50", resource="i-2")])

    lines = BillItem.objects.order_by("pk").values_list("revision", "resource_id", "payable")
    assert list(lines) == [(1, "i-1", Decimal("10.00")), (2, "i-2", Decimal("2.50"))]
    entry = Entry.objects.get(kind=EntryKind.ADJUSTMENT)
    assert (entry.amount, entry.period, month.total) == (
        Decimal("-2.50"),
        OCTOBER,
        Decimal("12.50"),
    )


def test_a_correction_downwards_gives_back_what_was_paid(customer):
    fund(customer, "4.00")
    charge(customer, [usage("10.00"), usage("2.00", resource="i-2")])

    month = charge(customer, [usage("3.00")])

    wallet = wallet_of(customer)
    assert (month.total, month.owed, month.status) == (Decimal("3.00"), 0, BillStatus.PAID)
    assert (wallet.cash, wallet.owed) == (Decimal("1.00"), 0)
    sums = {line.resource_id: Decimal(0) for line in BillItem.objects.all()}
    for line in BillItem.objects.all():
        sums[line.resource_id] += line.payable
    assert sums == {"i-1": Decimal("3.00"), "i-2": 0}


def test_there_and_back_again_is_exact(customer):
    fund(customer, "40.00")
    first, second = [usage("10.335")], [usage("9.001"), usage("3.333", resource="i-2")]

    for items in (first, second, first, second, first):
        month = charge(customer, items)

    assert (month.revision, month.total) == (5, Decimal("10.34"))
    assert wallet_of(customer).cash == Decimal("29.66")


def test_a_paid_bill_that_grows_waits_for_payment_again(customer):
    fund(customer, "10.00")
    charge(customer, [usage("10.00")])

    month = charge(customer, [usage("11.00")])

    assert (month.status, month.owed) == (BillStatus.ISSUED, Decimal("1.00"))


def test_a_month_below_zero_becomes_cash(customer):
    month = bill(customer, "3.00", "-5.00")

    assert (month.total, wallet_of(customer).cash) == (Decimal("-2.00"), Decimal("2.00"))


def test_an_empty_month_is_a_bill_of_zero(customer):
    month = bill(customer, "0.004")

    assert (month.total, month.status) == (0, BillStatus.PAID)
    assert not Entry.objects.exists()


def test_a_month_begins_on_its_first_day(customer):
    with pytest.raises(MonthIsMalformed):
        bill(customer, "1.00", month=date(2026, 10, 2))

    assert not Bill.objects.exists()


def test_each_revision_is_told(customer):
    month = charge(customer, [usage("10.00")])
    charge(customer, [usage("11.00")])

    told = OutboxEvent.objects.filter(kind="billing.BillIssued").order_by("pk")
    assert [(e.payload["bill_id"], e.payload["revision"]) for e in told] == [
        (month.pk, 1),
        (month.pk, 2),
    ]


def test_products_sum_to_the_bill(customer):
    items = [usage("0.333333", product=f"p{n}", resource=f"i-{n}") for n in range(3)]
    month = charge(customer, [*items, usage("0.10", product="p0", resource="i-9")])

    parts = totals_by_product(month)

    assert sum(part.amount for part in parts) == month.total == Decimal("1.10")
    assert [part.product for part in parts] == ["p0", "p1", "p2"]


def test_a_thousand_resources_take_few_statements(customer, django_assert_max_num_queries):
    fund(customer, "9999.00")
    items = [usage("0.123456", resource=f"i-{n}") for n in range(1000)]

    # SQLite takes 999 values in a statement, and a line has thirteen.
    with django_assert_max_num_queries(45 if connection.vendor == "mysql" else 60):
        charge(customer, items)
