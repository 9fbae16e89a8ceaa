"""What others got wrong, each by name. None of it comes back here."""

from datetime import datetime
from decimal import Decimal
from itertools import permutations

import pytest

from apps.products.pricing import BUSINESS_ZONE, Kind, Method, Per, Window
from tests.products.pricing.builders import (
    a_line,
    a_rule,
    applied,
    fixed,
    off,
    price_lines,
    price_one,
    reasons,
    tiers,
    voucher,
)


def test_django_oscar_2773_offer_and_voucher_together_make_no_negative_basket():
    """A site offer and a voucher, both not exclusive, took more than the basket was worth."""
    offer = a_rule("offer", off("80", Per.ORDER), kind=Kind.PROMOTION)

    quote = price_one(offer, voucher("coupon", "80"))

    assert applied(quote) == ["offer", "coupon"]
    assert quote.total == 0
    assert [claim.amount for claim in quote.claims] == [20, 80]  # the voucher pays what is left


def test_django_oscar_4016_order_of_rules_and_lines_has_no_say():
    """PRC-2: offers of one priority applied in the order of their rows."""
    rules = [
        a_rule("a", "0.9", kind=Kind.PROMOTION),
        a_rule("b", off("10"), kind=Kind.PROMOTION),
        a_rule("c", fixed("90"), kind=Kind.FLASH_SALE),
        voucher("d", "0.01"),
    ]
    lines = [a_line(unit_price="33.33", quantity=n) for n in (1, 2)]

    snapshots = {price_lines(lines, *order).to_snapshot() for order in permutations(rules)}
    totals = {price_lines(order, *rules).total for order in permutations(lines)}

    assert (len(snapshots), len(totals)) == (1, 1)


def test_erpnext_49405_a_fixed_price_wipes_the_percentages_before_it():
    """The rate of one rule was set, and the percentage of another taken off it as well."""
    quote = price_one(
        a_rule("percent", "0.9", kind=Kind.FRAMEWORK),
        a_rule("rate", fixed("80"), kind=Kind.PROJECT),
    )

    assert quote.total == 80
    assert reasons(quote) == {"percent": "wiped_by_fixed_price"}


def test_erpnext_49564_the_same_input_is_the_same_breakdown_at_every_door():
    """X-4: quotation, order and invoice computed their discounts each in its own way."""
    rules = [a_rule("f", "0.333333"), voucher("v", "0.02")]
    lines = [a_line(unit_price="0.05", quantity=3), a_line(unit_price="0.10")]

    snapshots = {price_lines(lines, *rules).to_snapshot() for _door in range(3)}

    assert len(snapshots) == 1


@pytest.mark.parametrize("method", Method)
def test_whmcs_a_removed_slab_leaves_no_gap(method):
    """Use in the range of a slab that was taken out was charged nothing. Steps have a start and no
    end, so what is below the first costs the list, and each reaches to the next."""
    gone = tiers(("10", "0.9"), ("100", "0.7"), method=method)  # there was ("50", "0.8")
    rule = a_rule("t", gone, kind=Kind.TIERED)

    totals = [price_one(rule, quantity=n, unit_price="1.00").total for n in (9, 49, 50, 51, 99)]

    whole = [9, "44.10", 45, "45.90", "89.10"]
    slab = [9, "45.10", 46, "46.90", "90.10"]
    assert totals == [Decimal(t) for t in (whole if method is Method.WHOLE else slab)]


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2026, 11, 30), (2026, 12, 31), (2028, 2, 29), (2026, 1, 31)]
)
def test_waldur_month_overflow_periods_are_counted_never_added_to_a_month(year, month, day):
    """X-5: November and three months made a month 14. A line has a number of periods; windows are
    moments, and the last second of a month is still in it."""
    last = datetime(year, month, day, 23, 59, 59, tzinfo=BUSINESS_ZONE)
    midnight = datetime.fromtimestamp(last.timestamp() + 1, BUSINESS_ZONE)
    sale = a_rule("sale", "0.5", until=midnight)

    assert price_one(sale, at=last, periods=3).total == 150
    assert price_one(sale, at=midnight, periods=3).total == 300
    assert Window(until=midnight).miss(last) is None
