"""Metered use: the percentages of the same pipeline, on a cost that the vendor has measured.

A fixed price, a tier or a flash sale speaks of units of an order, which metered use has not.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from apps.products.pricing.amounts import ARITHMETIC, multiply
from apps.products.pricing.book import RANK, Book, Entry, places_of
from apps.products.pricing.facts import (
    SOMEBODY,
    Buyer,
    Kind,
    Percent,
    Rule,
    Subject,
    UsageLine,
)
from apps.products.pricing.resolution import NOTHING_TO_SAY, Rejection, resolve

KINDS = frozenset(
    {
        Kind.PRICE_LIST,
        Kind.PLATFORM,
        Kind.FRAMEWORK,
        Kind.CUSTOMER_DISCOUNT,
        Kind.PROJECT,
        Kind.PROMOTION,
    }
)


class Decision(NamedTuple):
    """What the pipeline made of the rules for one subject at one moment."""

    applied: tuple[Rule, ...]
    rejected: tuple[Rejection, ...]
    rates: tuple[Decimal, ...]


class PricedUsage(NamedTuple):
    """A usage line at twelve decimals, never rounded to fen: the bill rounds, once."""

    key: str
    list_cost: Decimal
    payable: Decimal
    decision: Decision

    @property
    def rate(self) -> Decimal:
        rate = Decimal(1)
        for factor in self.decision.rates:
            rate = ARITHMETIC.multiply(rate, factor)
        return rate


def price_usage(
    lines: Iterable[UsageLine], book: Book, buyer: Buyer = SOMEBODY
) -> Iterator[PricedUsage]:
    """Discount metered lines one by one as they stream past; equal lines share one decision."""
    shelves, borders = book.shelves_for(buyer), book.borders()
    decisions: dict[tuple[Subject, int], Decision] = {}
    for line in lines:
        asked = (line.subject, bisect_right(borders, line.at))
        decision = decisions.get(asked)
        if decision is None:
            found = [
                entry
                for shelf in shelves
                for place in places_of(line.subject)
                for entry in shelf.get(place, ())
                if _is_for_usage(entry)
            ]
            decision = decisions[asked] = _decide(found, line.at)
        payable = line.list_cost
        for rate in decision.rates:
            payable = multiply(payable, rate)
        yield PricedUsage(line.key, line.list_cost, payable, decision)


def _decide(entries: Iterable[Entry], at: datetime) -> Decision:
    live, rejected = [], []
    once = {entry.rule.key: entry for entry in entries}
    for entry in sorted(once.values(), key=RANK):
        miss = entry.rule.window.miss(at)
        if miss is None:
            live.append(entry)
        else:
            rejected.append(Rejection(entry.rule, miss, NOTHING_TO_SAY))
    choice = resolve(live, rejected)
    applied = tuple(entry.rule for entry in choice.taken)
    changes = (rule.change for rule in applied)
    rates = tuple(change.rate for change in changes if isinstance(change, Percent))
    return Decision(applied, choice.rejected, rates)


def _is_for_usage(entry: Entry) -> bool:
    where = entry.rule.where
    is_of_orders = bool(where.order_types or where.projects)
    return entry.is_static and entry.rule.kind in KINDS and not is_of_orders
