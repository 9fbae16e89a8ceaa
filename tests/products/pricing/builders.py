"""Lines, rules and prices for the engine's tests, and strategies that draw them."""

from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from apps.products.pricing import (
    BUSINESS_ZONE,
    EVERYBODY,
    AmountOff,
    Audience,
    Book,
    Buyer,
    Caps,
    Counts,
    FaceValue,
    FixedPrice,
    Kind,
    Line,
    Measure,
    Method,
    Per,
    Percent,
    Request,
    Rule,
    Scope,
    SpendAndSave,
    Subject,
    Tiers,
    Used,
    Where,
    Window,
    price,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=BUSINESS_ZONE)
SERVER = Subject(sku=11, product=1, category=5, vendor=3)
BUYER = Buyer(customer=7, tenants=(1, 2), tags=frozenset({4}), tier="gold")


def a_line(subject=SERVER, unit_price="100.00", quantity=1, periods=1, **facts):
    facts = {name: value for name, value in facts.items() if value is not None}
    money = {name: Decimal(facts.pop(name)) for name in ("tax_rate", "unit_cost") if name in facts}
    return Line(
        subject,
        "ecs.g7",
        "ECS g7",
        "monthly",
        Decimal(unit_price),
        quantity,
        periods,
        **money,
        **facts,
    )


def a_rule(key, change="0.9", scope=Scope.ALL, target=None, **facts):
    """A percentage given as text, or any change."""
    window = Window(facts.pop("start", None), facts.pop("until", None))
    change = Percent(Decimal(change)) if isinstance(change, str) else change
    return Rule(key, f"Rule {key}", change, scope, target, "", window, **facts)


def off(amount, per=Per.UNIT):
    return AmountOff(Decimal(amount), Per(per))


def fixed(price, **facts):
    return FixedPrice(Decimal(price), **facts)


def save(*steps, **facts):
    return SpendAndSave(tuple((Decimal(low), Decimal(sum_)) for low, sum_ in steps), **facts)


def voucher(key, amount, threshold="0", **facts):
    change = FaceValue(Decimal(amount), Decimal(threshold))
    return a_rule(key, change, kind=Kind.VOUCHER, **facts)


def tiers(*steps, **facts):
    """Steps by (start, percentage) or (start, fixed price as a change)."""
    return Tiers(
        tuple(
            (Decimal(start), Percent(Decimal(step)) if isinstance(step, str) else step)
            for start, step in steps
        ),
        **facts,
    )


def price_lines(lines, *rules, at=NOON, buyer=BUYER, **request):
    return price(Request(tuple(lines), at, buyer, **request), Book.compile(rules))


def price_one(*rules, at=NOON, buyer=BUYER, request=None, **line):
    return price_lines([a_line(**line)], *rules, at=at, buyer=buyer, **(request or {}))


def applied(quote, place=0):
    return [step.rule.key for step in quote.lines[place].steps if step.rule]


def reasons(quote, place=0):
    return {miss.rule.key: miss.reason.value for miss in quote.lines[place].rejected}


# --- strategies --------------------------------------------------------------------------------

moments = st.integers(-3, 3).map(lambda hours: NOON + timedelta(hours=hours))
targets = st.integers(1, 3)
amounts = st.decimals(0, 500, places=2)
rates = st.decimals(0, 1, places=6)
subjects = st.builds(Subject, targets, targets, targets, targets)
kinds = st.sampled_from(list(Kind))
percents = st.builds(Percent, rates)


@st.composite
def ascending(draw, values, most=3):
    return sorted(draw(st.sets(values, min_size=1, max_size=most)))


@st.composite
def tier_changes(draw):
    by_spend = draw(st.booleans())
    starts = draw(ascending(st.integers(0, 40).map(Decimal)))
    steps = percents if by_spend else percents | st.builds(FixedPrice, amounts)
    return Tiers(
        tuple((start, draw(steps)) for start in starts),
        Measure.SPEND if by_spend else Measure.QUANTITY,
        draw(st.sampled_from(Method)),
    )


@st.composite
def savings(draw):
    starts = draw(ascending(st.decimals("0.01", 2000, places=2)))
    shares = st.integers(0, 100)
    steps = tuple((at, (at * draw(shares) / 100).quantize(Decimal("0.01"))) for at in starts)
    return SpendAndSave(steps, repeats=len(steps) == 1 and draw(st.booleans()))


changes = (
    percents
    | percents
    | st.builds(AmountOff, amounts, st.sampled_from(Per))
    | st.builds(FixedPrice, amounts, st.booleans())
    | tier_changes()
)
audiences = st.sampled_from([EVERYBODY, EVERYBODY, Audience(customers=frozenset({7, 8}))])
wheres = st.sampled_from([Where(), Where(), Where(regions=frozenset({"cn-beijing"}))])
caps = st.sampled_from([Caps(), Caps(), Caps(per_customer=5), Caps(2, counts=Counts.ORDERS)]) | (
    st.builds(Caps, budget=amounts)
)


@st.composite
def rules(draw, number):
    kind = draw(kinds)
    scope = draw(st.sampled_from(list(Scope)))
    change = draw(
        {Kind.SPEND_AND_SAVE: savings(), Kind.VOUCHER: st.builds(FaceValue, amounts, amounts)}.get(
            kind, changes
        )
    )
    return a_rule(
        f"rule:{number}",
        change,
        scope,
        None if scope is Scope.ALL else draw(targets),
        start=draw(st.none() | moments),
        until=draw(st.none() | moments),
        kind=kind,
        audience=draw(audiences),
        where=draw(wheres),
        caps=draw(caps),
        priority=draw(st.integers(-1, 1)),
        stack_group=draw(st.sampled_from(["", "", "own", "other"])),
        exclusive_group=draw(st.sampled_from(["", "", "", "x"])),
        may_break_floor=draw(st.integers(0, 9)) == 0,
        min_margin=draw(st.none() | st.sampled_from([Decimal("0.05"), Decimal("0.5")])),
    )


@st.composite
def rule_lists(draw, most=8):
    return [draw(rules(number)) for number in range(draw(st.integers(0, most)))]


lines = st.builds(
    Line,
    subject=subjects,
    sku_code=st.sampled_from(["a", "b"]),
    sku_name=st.just("SKU"),
    unit=st.just("monthly"),
    unit_price=st.decimals(0, 1000, places=2),
    quantity=st.integers(1, 20),
    periods=st.sampled_from([1, 1, 3, 12]),
    tax_rate=st.sampled_from([Decimal(0), Decimal("0.06"), Decimal("0.13")]),
    region=st.sampled_from(["cn-beijing", "cn-shanghai"]),
    unit_cost=st.none() | st.decimals(0, 1200, places=2),
    min_margin=st.sampled_from([Decimal(0), Decimal("0.1")]),
)
line_lists = st.lists(lines, min_size=1, max_size=5)
used_up = Used(by_customer=4, today=4, total=4, budget=Decimal(100))
