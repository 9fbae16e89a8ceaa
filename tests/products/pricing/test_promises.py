"""What the engine promises whatever the rules are (PRC-1, PRC-2, PRC-3, X-4)."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.money import spread_tax
from apps.products.pricing import (
    EVERYBODY,
    Audience,
    Book,
    Kind,
    Percent,
    Request,
    Scope,
    UsageLine,
    Used,
    Where,
    price,
    price_usage,
)
from tests.products.pricing.builders import (
    BUYER,
    NOON,
    a_rule,
    line_lists,
    lines,
    price_lines,
    rates,
    rule_lists,
    used_up,
)

FEN = Decimal("0.01")
USED = {f"rule:{number}": used_up for number in range(0, 8, 3)}


def priced(rules, found, used=USED):
    return price(Request(tuple(found), NOON, BUYER, used=used), Book.compile(rules))


@settings(max_examples=60)
@given(rule_lists(), line_lists, st.randoms())
def test_order_of_rules_does_not_matter(rules, found, shuffle):
    """PRC-2"""
    before = priced(rules, found)

    shuffle.shuffle(rules)

    after = priced(rules, found)
    assert after.to_snapshot() == before.to_snapshot()
    assert after.to_margin_snapshot() == before.to_margin_snapshot()


@settings(max_examples=60)
@given(rule_lists(), line_lists, st.randoms())
def test_order_of_lines_does_not_matter(rules, found, shuffle):
    """Lines that are equal in everything may change places: one of them gets the odd fen."""
    before = priced(rules, found)

    after = priced(rules, shuffle.sample(found, len(found)))

    assert sorted(map(repr, after.lines)) == sorted(map(repr, before.lines))
    assert (after.total, after.tax, after.claims) == (before.total, before.tax, before.claims)


@settings(max_examples=80)
@given(rule_lists(), line_lists)
def test_total_lies_between_nothing_and_the_list(rules, found):
    quote = priced(rules, found)

    assert 0 <= quote.total <= quote.list_total
    assert all(0 <= line.amount <= line.list_amount for line in quote.lines)


@settings(max_examples=60)
@given(rule_lists(), line_lists)
def test_lines_sum_to_the_total_in_whole_fen(rules, found):
    quote = priced(rules, found)

    assert quote.total == sum(line.amount for line in quote.lines)
    assert quote.savings == sum(line.savings for line in quote.lines)
    assert quote.tax == sum(line.tax for line in quote.lines)
    assert all(line.amount == line.amount.quantize(FEN) for line in quote.lines)


@settings(max_examples=60)
@given(rule_lists(), line_lists)
def test_nothing_is_sold_below_its_floor_unless_allowed(rules, found):
    """PRC-3: what a voucher pays counts as paid."""
    for line in priced(rules, found).lines:
        if line.floor is None:
            continue
        steps = [step for step in line.steps if step.kind == Kind.VOUCHER]
        assert line.amount + sum(step.before - step.after for step in steps) >= line.floor


@settings(max_examples=60)
@given(rule_lists(), line_lists)
def test_waterfall_has_no_gap(rules, found):
    """PRC-4"""
    for line in priced(rules, found).lines:
        ends = [step.after for step in line.steps]

        assert [step.before for step in line.steps] == [0, *ends[:-1]]
        assert ends[-1] == line.amount


@settings(max_examples=60)
@given(rule_lists(), line_lists)
def test_every_rule_for_the_buyer_is_applied_or_rejected_with_a_reason(rules, found):
    """PRC-4"""
    mine = [rule for rule in rules if rule.audience.includes(BUYER)]
    for line in priced(rules, found).lines:
        applied = [step.rule.key for step in line.steps if step.rule]
        rejected = [miss.rule.key for miss in line.rejected]
        covering = {rule.key for rule in mine if rule.covers(line.line.subject)}
        assert sorted(applied + rejected) == sorted(covering)


strangers = st.sampled_from(
    [
        {"scope": Scope.SKU, "target": 99},
        {"scope": Scope.VENDOR, "target": 99},
        {"audience": Audience(customers=frozenset({1}))},
        {"audience": Audience(tags=frozenset({1}), tiers=frozenset({"silver"}))},
    ]
)


@settings(max_examples=60)
@given(rule_lists(), line_lists, strangers, st.sampled_from(list(Kind)[:-3]))
def test_a_rule_for_something_else_changes_nothing(rules, found, facts, kind):
    before = priced(rules, found).to_snapshot()

    stranger = a_rule("stranger", "0", kind=kind, priority=9, exclusive_group="x", **facts)

    assert priced([*rules, stranger], found).to_snapshot() == before


@settings(max_examples=60)
@given(rule_lists(), line_lists, st.sampled_from(["regions", "order_types", "projects"]))
def test_a_rule_that_does_not_match_changes_no_price(rules, found, part):
    before = priced(rules, found)

    elsewhere = a_rule("elsewhere", "0", priority=9, where=Where(**{part: frozenset({"mars"})}))

    after = priced([*rules, elsewhere], found)
    assert [line.steps for line in after.lines] == [line.steps for line in before.lines]


@settings(max_examples=60)
@given(rule_lists(), line_lists, rates)
def test_a_percentage_more_never_raises_the_price(rules, found, rate):
    """Where that holds: nothing later fixes the price or counts what was spent."""
    lasting = [
        rule for rule in rules if isinstance(rule.change, Percent) and rule.kind is not Kind.MANUAL
    ]
    more = a_rule("more", Percent(rate), kind=Kind.PLATFORM, stack_group="more")

    assert priced([*lasting, more], found).total <= priced(lasting, found).total


@settings(max_examples=60)
@given(rule_lists(), line_lists)
def test_tax_is_what_an_invoice_of_the_lines_states(rules, found):
    """INV-4: line by line as core.money takes it out of the amounts, one invoice a rate."""
    quote = priced(rules, found)
    for rate in {line.line.tax_rate for line in quote.lines}:
        same = [line for line in quote.lines if line.line.tax_rate == rate]

        expected = spread_tax([line.amount for line in same], rate)

        assert [line.tax for line in same] == [taxed.tax for taxed in expected]


@settings(max_examples=60)
@given(rule_lists(), lines)
def test_usage_and_sale_take_the_same_percentages(rules, line):
    """X-4: the two doors of the engine cannot drift apart."""
    usual = [
        rule
        for rule in rules
        if isinstance(rule.change, Percent)
        and rule.kind in (Kind.PLATFORM, Kind.CUSTOMER_DISCOUNT, Kind.FRAMEWORK, Kind.PROMOTION)
        and (rule.where, rule.caps.per_customer, rule.caps.budget) == (Where(), None, None)
    ]
    bare = replace(line, unit_cost=None)
    cost = line.unit_price * line.quantity * line.periods

    [usage] = price_usage([UsageLine("u", line.subject, cost, NOON)], Book.compile(usual), BUYER)

    assert usage.payable.quantize(FEN, ROUND_HALF_UP) == price_lines([bare], *usual).total


@settings(max_examples=40)
@given(rule_lists(), line_lists)
def test_what_is_claimed_fits_the_caps(rules, found):
    quote = priced(rules, found)
    by_key = {rule.key: rule for rule in rules}
    for claim in quote.claims:
        caps, used = by_key[claim.rule_key].caps, USED.get(claim.rule_key, Used())
        more = claim.units if caps.counts == "units" else claim.orders
        if caps.per_customer is not None:
            assert used.by_customer + more <= caps.per_customer
        if caps.budget is not None:
            assert used.budget + claim.amount <= caps.budget


@settings(max_examples=40)
@given(rule_lists(), line_lists)
def test_customers_learn_nothing_of_cost_margin_and_others(rules, found):
    """X-8, PRC-4"""
    quote = priced(rules, found)
    snapshot = quote.to_snapshot()

    for rule in rules:
        if rule.audience != EVERYBODY and not rule.audience.includes(BUYER):
            assert rule.key not in snapshot
    assert not {"cost_amount", "margin", "floor", "hidden"} & set(snapshot.split('"'))
