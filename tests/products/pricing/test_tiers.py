"""Tiers at their borders, both methods, and what was bought before (PRC-5)."""

from decimal import Decimal

import pytest

from apps.products.pricing import Kind, Measure, Method, Scope, Subject, TierWindow
from tests.products.pricing.builders import (
    a_line,
    a_rule,
    applied,
    fixed,
    price_lines,
    price_one,
    reasons,
    tiers,
)

WHOLE = tiers(("10", "0.9"), ("100", "0.8"))
SLAB = tiers(("10", "0.9"), ("100", "0.8"), method=Method.SLAB)


def total(change, quantity, bought=None, **line):
    request = {"bought": {"t": Decimal(bought)}} if bought else {}
    rule = a_rule("t", change, kind=Kind.TIERED)
    return price_one(rule, quantity=quantity, request=request, unit_price="10.00", **line).total


class TestBorders:
    @pytest.mark.parametrize(
        ("quantity", "whole", "slab"),
        [
            (9, "90.00", "90.00"),
            (10, "90.00", "100.00"),  # whole: from ten on, all ten; slab: what lies above ten
            (11, "99.00", "109.00"),
            (99, "891.00", "901.00"),
            (100, "800.00", "910.00"),
            (101, "808.00", "918.00"),
        ],
    )
    def test_quantity(self, quantity, whole, slab):
        assert (total(WHOLE, quantity), total(SLAB, quantity)) == (Decimal(whole), Decimal(slab))

    @pytest.mark.parametrize(
        ("quantity", "expected"), [(99, "990.00"), (100, "900.00"), (101, "909.00")]
    )
    def test_spend_is_measured_by_the_list(self, quantity, expected):
        change = tiers(("1000", "0.9"), measure=Measure.SPEND)

        assert total(change, quantity) == Decimal(expected)

    def test_spend_by_slab_splits_a_unit_where_the_border_runs_through_it(self):
        change = tiers(("1005", "0.5"), measure=Measure.SPEND, method=Method.SLAB)

        assert total(change, 101) == Decimal("1007.50")


class TestBought:
    @pytest.mark.parametrize(
        ("bought", "whole", "slab"),
        [("8", "10.00", "10.00"), ("9", "9.00", "10.00"), ("10", "9.00", "9.00")],
    )
    def test_counts_towards_the_step(self, bought, whole, slab):
        assert total(WHOLE, 1, bought) == Decimal(whole)
        assert total(SLAB, 1, bought) == Decimal(slab)

    def test_a_purchase_across_a_border_is_blended(self):
        # 95 before: five more at 0.9, five at 0.8
        assert total(SLAB, 10, "95") == Decimal("85.00")

    def test_is_what_the_window_s_source_says_not_the_calendar(self):
        change = tiers(("10", "0.9"), window=TierWindow.MONTH)

        assert (total(change, 1), total(change, 1, "9")) == (Decimal("10.00"), Decimal("9.00"))


class TestLines:
    def test_splitting_a_purchase_into_lines_changes_nothing(self):
        rule = a_rule("t", SLAB, kind=Kind.TIERED)
        whole = price_lines([a_line(unit_price="10.00", quantity=120)], rule)

        parts = price_lines([a_line(unit_price="10.00", quantity=n) for n in (30, 50, 40)], rule)

        assert parts.total == whole.total

    def test_only_what_the_rule_is_for_counts(self):
        rule = a_rule("t", WHOLE, Scope.PRODUCT, 1, kind=Kind.TIERED)
        other = a_line(Subject(12, 2, 5, 3), quantity=50)

        quote = price_lines([a_line(quantity=9), other], rule)

        assert quote.savings == 0
        assert quote.lines[0].rejected[0].params == {"start": "10", "counted": "9"}

    def test_below_the_first_step_another_contract_takes_the_place(self):
        quote = price_one(a_rule("t", WHOLE, kind=Kind.TIERED, priority=1), a_rule("all", "0.95"))

        assert (applied(quote), reasons(quote)) == (["all"], {"t": "tier_not_reached"})


class TestFixedSteps:
    def test_price_by_quantity_wipes_what_comes_before(self):
        change = tiers(("10", fixed("8")), ("100", fixed("7")))
        platform = a_rule("platform", "0.5", kind=Kind.PLATFORM)
        rule = a_rule("t", change, kind=Kind.TIERED)

        quote = price_one(platform, rule, quantity=10, unit_price="10.00")

        assert (quote.total, applied(quote)) == (Decimal("80.00"), ["t"])

    def test_a_step_above_the_list_costs_the_list(self):
        assert total(tiers(("1", fixed("12"))), 5) == Decimal("50.00")

    def test_slabs_of_prices(self):
        change = tiers(("2", fixed("8")), method=Method.SLAB)

        assert total(change, 5) == Decimal("44.00")


class TestSense:
    @pytest.mark.parametrize("steps", [(), (("2", "0.9"), ("1", "0.8")), (("1", "0.9"),) * 2])
    def test_steps_ascend(self, steps):
        with pytest.raises(ValueError, match=r"[Ss]tep"):
            tiers(*steps)

    def test_spend_has_no_fixed_prices(self):
        with pytest.raises(ValueError, match="percentages"):
            tiers(("1", fixed("8")), measure=Measure.SPEND)
