"""Metered use through the whole pipeline: fixed prices, steps, projects (PRC-1, PRC-5)."""

from decimal import Decimal

import pytest

from apps.products.pricing import (
    Book,
    Caps,
    Kind,
    Measure,
    Method,
    Scope,
    Stretch,
    TierWindow,
    UsageLine,
    Where,
    price_usage,
)
from tests.products.pricing.builders import NOON, SERVER, a_rule, fixed, tiers

HOURLY = Where(billing_modes=frozenset({"hourly"}))


def a_line(list_cost="10", quantity="20", unit="hourly", **facts):
    amount = None if quantity is None else Decimal(quantity)
    return UsageLine("u", SERVER, Decimal(list_cost), NOON, amount, unit, **facts)


def priced(line, *rules, use="0", before="0"):
    stretch = Stretch(Decimal(use), Decimal(before))
    [found] = price_usage([line], Book.compile(rules), counted=lambda _rule, _at: stretch)
    return found


def reasons(found):
    return {miss.rule.key: miss.reason.value for miss in found.decision.rejected}


class TestFixedPrices:
    @pytest.mark.parametrize(
        "rule",
        [
            a_rule("f", fixed("0.30"), Scope.SKU, SERVER.sku, kind=Kind.FRAMEWORK),
            a_rule("f", fixed("0.30"), kind=Kind.FRAMEWORK, where=HOURLY),
        ],
    )
    def test_hold_for_what_their_unit_counts(self, rule):
        assert priced(a_line(), rule).payable == Decimal("6.00")

    def test_need_to_know_of_what(self):
        rule = a_rule("f", fixed("0.30"), kind=Kind.FRAMEWORK)

        for line in (a_line(), a_line(unit=""), a_line(quantity=None)):
            found = priced(line, rule)
            assert (found.payable, reasons(found)) == (10, {"f": "other_billing_mode"})

    def test_above_the_list_price_are_left_aside(self):
        rule = a_rule("f", fixed("0.51"), kind=Kind.FRAMEWORK, where=HOURLY)

        assert reasons(priced(a_line(), rule)) == {"f": "no_saving"}

    def test_wipe_what_came_before_or_keep_it(self):
        wiping = a_rule("f", fixed("0.40"), kind=Kind.FRAMEWORK, where=HOURLY)
        keeping = a_rule("f", fixed("0.40", keeps_earlier=True), kind=Kind.FRAMEWORK, where=HOURLY)
        earlier = a_rule("p", "0.5", kind=Kind.PLATFORM)

        assert priced(a_line(), earlier, wiping).payable == Decimal("8.00")
        assert priced(a_line(), earlier, keeping).payable == Decimal("4.00")

    def test_take_back_what_was_corrected(self):
        rule = a_rule("f", fixed("0.30"), kind=Kind.FRAMEWORK, where=HOURLY)

        assert priced(a_line("-10", "-20"), rule).payable == Decimal("-6.00")


class TestSteps:
    def rule(self, method, *steps, measure=Measure.SPEND, **facts):
        change = tiers(
            *(steps or (("100", "0.9"), ("1000", "0.8"))),
            method=method,
            measure=measure,
            window=TierWindow.MONTH,
        )
        return a_rule("t", change, kind=Kind.TIERED, **facts)

    @pytest.mark.parametrize(
        ("use", "whole", "slab"),
        [
            ("99", "10", "10"),
            ("100", "9", "10"),
            ("101", "9", "9.990099009901"),
            ("999", "9", "9.1001001001"),
            ("1000", "8", "9.1"),
            ("1001", "8", "9.0989010989011"),
        ],
    )
    def test_their_borders(self, use, whole, slab):
        found = [priced(a_line(), self.rule(method), use=use).payable for method in Method]

        assert found[0] == Decimal(whole)
        assert abs(found[1] - Decimal(slab)) < Decimal("0.0000001")

    def test_slabs_lie_upon_what_came_before(self):
        assert priced(a_line(), self.rule(Method.SLAB), use="50", before="1000").payable == 8

    def test_by_quantity_with_fixed_prices(self):
        rule = self.rule(
            Method.WHOLE,
            ("0", fixed("0.45")),
            ("500", fixed("0.40")),
            measure=Measure.QUANTITY,
            where=HOURLY,
        )

        assert [priced(a_line(), rule, use=use).payable for use in ("499", "500")] == [9, 8]

    def test_say_why_they_are_not_reached(self):
        assert reasons(priced(a_line(), self.rule(Method.WHOLE), use="99.99")) == {
            "t": "tier_not_reached"
        }


class TestWhere:
    def test_a_project_s_price_is_for_its_use(self):
        rule = a_rule("p", "0.5", kind=Kind.PROJECT, where=Where(projects=frozenset({"P-1"})))

        assert priced(a_line(project="P-1"), rule).payable == 5
        assert reasons(priced(a_line(project="P-2"), rule)) == {"p": "other_project"}

    def test_a_region_s_and_a_mode_s_price(self):
        regional = a_rule("r", "0.5", where=Where(regions=frozenset({"cn-beijing"})))
        prepaid = a_rule("m", "0.5", where=Where(billing_modes=frozenset({"monthly"})))
        metered = a_rule("m", "0.5", where=HOURLY)

        assert priced(a_line(region="cn-beijing"), regional).payable == 5
        assert reasons(priced(a_line(region="cn-wuxi"), regional)) == {"r": "other_region"}
        assert reasons(priced(a_line(unit=""), prepaid)) == {"m": "other_billing_mode"}
        assert priced(a_line(unit=""), metered).payable == 5  # gigabytes are metered, too

    def test_what_counts_orders_is_not_for_it(self):
        capped = a_rule("c", "0.5", caps=Caps(total=5))
        by_order = a_rule("o", tiers(("0", "0.5")))

        assert priced(a_line(), capped, by_order, use="10").payable == 10
