"""Metered use: the same pipeline, on what the vendor has measured (PRC-1, PRC-5).

What speaks of orders is not for it: caps, vouchers, spend and save, an amount off, steps over one
order. A fixed price needs to know of what: it reaches use that is measured in the billing mode of
its SKU, or in one that the rule names. Steps look at all use of their window, so the price of a
line depends on lines beside it: whoever prices knows them (`counted`).
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from apps.products.pricing.amounts import ARITHMETIC, PRECISE, multiply, number, part
from apps.products.pricing.book import RANK, Book, Entry, Rank, places_of
from apps.products.pricing.facts import (
    SOMEBODY,
    Buyer,
    FixedPrice,
    Kind,
    Percent,
    Reason,
    Rule,
    Scope,
    Subject,
    Tiers,
    TierWindow,
    UsageLine,
)
from apps.products.pricing.measures import ONE, Measured, tier_of
from apps.products.pricing.resolution import NOTHING_TO_SAY, Rejection, resolve

KINDS = frozenset(
    {
        Kind.PRICE_LIST,
        Kind.PLATFORM,
        Kind.FRAMEWORK,
        Kind.TIERED,
        Kind.CUSTOMER_DISCOUNT,
        Kind.PROJECT,
        Kind.PROMOTION,
    }
)
NOTHING = Decimal(0)


class Stretch(NamedTuple):
    """What steps look at: the use that they rate together, and what came before it."""

    use: Decimal = NOTHING
    before: Decimal = NOTHING


type Counted = Callable[[Rule, datetime], Stretch]


def nothing_else(_rule: Rule, _at: datetime) -> Stretch:
    return Stretch()


class Effect(NamedTuple):
    """What a rule does to a line: `ratio` of the price so far or of the list, or a price of its
    own for the unit."""

    rule: Rule
    reason: Reason
    ratio: Decimal
    is_of_list: bool = False
    fixed: FixedPrice | None = None
    params: tuple[tuple[str, str], ...] = ()

    def apply(self, amount: Decimal, line: UsageLine) -> Decimal:
        if self.fixed is None or line.quantity is None:
            return multiply(line.list_cost if self.is_of_list else amount, self.ratio)
        price = multiply(self.fixed.unit_price, line.quantity)
        return part(price, amount, line.list_cost) if self.fixed.keeps_earlier else price


class Decision(NamedTuple):
    """What the pipeline made of the rules for one subject at one moment."""

    effects: tuple[Effect, ...]
    rejected: tuple[Rejection, ...]

    @property
    def applied(self) -> tuple[Rule, ...]:
        return tuple(effect.rule for effect in self.effects)


class PricedUsage(NamedTuple):
    """A usage line at twelve decimals, never rounded to fen: the bill rounds, once.

    `amounts` are what is payable after each effect of the decision.
    """

    key: str
    list_cost: Decimal
    payable: Decimal
    decision: Decision
    amounts: tuple[Decimal, ...]

    @property
    def rate(self) -> Decimal:
        rate = Decimal(1)
        for effect in self.decision.effects:
            rate = ARITHMETIC.multiply(rate, effect.ratio)
        return rate


def price_usage(
    lines: Iterable[UsageLine],
    book: Book,
    buyer: Buyer = SOMEBODY,
    counted: Counted = nothing_else,
) -> Iterator[PricedUsage]:
    """Price metered lines one by one as they stream past; equal lines share one decision."""
    bench = _Bench(book, buyer, counted)
    for line in lines:
        decision = bench.decide(line)
        amount, amounts = line.list_cost, []
        for effect in decision.effects:
            amount = effect.apply(amount, line)
            amounts.append(amount)
        yield PricedUsage(line.key, line.list_cost, amount, decision, tuple(amounts))


def looks_back(rule: Rule) -> bool:
    """Whether the price depends on what else lies in a window of time."""
    return isinstance(rule.change, Tiers) and rule.change.window is not TierWindow.ORDER


def is_for_usage(entry: Entry) -> bool:
    rule = entry.rule
    is_of_orders = entry.is_capped or entry.is_of_order or bool(rule.where.order_types)
    is_known = isinstance(rule.change, Percent | FixedPrice) or looks_back(rule)
    return rule.kind in KINDS and is_known and not is_of_orders


@dataclass(eq=False, frozen=True, slots=True)
class _Found:
    """The rules that are in season for lines of one sort."""

    live: tuple[Entry, ...]
    dead: tuple[Rejection, ...]
    steps: tuple[Entry, ...]
    asks_for_unit_price: bool


class _Bench:
    """Decides on lines; whatever two of them have in common is looked up once."""

    def __init__(self, book: Book, buyer: Buyer, counted: Counted) -> None:
        self._shelves = book.shelves_for(buyer)
        self._borders = book.borders()
        self._counted = counted
        self._found: dict[tuple[Subject, int, str, str, str], _Found] = {}
        self._decisions: dict[tuple[object, ...], Decision] = {}

    def decide(self, line: UsageLine) -> Decision:
        sort = (
            line.subject,
            bisect_right(self._borders, line.at),
            line.region,
            line.unit,
            line.project,
        )
        found = self._found.get(sort)
        if found is None:
            found = self._found[sort] = self._look_for(line)
        unit_price = line.unit_price if found.asks_for_unit_price else None
        stretches = tuple([self._counted(entry.rule, line.at) for entry in found.steps])
        known = (found, unit_price, stretches)
        decision = self._decisions.get(known)
        if decision is None:
            by_rule = {
                entry.rule.key: stretch
                for entry, stretch in zip(found.steps, stretches, strict=True)
            }
            decision = self._decisions[known] = _decide(found, line, unit_price, by_rule)
        return decision

    def _look_for(self, line: UsageLine) -> _Found:
        once = {
            entry.rule.key: entry
            for shelf in self._shelves
            for place in places_of(line.subject)
            for entry in shelf.get(place, ())
            if is_for_usage(entry)
        }
        live, dead = [], []
        for entry in sorted(once.values(), key=RANK):
            miss = _miss(entry.rule, line)
            if miss is None:
                live.append(entry)
            else:
                dead.append(Rejection(entry.rule, miss, NOTHING_TO_SAY))
        return _Found(
            tuple(live),
            tuple(dead),
            tuple(entry for entry in live if looks_back(entry.rule)),
            any(_has_fixed_price(entry) for entry in live),
        )


def _miss(rule: Rule, line: UsageLine) -> Reason | None:
    if (miss := rule.window.miss(line.at)) is not None:
        return miss
    if rule.where.projects and line.project not in rule.where.projects:
        return Reason.OTHER_PROJECT
    return rule.where.miss_of_use(line.region, line.unit)


def _decide(
    found: _Found, line: UsageLine, unit_price: Decimal | None, stretches: dict[str, Stretch]
) -> Decision:
    ranked: list[tuple[Rank, Entry]] = []
    rejected, effects = list(found.dead), {}
    for entry in found.live:
        effect = _effect(entry, line, unit_price, stretches)
        if isinstance(effect, Rejection):
            rejected.append(effect)
            continue
        effects[entry.rule.key] = effect
        priority, scope, _merit, key = entry.rank
        ranked.append(((priority, scope, effect.ratio, key), entry))
    ranked.sort()
    choice = resolve([entry for _rank, entry in ranked], rejected)
    return Decision(tuple(effects[entry.rule.key] for entry in choice.taken), choice.rejected)


def _effect(
    entry: Entry, line: UsageLine, unit_price: Decimal | None, stretches: dict[str, Stretch]
) -> Effect | Rejection:
    rule, change = entry.rule, entry.rule.change
    if isinstance(change, Percent):
        return Effect(rule, Reason.DISCOUNT_APPLIED, change.rate)
    if _has_fixed_price(entry) and (unit_price is None or not _is_measured(rule, line)):
        return Rejection(rule, Reason.OTHER_BILLING_MODE)
    listed = unit_price or NOTHING
    if isinstance(change, FixedPrice):
        if change.unit_price > listed:
            return Rejection(rule, Reason.NO_SAVING)
        ratio = ARITHMETIC.divide(change.unit_price, listed) if listed else ONE
        return Effect(rule, Reason.FIXED_PRICE, ratio, fixed=change)
    if not isinstance(change, Tiers):
        raise TypeError(f"{rule.key} is not for metered use.")
    return _stepped(entry, change, stretches[rule.key], listed)


def _stepped(
    entry: Entry, tiers: Tiers, stretch: Stretch, unit_price: Decimal
) -> Effect | Rejection:
    measured = Measured(units=stretch.use, spend=stretch.use, bought=stretch.before)
    tier = tier_of(tiers, measured, unit_price)
    if tier is None:
        counted = number(stretch.use + stretch.before)
        params = {"start": number(tiers.steps[0][0]), "counted": counted}
        return Rejection(entry.rule, Reason.TIER_NOT_REACHED, params)
    reason = Reason.TIERS_BLENDED if tier.is_blended else Reason.TIER_REACHED
    said = (
        ("start", number(tier.start)),
        ("counted", number(tier.counted)),
        ("rate", number(tier.ratio.quantize(PRECISE))),
    )
    return Effect(entry.rule, reason, tier.ratio, is_of_list=entry.fixes, params=said)


def _has_fixed_price(entry: Entry) -> bool:
    change = entry.rule.change
    return isinstance(change, FixedPrice) or (isinstance(change, Tiers) and entry.fixes)


def _is_measured(rule: Rule, line: UsageLine) -> bool:
    """Whether a price for the unit is a price for what the line counts."""
    is_said = rule.scope is Scope.SKU or line.unit in rule.where.billing_modes
    return bool(line.unit) and is_said
