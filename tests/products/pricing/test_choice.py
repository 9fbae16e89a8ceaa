"""Which rules win, when they count, and how amounts round (PRC-1, PRC-2)."""

import random
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from apps.products.pricing import (
    BUSINESS_ZONE,
    Book,
    Reason,
    Request,
    Scope,
    UsageLine,
    Window,
    price,
    price_usage,
    why_not,
)
from tests.products.pricing.builders import NOON, SERVER, a_line, a_rule, price_one


class TestChoice:
    def test_without_rules_is_the_list_price(self):
        quote = price_one(unit_price="99.99", quantity=3, periods=12)

        assert (quote.list_total, quote.total) == (Decimal("3599.64"), Decimal("3599.64"))
        assert [step.reason for step in quote.lines[0].steps] == [Reason.LIST_PRICE]

    @pytest.mark.parametrize(
        ("scope", "target"),
        [
            (Scope.SKU, 11),
            (Scope.PRODUCT, 1),
            (Scope.CATEGORY, 5),
            (Scope.VENDOR, 3),
        ],
    )
    def test_narrower_rule_wins_though_dearer(self, scope, target):
        wider = list(Scope)[list(Scope).index(scope) + 1]
        wide_target = SERVER.target(wider)

        quote = price_one(
            a_rule("narrow", "0.9", scope, target), a_rule("wide", "0.5", wider, wide_target)
        )

        assert quote.total == Decimal("90.00")
        [rejection] = quote.lines[0].rejected
        assert (rejection.rule.key, rejection.reason) == ("wide", Reason.LESS_SPECIFIC)
        assert rejection.params == {"winner": "Rule narrow", "winner_key": "narrow"}

    def test_among_equals_the_customer_pays_less(self):
        quote = price_one(a_rule("a", "0.9"), a_rule("b", "0.8"))

        assert quote.total == Decimal("80.00")
        assert quote.lines[0].rejected[0].reason is Reason.LESS_FAVORABLE

    def test_among_twins_the_key_decides(self):
        twins = [a_rule(f"rule:{number}", "0.8") for number in range(5)]
        random.shuffle(twins)

        assert price_one(*twins).lines[0].steps[1].rule.key == "rule:0"

    def test_a_narrow_rule_out_of_season_leaves_room_for_the_wide_one(self):
        over = a_rule("over", "0.1", Scope.SKU, 11, until=NOON)
        early = a_rule("early", "0.2", Scope.PRODUCT, 1, start=NOON + timedelta(seconds=1))

        quote = price_one(over, early, a_rule("wide", "0.7"))

        assert quote.total == Decimal("70.00")
        assert {r.rule.key: r.reason for r in quote.lines[0].rejected} == {
            "over": Reason.ENDED,
            "early": Reason.NOT_STARTED,
        }

    def test_says_why_any_rule_is_not_used(self):
        other, live = a_rule("other", "0.5", Scope.PRODUCT, 2), a_rule("live", "0.9")
        request, book = Request((a_line(),), NOON), Book.compile([other, live])

        assert why_not(other, 0, request, book).reason is Reason.OTHER_SCOPE
        assert why_not(live, 0, request, book) is None


class TestWindow:
    """X-5: half-open, to the second, whatever zone the moment is written in."""

    WINDOW = (NOON, NOON + timedelta(days=1))

    @pytest.mark.parametrize(
        ("at", "total"),
        [
            (NOON - timedelta(microseconds=1), "100.00"),
            (NOON, "80.00"),
            (NOON + timedelta(days=1) - timedelta(microseconds=1), "80.00"),
            (NOON + timedelta(days=1), "100.00"),
        ],
    )
    def test_borders(self, at, total):
        start, until = self.WINDOW

        quote = price_one(a_rule("day", "0.8", start=start, until=until), at=at)

        assert quote.total == Decimal(total)

    def test_month_of_shanghai_starts_eight_hours_before_greenwich(self):
        december = datetime(2026, 12, 1, tzinfo=BUSINESS_ZONE)
        rule = a_rule("december", "0.8", start=december)

        assert price_one(rule, at=datetime.fromisoformat("2026-11-30T15:59:59Z")).savings == 0
        assert price_one(rule, at=datetime.fromisoformat("2026-11-30T16:00:00Z")).savings == 20

    def test_refuses_moments_without_zone(self):
        with pytest.raises(ValueError, match="time zone"):
            Window(datetime(2026, 1, 1))  # noqa: DTZ001  what is refused


class TestRounding:
    def test_rounds_half_up_once_a_line(self):
        quote = price_one(a_rule("half", "0.5"), unit_price="0.01", quantity=3)

        assert quote.total == Decimal("0.02")
        assert [(s.kind, s.after) for s in quote.lines[0].steps] == [
            ("list", Decimal("0.03")),
            ("customer_discount", Decimal("0.015")),
            ("rounding", Decimal("0.02")),
        ]

    def test_lines_are_rounded_not_their_sum(self):
        book = Book.compile([a_rule("half", "0.5")])

        quote = price(Request((a_line(unit_price="0.01"),) * 3, NOON), book)

        assert quote.total == Decimal("0.03")


class TestUsage:
    def test_keeps_twelve_decimals(self):
        line = UsageLine("u:1", SERVER, Decimal("0.000000123457"), NOON)

        [usage] = price_usage([line], Book.compile([a_rule("all", "0.333333")]))

        assert usage.payable == Decimal("0.000000041152")
        [applied] = usage.decision.applied
        assert (usage.rate, applied.key) == (Decimal("0.333333"), "all")

    def test_undiscounted_cost_is_untouched(self):
        line = UsageLine("u:1", SERVER, Decimal("-3.1"), NOON)

        [usage] = price_usage([line], Book.compile())

        assert (usage.payable, usage.rate) == (Decimal("-3.1"), Decimal(1))

    def test_each_line_is_priced_at_its_own_moment(self):
        book = Book.compile([a_rule("late", "0.5", start=NOON)])
        early = UsageLine("a", SERVER, Decimal(10), NOON - timedelta(seconds=1))
        late = UsageLine("b", SERVER, Decimal(10), NOON)

        assert [usage.payable for usage in price_usage([early, late], book)] == [10, 5]


class TestRules:
    @pytest.mark.parametrize("rate", ["-0.01", "1.000001"])
    def test_refuses_rates_that_are_no_discount(self, rate):
        with pytest.raises(ValueError, match="between 0 and 1"):
            a_rule("odd", rate)

    @pytest.mark.parametrize(("scope", "target"), [(Scope.ALL, 1), (Scope.SKU, None)])
    def test_refuses_scope_without_its_target(self, scope, target):
        with pytest.raises(ValueError, match="disagree"):
            a_rule("odd", "0.5", scope, target)

    def test_refuses_two_rules_of_one_key(self):
        with pytest.raises(ValueError, match="share one key"):
            Book.compile([a_rule("same", "0.5"), a_rule("same", "0.6")])

    @pytest.mark.parametrize("wrong", [{"quantity": 0}, {"periods": 0}, {"unit_price": "-1"}])
    def test_refuses_lines_that_sell_nothing(self, wrong):
        with pytest.raises(ValueError, match="1 or more"):
            a_line(**wrong)
