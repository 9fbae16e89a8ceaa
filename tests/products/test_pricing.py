"""The price engine alone: what it promises whatever the rules are (PRC-2, X-4)."""

import random
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.products.pricing import (
    BUSINESS_ZONE,
    Book,
    Line,
    Percent,
    Reason,
    Request,
    Rule,
    Scope,
    Subject,
    UsageLine,
    Window,
    price,
    price_usage,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=BUSINESS_ZONE)
SERVER = Subject(sku=11, product=1, category=5, vendor=3)


def a_line(subject=SERVER, unit_price="100.00", quantity=1, periods=1):
    return Line(subject, "ecs.g7", "ECS g7", "monthly", Decimal(unit_price), quantity, periods)


def a_rule(key, rate, scope=Scope.ALL, target=None, start=None, until=None):
    window = Window(start, until)
    return Rule(key, f"Rule {key}", Percent(Decimal(rate)), scope, target, "", window)


def price_one(*rules, at=NOON, **line):
    return price(Request((a_line(**line),), at), Book.compile(rules))


moments = st.integers(-3, 3).map(lambda hours: NOON + timedelta(hours=hours))
targets = st.integers(1, 3)


@st.composite
def rule_lists(draw):
    rules = []
    for number in range(draw(st.integers(0, 12))):
        scope = draw(st.sampled_from(list(Scope)))
        rules.append(
            a_rule(
                f"rule:{number}",
                draw(st.decimals(0, 1, places=6)),
                scope,
                None if scope is Scope.ALL else draw(targets),
                draw(st.none() | moments),
                draw(st.none() | moments),
            )
        )
    return rules


lines = st.builds(
    Line,
    subject=st.builds(Subject, targets, targets, targets, targets),
    sku_code=st.text(max_size=8),
    sku_name=st.text(max_size=8),
    unit=st.just("monthly"),
    unit_price=st.decimals(0, 10**8, places=2),
    quantity=st.integers(1, 10_000),
    periods=st.integers(1, 60),
)
line_lists = st.lists(lines, min_size=1, max_size=8)


class TestPromises:
    @given(rule_lists(), line_lists, st.randoms())
    def test_order_of_rules_does_not_matter(self, rules, lines, shuffle):
        """PRC-2"""
        request = Request(tuple(lines), NOON)
        before = price(request, Book.compile(rules)).to_snapshot()

        shuffle.shuffle(rules)

        assert price(request, Book.compile(rules)).to_snapshot() == before

    @given(rule_lists(), line_lists, st.randoms())
    def test_order_of_lines_does_not_matter(self, rules, lines, shuffle):
        book = Book.compile(rules)
        before = price(Request(tuple(lines), NOON), book)

        order = shuffle.sample(range(len(lines)), len(lines))
        after = price(Request(tuple(lines[place] for place in order), NOON), book)

        assert after.lines == tuple(before.lines[place] for place in order)
        assert after.total == before.total

    @given(rule_lists(), line_lists)
    def test_total_lies_between_nothing_and_the_list(self, rules, lines):
        quote = price(Request(tuple(lines), NOON), Book.compile(rules))

        assert 0 <= quote.total <= quote.list_total
        assert all(0 <= line.amount <= line.list_amount for line in quote.lines)

    @given(rule_lists(), line_lists)
    def test_shares_sum_to_the_total(self, rules, lines):
        quote = price(Request(tuple(lines), NOON), Book.compile(rules))

        assert quote.total == sum(line.amount for line in quote.lines)
        assert quote.savings == sum(line.savings for line in quote.lines)
        assert all(line.amount == line.amount.quantize(Decimal("0.01")) for line in quote.lines)

    @given(rule_lists(), line_lists)
    def test_waterfall_has_no_gap(self, rules, lines):
        """PRC-4"""
        for line in price(Request(tuple(lines), NOON), Book.compile(rules)).lines:
            ends = [step.after for step in line.steps]

            assert [step.before for step in line.steps] == [0, *ends[:-1]]
            assert ends[-1] == line.amount

    @given(rule_lists(), line_lists, st.sampled_from(list(Scope)[:-1]))
    def test_a_rule_for_something_else_changes_nothing(self, rules, lines, scope):
        request = Request(tuple(lines), NOON)
        before = price(request, Book.compile(rules)).to_snapshot()

        stranger = a_rule("stranger", "0", scope, target=99)

        assert price(request, Book.compile([*rules, stranger])).to_snapshot() == before

    @given(rule_lists(), lines)
    def test_every_rule_that_covers_the_line_is_accounted_for(self, rules, line):
        """PRC-4: applied, or rejected with a reason."""
        priced = price(Request((line,), NOON), Book.compile(rules)).lines[0]

        applied = [step.rule for step in priced.steps if step.rule]
        rejected = [rejection.rule for rejection in priced.rejected]
        covering = {rule.key for rule in rules if rule.covers(line.subject)}
        assert sorted(rule.key for rule in applied + rejected) == sorted(covering)
        assert len(applied) <= 1

    @given(rule_lists(), lines)
    def test_usage_and_sale_take_the_same_rule(self, rules, line):
        """X-4: the two doors of the engine cannot drift apart."""
        book = Book.compile(rules)
        cost = line.unit_price * line.quantity * line.periods

        [usage] = price_usage([UsageLine("u", line.subject, cost, NOON)], book)

        cents = usage.payable.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert cents == price(Request((line,), NOON), book).total


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
        book = Book.compile([other, live])

        assert book.why_not(other, SERVER, NOON).reason is Reason.OTHER_SCOPE
        assert book.why_not(live, SERVER, NOON) is None


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
            Window(datetime(2026, 1, 1))  # noqa: DTZ001


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


class TestSnapshot:
    def test_is_the_same_bytes_for_the_same_quote(self):
        """X-4"""
        rule = a_rule("all", "0.850000")
        twin = a_rule("all", "0.85")
        utc = NOON.astimezone(datetime.fromisoformat("2026-01-01T00:00:00Z").tzinfo)

        assert price_one(rule).to_snapshot() == price_one(twin, at=utc).to_snapshot()

    def test_reads_as_written(self):
        assert price_one(a_rule("r:1", "0.85"), quantity=2).to_snapshot() == (
            '{"at":"2026-11-22T12:00:00+08:00","currency":"CNY","lines":[{"amount":"170.00",'
            '"list_amount":"200.00","periods":1,"quantity":2,"rejected":[],"savings":"30.00",'
            '"sku":{"code":"ecs.g7","id":11,"name":"ECS g7"},"steps":[{"after":"200.00",'
            '"before":"0.00","kind":"list","reason":"list_price","rule":null},{"after":"170.00",'
            '"before":"200.00","kind":"customer_discount","reason":"discount_applied","rule":'
            '{"key":"r:1","kind":"customer_discount","name":"Rule r:1","rate":"0.85",'
            '"scope":"all","start":null,"target":null,"target_name":"","until":null}}],'
            '"tax_rate":"0","unit":"monthly","unit_price":"100.00"}],"list_total":"200.00",'
            '"savings":"30.00","total":"170.00","version":1}'
        )


class TestUsage:
    def test_keeps_twelve_decimals(self):
        line = UsageLine("u:1", SERVER, Decimal("0.000000123457"), NOON)

        [usage] = price_usage([line], Book.compile([a_rule("all", "0.333333")]))

        assert usage.payable == Decimal("0.000000041152")
        assert (usage.rate, usage.decision.applied.key) == (Decimal("0.333333"), "all")

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
