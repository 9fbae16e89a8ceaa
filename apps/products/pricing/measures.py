"""Tiers: how much is measured, which step that reaches, and what share of the list is left."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from apps.products.pricing.amounts import ARITHMETIC
from apps.products.pricing.facts import FixedPrice, Measure, Method, Percent, Tiers

ONE = Decimal(1)


class Measured(NamedTuple):
    """What an order holds of all that a rule is for, and what was bought before."""

    units: int | Decimal
    spend: Decimal
    bought: Decimal

    def amount(self, measure: Measure) -> Decimal:
        return Decimal(self.units) if measure is Measure.QUANTITY else self.spend


class Tier(NamedTuple):
    """What tiers come to for one line. `start` is the highest step that counts."""

    start: Decimal
    counted: Decimal
    ratio: Decimal  # of the list price
    is_blended: bool


def tier_of(tiers: Tiers, measured: Measured, unit_price: Decimal) -> Tier | None:
    """Of what costs `unit_price` by the list; None below the first step."""
    amount = measured.amount(tiers.measure)
    counted = measured.bought + amount
    reached = [step for step in tiers.steps if step[0] <= counted]
    if not reached:
        return None
    start, change = reached[-1]
    if tiers.method is Method.WHOLE:
        return Tier(start, counted, _ratio(change, unit_price), is_blended=False)
    if counted <= tiers.steps[0][0] or amount <= 0:
        return None
    slabs = _slabs(tiers, measured)
    paid = sum((part * _ratio(step, unit_price) for part, step in slabs), Decimal(0))
    start = next(start for start, _step in reversed(tiers.steps) if start < counted)
    is_blended = measured.bought < start
    return Tier(start, counted, ARITHMETIC.divide(paid, amount), is_blended)


def _slabs(tiers: Tiers, measured: Measured) -> Iterator[tuple[Decimal, Percent | FixedPrice]]:
    """How much of the order lies in each slab, on top of what was bought before."""
    low, high = measured.bought, measured.bought + measured.amount(tiers.measure)
    starts = [start for start, _step in tiers.steps]
    first = starts[0]
    if low < first:
        yield min(high, first) - low, Percent(ONE)
    for (start, step), until in zip(tiers.steps, [*starts[1:], high], strict=True):
        within = min(high, until) - max(low, start)
        if within > 0:
            yield within, step


def _ratio(change: Percent | FixedPrice, unit_price: Decimal) -> Decimal:
    """Never more than the list price."""
    if isinstance(change, Percent):
        return change.rate
    if change.unit_price >= unit_price:
        return ONE
    return ARITHMETIC.divide(change.unit_price, unit_price)
