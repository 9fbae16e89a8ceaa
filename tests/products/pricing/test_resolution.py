"""Stack groups, exclusive groups, priority, fixed prices: who wins and who is told why (PRC-2)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from apps.products.pricing import Audience, Caps, Counts, Kind, Request, Scope, Used, Where, price
from apps.products.pricing.book import Book
from tests.products.pricing.builders import (
    BUYER,
    NOON,
    SERVER,
    a_line,
    a_rule,
    applied,
    fixed,
    off,
    price_lines,
    price_one,
    reasons,
)


class TestGroups:
    def test_kinds_stack_in_the_order_of_the_pipeline(self):
        """PRC-1"""
        rules = [
            a_rule("promotion", "0.8", kind=Kind.PROMOTION),
            a_rule("platform", off("10"), kind=Kind.PLATFORM),
            a_rule("framework", "0.9", kind=Kind.FRAMEWORK),
            a_rule("manual", "0.5", kind=Kind.MANUAL),
        ]

        quote = price_one(*rules)

        assert applied(quote) == ["platform", "framework", "promotion", "manual"]
        assert quote.total == Decimal("32.40")  # ((100 - 10) × 0.9) × 0.8 × 0.5

    def test_framework_tiers_and_discounts_are_one_contract(self):
        quote = price_one(
            a_rule("discount", "0.8"),
            a_rule("framework", "0.7", kind=Kind.FRAMEWORK),
            a_rule("sale", "0.9", kind=Kind.FLASH_SALE),
            a_rule("promotion", "0.95", kind=Kind.PROMOTION),
        )

        assert applied(quote) == ["framework", "sale"]
        assert reasons(quote) == {"discount": "less_favorable", "promotion": "less_favorable"}

    def test_a_group_of_its_own_stacks_with_its_kind(self):
        quote = price_one(a_rule("a", "0.9"), a_rule("b", "0.9", stack_group="extra"))

        assert quote.total == Decimal("81.00")

    def test_an_exclusive_group_reaches_across_kinds(self):
        quote = price_one(
            a_rule("agreement", "0.9", kind=Kind.FRAMEWORK, exclusive_group="x", priority=1),
            a_rule("sale", "0.5", kind=Kind.FLASH_SALE, exclusive_group="x"),
        )

        assert (quote.total, reasons(quote)) == (Decimal("90.00"), {"sale": "excluded"})

    def test_priority_goes_before_scope_and_saving(self):
        quote = price_one(
            a_rule("urgent", "0.95", priority=1), a_rule("narrow", "0.5", Scope.SKU, 11)
        )

        assert (applied(quote), reasons(quote)) == (["urgent"], {"narrow": "less_urgent"})

    def test_amounts_and_percentages_are_compared_by_what_they_save(self):
        rules = [a_rule("percent", "0.9"), a_rule("amount", off("15"))]

        assert applied(price_one(*rules)) == ["amount"]
        assert applied(price_one(*rules, unit_price="200.00")) == ["percent"]


class TestFixedPrice:
    def test_wipes_percentages_before_it_and_not_those_after(self):
        quote = price_one(
            a_rule("framework", "0.9", kind=Kind.FRAMEWORK),
            a_rule("project", fixed("80"), kind=Kind.PROJECT),
            a_rule("sale", "0.5", kind=Kind.FLASH_SALE),
        )

        assert (quote.total, applied(quote)) == (Decimal("40.00"), ["project", "sale"])
        assert reasons(quote) == {"framework": "wiped_by_fixed_price"}

    def test_keeps_earlier_percentages_when_told(self):
        quote = price_one(
            a_rule("framework", "0.9", kind=Kind.FRAMEWORK),
            a_rule("project", fixed("80", keeps_earlier=True), kind=Kind.PROJECT),
        )

        assert (quote.total, applied(quote)) == (Decimal("72.00"), ["framework", "project"])

    def test_above_the_list_price_leaves_room_for_others(self):
        quote = price_one(a_rule("old", fixed("120"), Scope.SKU, 11), a_rule("all", "0.9"))

        assert (quote.total, reasons(quote)) == (Decimal("90.00"), {"old": "no_saving"})

    def test_of_two_fixed_prices_the_later_stage_counts(self):
        quote = price_one(
            a_rule("framework", fixed("70"), kind=Kind.FRAMEWORK),
            a_rule("sale", fixed("60"), kind=Kind.FLASH_SALE),
        )

        assert (quote.total, applied(quote)) == (Decimal("60.00"), ["sale"])

    def test_counts_units_and_periods(self):
        assert price_one(a_rule("f", fixed("80")), quantity=3, periods=12).total == 2880

    def test_by_hand_wipes_what_a_voucher_would_pay(self):
        quote = price_one(
            a_rule("manual", fixed("80"), kind=Kind.MANUAL),
            a_rule("amount", off("5", "order"), kind=Kind.VOUCHER),
        )

        assert (quote.total, reasons(quote)) == (
            Decimal("80.00"),
            {"amount": "wiped_by_fixed_price"},
        )


class TestAddress:
    @pytest.mark.parametrize(
        "audience",
        [
            Audience(customers=frozenset({7})),
            Audience(tags=frozenset({4, 9})),
            Audience(tiers=frozenset({"gold"})),
            Audience(tenants=frozenset({2})),
            Audience(customers=frozenset({1}), tiers=frozenset({"gold"})),
        ],
    )
    def test_one_match_is_enough(self, audience):
        assert price_one(a_rule("mine", "0.9", audience=audience)).total == 90

    def test_others_are_told_to_staff_alone(self):
        """PRC-4"""
        theirs = a_rule("theirs", "0.1", audience=Audience(customers=frozenset({1})))

        quote = price_one(theirs)

        assert (quote.total, reasons(quote)) == (100, {})
        assert [miss.reason.value for miss in quote.lines[0].hidden] == ["other_audience"]
        assert "theirs" not in quote.to_snapshot()
        assert "theirs" in quote.to_margin_snapshot()

    @pytest.mark.parametrize(
        ("where", "reason"),
        [
            (Where(regions=frozenset({"cn-shanghai"})), "other_region"),
            (Where(billing_modes=frozenset({"hourly"})), "other_billing_mode"),
            (Where(order_types=frozenset({"renew"})), "other_order_type"),
            (Where(projects=frozenset({"apollo"})), "other_project"),
        ],
    )
    def test_says_what_does_not_match(self, where, reason):
        quote = price_one(a_rule("elsewhere", "0.5", where=where), region="cn-beijing")

        assert (quote.total, reasons(quote)) == (100, {"elsewhere": reason})

    def test_first_orders_only(self):
        rule = a_rule("welcome", "0.5", kind=Kind.FIRST_ORDER)

        assert price_one(rule).lines[0].rejected[0].reason == "not_first_order"
        assert price_one(rule, buyer=BUYER._replace(is_first_order=True)).total == 50


class TestCaps:
    def priced(self, rule, *quantities, used=Used()):  # noqa: B008  immutable
        lines = tuple(a_line(quantity=quantity) for quantity in quantities)
        return price(Request(lines, NOON, BUYER, used={"sale": used}), Book.compile([rule]))

    @pytest.mark.parametrize(
        ("used", "quantity", "reason"),
        [
            (Used(by_customer=1), 2, None),
            (Used(by_customer=1), 3, "cap_of_customer"),
            (Used(today=8), 2, None),
            (Used(today=9), 2, "cap_of_day"),
            (Used(total=18), 2, None),
            (Used(total=19), 2, "sold_out"),
        ],
    )
    def test_counts_units(self, used, quantity, reason):
        sale = a_rule("sale", "0.5", caps=Caps(per_customer=3, per_day=10, total=20))

        quote = self.priced(sale, quantity, used=used)

        assert reasons(quote) == ({"sale": reason} if reason else {})

    def test_lines_share_one_cap_however_they_are_ordered(self):
        sale = a_rule("sale", "0.5", caps=Caps(per_customer=3))

        for quantities in [(1, 2, 2), (2, 1, 2), (2, 2, 1)]:
            quote = self.priced(sale, *quantities)
            assert sorted(line.amount for line in quote.lines) == [50, 100, 200]

    def test_an_order_counts_once(self):
        sale = a_rule("sale", "0.5", caps=Caps(per_customer=1, counts=Counts.ORDERS))

        assert self.priced(sale, 5, 5).total == 500
        assert self.priced(sale, 5, used=Used(by_customer=1)).total == 500

    def test_a_budget_is_never_overdrawn(self):
        sale = a_rule("sale", "0.5", caps=Caps(budget=Decimal(100)))

        assert self.priced(sale, 1, 1).total == 100
        assert self.priced(sale, 1, 1, used=Used(budget=Decimal(50))).total == 150


class TestWindow:
    def test_ends_on_the_second(self):
        sale = a_rule("sale", "0.5", kind=Kind.FLASH_SALE, start=NOON, until=NOON.replace(hour=13))

        def total(at):
            return price_lines([a_line()], sale, at=at).total

        last = NOON.replace(hour=13) - timedelta(seconds=1)
        assert [total(NOON - timedelta(seconds=1)), total(NOON), total(last)] == [100, 50, 50]
        assert total(last + timedelta(seconds=1)) == 100


def test_ten_thousand_rules_for_others_are_not_looked_at():
    rules = [
        a_rule(f"r{number}", "0.5", audience=Audience(customers=frozenset({number + 100})))
        for number in range(1000)
    ]
    book = Book.compile(rules)

    assert book.covering([SERVER], BUYER) == []
    assert len(price(Request((a_line(),), NOON, BUYER), book).lines[0].hidden) == 20
