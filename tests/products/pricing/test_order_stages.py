"""Spend-and-save, gifts, vouchers, amounts off the order, shares, floors (PRC-3, VCH-1)."""

from decimal import Decimal

import pytest

from apps.products.pricing import (
    Book,
    Caps,
    CostKind,
    CostTerm,
    Kind,
    Per,
    Request,
    Scope,
    Subject,
    Used,
    price,
)
from tests.products.pricing.builders import (
    BUYER,
    NOON,
    a_line,
    a_rule,
    applied,
    fixed,
    off,
    price_lines,
    price_one,
    reasons,
    save,
    voucher,
)


def spend(key, *steps, **facts):
    repeats, gift = facts.pop("repeats", False), facts.pop("gift", False)
    change = save(*steps, repeats=repeats, gift=gift)
    return a_rule(key, change, kind=Kind.SPEND_AND_SAVE, **facts)


class TestSpendAndSave:
    @pytest.mark.parametrize(
        ("price", "total"), [("99.99", "99.99"), ("100.00", "90.00"), ("300.00", "250.00")]
    )
    def test_the_highest_step_reached_counts(self, price, total):
        quote = price_one(spend("s", ("100", "10"), ("200", "50")), unit_price=price)

        assert quote.total == Decimal(total)

    def test_repeats(self):
        assert price_one(spend("s", ("100", "10"), repeats=True), unit_price="399.99").total == (
            Decimal("369.99")
        )

    def test_is_measured_after_the_discounts_of_the_lines(self):
        quote = price_one(a_rule("d", "0.9"), spend("s", ("100", "10")))

        assert (quote.total, reasons(quote)) == (Decimal("90.00"), {"s": "threshold_not_met"})
        assert quote.lines[0].rejected[0].params == {"threshold": "100", "missing": "10.00"}

    def test_one_below_its_threshold_makes_room_for_the_next(self):
        quote = price_one(spend("large", ("500", "100")), spend("small", ("100", "5")))

        assert (applied(quote), reasons(quote)) == (["small"], {"large": "threshold_not_met"})

    def test_as_gift_leaves_the_price_and_is_claimed(self):
        quote = price_one(spend("g", ("100", "30"), gift=True), quantity=2)

        assert (quote.total, quote.savings) == (200, 0)
        assert [(gift.rule.key, gift.amount) for gift in quote.gifts] == [("g", 30)]
        assert quote.claims == (("g", 2, 1, Decimal(30)),)

    def test_shares_sum_to_the_last_fen(self):
        lines = [a_line(unit_price="33.33"), a_line(unit_price="33.33"), a_line(unit_price="33.34")]

        quote = price_lines(lines, spend("s", ("100", "10")))

        assert quote.total == Decimal("90.00")
        assert [line.savings for line in quote.lines] == [
            Decimal("3.33"),
            Decimal("3.33"),
            Decimal("3.34"),
        ]

    def test_a_budget_that_is_too_small_stops_it(self):
        rule = spend("s", ("100", "10"), caps=Caps(budget=Decimal(15)))
        used = {"used": {"s": Used(budget=Decimal(6))}}

        assert price_one(rule).total == 90
        assert reasons(price_one(rule, request=used)) == {"s": "sold_out"}


class TestVouchers:
    def test_pays_after_everything_else_but_what_is_given_by_hand(self):
        quote = price_one(
            voucher("v", "20"),
            a_rule("d", "0.9"),
            spend("s", ("50", "10")),
            a_rule("m", "0.5", kind=Kind.MANUAL),
        )

        assert applied(quote) == ["d", "s", "v", "m"]
        assert quote.total == Decimal("30.00")  # (90 - 10 - 20) / 2

    def test_never_pays_more_than_the_lines_it_covers(self):
        other = Subject(12, 2, 6, 4)
        rule = voucher("v", "500", scope=Scope.PRODUCT, target=1)

        quote = price_lines([a_line(), a_line(other)], rule)

        assert [line.amount for line in quote.lines] == [0, 100]
        assert quote.claims == (("v", 1, 1, Decimal(100)),)

    @pytest.mark.parametrize(("threshold", "total"), [("100", 80), ("100.01", 100)])
    def test_threshold(self, threshold, total):
        assert price_one(voucher("v", "20", threshold)).total == total

    def test_one_by_one_unless_they_go_together(self):
        alone = [voucher("a", "10"), voucher("b", "20")]
        together = [voucher(key, "10", stack_group=key) for key in "ab"]

        assert (price_one(*alone).total, price_one(*together).total) == (80, 80)
        assert applied(price_one(*alone)) == ["b"]
        assert applied(price_one(*together)) == ["a", "b"]

    def test_may_pay_below_the_floor(self):
        """PRC-3: it is money that somebody paid for."""
        quote = price_one(voucher("v", "60"), unit_cost="70")

        assert (quote.total, quote.lines[0].floor) == (40, 70)


class TestAmountOffTheOrder:
    def test_is_shared_by_the_amounts(self):
        lines = [a_line(unit_price="300.00"), a_line(unit_price="100.00")]

        quote = price_lines(lines, a_rule("p", off("40", Per.ORDER), kind=Kind.PROMOTION))

        assert [line.amount for line in quote.lines] == [270, 90]

    def test_never_takes_more_than_there_is(self):
        assert price_one(a_rule("p", off("500", Per.ORDER))).total == 0


class TestByHand:
    def test_rounds_to_fen_and_once_more_for_nobody(self):
        quote = price_one(a_rule("m", "0.333333", kind=Kind.MANUAL), unit_price="0.10")

        assert quote.total == Decimal("0.03")

    def test_amount_and_price(self):
        assert price_one(a_rule("m", off("5"), kind=Kind.MANUAL), quantity=2).total == 190
        assert price_one(a_rule("m", fixed("66"), kind=Kind.MANUAL), quantity=2).total == 132


class TestFloor:
    """PRC-3"""

    def test_holds_the_cost(self):
        quote = price_one(a_rule("deep", "0.1"), unit_cost="60")

        assert quote.total == 60
        assert [(s.kind, s.after) for s in quote.lines[0].steps][-1] == ("lowest_price", 60)

    @pytest.mark.parametrize(("line", "rule", "total"), [("0.1", None, 66), ("0.1", "0.2", 72)])
    def test_holds_the_larger_margin_of_line_and_rule(self, line, rule, total):
        deep = a_rule("deep", "0.1", min_margin=Decimal(rule) if rule else None)

        assert price_one(deep, unit_cost="60", min_margin=Decimal(line)).total == total

    def test_is_never_above_the_list(self):
        assert price_one(a_rule("deep", "0.1"), unit_cost="150").total == 100

    def test_falls_where_an_approval_says_so(self):
        assert price_one(a_rule("deep", "0.1", may_break_floor=True), unit_cost="60").total == 10

    def test_says_nothing_of_the_cost_to_the_customer(self):
        quote = price_one(a_rule("deep", "0.1"), unit_cost="60")

        assert "margin" not in quote.to_snapshot()
        assert "cost" not in quote.to_snapshot()


class TestCosts:
    def priced(self, *terms, tenants=(1, 2), **line):
        request = Request((a_line(**line),), NOON, BUYER._replace(tenants=tenants))
        return price(request, Book.compile([], terms=terms)).lines[0]

    def test_rebates_come_off_one_after_the_other(self):
        line = self.priced(
            CostTerm("back", "季度返", CostKind.BACK_REWARD, Decimal("0.1"), tenant=2),
            CostTerm("rebate", "代理返点", CostKind.REBATE, Decimal("0.2"), tenant=2),
            unit_cost="50",
        )

        assert [(step.kind, step.after) for step in line.cost_steps] == [
            ("vendor_price", 50),
            ("rebate", 40),
            ("back_reward", 36),
        ]
        assert (line.cost_amount, line.margin) == (36, 64)

    def test_a_distributor_pays_his_share_of_the_list(self):
        term = CostTerm("list", "分销价", CostKind.PURCHASE, Decimal("0.8"), tenant=2)

        assert self.priced(term, unit_cost=None).cost_amount == 80
        assert self.priced(term, tenants=(1,), unit_cost="50").cost_amount == 50

    def test_the_narrowest_term_counts(self):
        wide = CostTerm("wide", "", CostKind.REBATE, Decimal("0.2"), tenant=2)
        narrow = CostTerm("narrow", "", CostKind.REBATE, Decimal("0.1"), 2, Scope.SKU, 11)

        assert self.priced(wide, narrow, unit_cost="50").cost_amount == 45

    def test_is_unknown_where_nobody_says_it(self):
        line = self.priced()

        assert (line.cost_amount, line.margin, line.cost_steps) == (None, None, ())


class TestSharedBudget:
    """Rules of one campaign draw on one budget, whatever they work on."""

    def rule(self, key, change, kind=Kind.PROMOTION, **facts):
        caps = Caps(pool="campaign:1", pool_budget=Decimal("30.00"))
        return a_rule(key, change, kind=kind, caps=caps, **facts)

    def test_two_rules_of_a_line_share_it(self):
        quote = price_one(
            self.rule("a", "0.80"), self.rule("b", "0.85", kind=Kind.PLATFORM), unit_price="100"
        )

        assert applied(quote) == ["a"] or applied(quote) == ["b"]
        assert reasons(quote)[({"a", "b"} - set(applied(quote))).pop()] == "sold_out"

    def test_a_rule_of_the_order_gets_what_the_lines_left(self):
        saving = self.rule("order", save(("20", "15")), kind=Kind.SPEND_AND_SAVE)

        both = price_one(self.rule("line", "0.85"), saving, unit_price="100")
        tight = price_one(self.rule("line", "0.84"), saving, unit_price="100")

        assert (both.total, tight.total) == (Decimal("70.00"), Decimal("84.00"))

    def test_what_others_took_is_gone(self):
        used = {"campaign:1": Used(budget=Decimal("20.00"))}

        quote = price_one(self.rule("a", "0.80"), unit_price="100", request={"used": used})

        assert quote.total == Decimal("100.00")
