"""Past orders, priced with rules and without them."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from apps.core.money import ZERO
from apps.customers.models import Customer
from apps.products import ports
from apps.products.models import Price, Sku
from apps.products.periods import local_day
from apps.products.pricing import Kind, Line, PricedQuote, Request, price
from apps.products.rule_subjects import Trial
from apps.products.selectors.purchases import bought_for
from apps.products.selectors.repricing import (
    Ask,
    Books,
    books_of,
    line_of,
    margin_of,
)
from apps.products.selectors.trial_counts import TrialCounts

TOP = 10


class Outcome(NamedTuple):
    """One order, without the rules and with them. `gifts` is the balance that they give more."""

    customer: Customer
    at: datetime
    before: Decimal
    after: Decimal
    cost: Decimal | None
    gifts: Decimal = ZERO

    @property
    def given(self) -> Decimal:
        return self.before - self.after + self.gifts

    @property
    def is_below_cost(self) -> bool:
        return self.cost is not None and self.after - self.gifts < self.cost


@dataclass
class TrialRun:
    """What it takes to price old orders, in the order in which they were paid: customers, SKUs,
    the prices of those days, and what is left of the rules' caps."""

    trial: Trial
    at: datetime
    customers: dict[int, Customer]
    skus: dict[int, Sku]
    prices: dict[int, list[tuple[datetime, Decimal, Decimal | None]]]
    counts: TrialCounts
    buyers: set[int]  # who had paid an order before: no order of theirs is the first
    books: dict[int, Books] = field(default_factory=dict)

    @classmethod
    def begin(
        cls, trial: Trial, orders: Sequence[Sequence[ports.Purchase]], *, at: datetime
    ) -> "TrialRun":
        ids = {line.subject.sku for order in orders for line in order}
        people = {line.customer_id for order in orders for line in order}
        prices: defaultdict[int, list[tuple[datetime, Decimal, Decimal | None]]]
        prices = defaultdict(list)
        rows = Price.objects.filter(sku__in=ids).order_by("sku", "valid_from")
        columns = rows.values_list("sku_id", "valid_from", "unit_price", "unit_cost")
        for sku, start, unit_price, cost in columns:
            prices[sku].append((start, unit_price, cost))
        return cls(
            trial=trial,
            at=at,
            customers=Customer.objects.select_related("tenant").in_bulk(people),
            skus=Sku.objects.select_related("product").in_bulk(ids),
            prices=dict(prices),
            counts=TrialCounts(trial.rules),
            buyers=_buyers_before(trial, people, orders),
        )

    def price(self, order: Sequence[ports.Purchase]) -> Outcome | None:
        """None for an order none of whose lines had a price."""
        customer, at = self.customers[order[0].customer_id], order[0].at
        lines = [line for row in order if (line := self._line(row, customer)) is not None]
        if not lines:
            return None
        books, day = self._books(customer), local_day(at)
        request = Request(
            lines=tuple(lines),
            at=at,
            buyer=books.buyer._replace(is_first_order=customer.pk not in self.buyers),
            project=order[0].project,
            used=self.counts.used(customer.pk, day),
            bought=bought_for(customer, list(self.trial.rules), at),
        )
        before, after = price(request, books.now), price(request, books.then)
        self.counts.take(after, customer.pk, day)
        self.buyers.add(customer.pk)
        gifts = _gifts(after) - _gifts(before)
        return Outcome(customer, at, before.total, after.total, after.cost_total, gifts)

    def _books(self, customer: Customer) -> Books:
        if customer.pk not in self.books:
            self.books[customer.pk] = books_of(
                customer, at=self.at, extra=self.trial.unbound(), without=self.trial.replaces
            )
        return self.books[customer.pk]

    def _line(self, row: ports.Purchase, customer: Customer) -> Line | None:
        sku = self.skus.get(row.subject.sku or 0)
        known = self.prices.get(row.subject.sku or 0, [])
        place = bisect_right([start for start, _price, _cost in known], row.at) - 1
        if sku is None or place < 0:
            return None
        _start, unit_price, cost = known[place]
        ask = Ask(sku.pk, row.quantity, row.periods)
        return line_of(ask, customer.tenant_id, sku, unit_price, cost)


def _buyers_before(
    trial: Trial, people: set[int], orders: Sequence[Sequence[ports.Purchase]]
) -> set[int]:
    """Asked only where a rule is for first orders."""
    if not orders or all(rule.kind is not Kind.FIRST_ORDER for rule in trial.rules):
        return set()
    return ports.buyers(people, orders[0][0].at)


def _gifts(quote: PricedQuote) -> Decimal:
    return sum((gift.amount for gift in quote.gifts), ZERO)


@dataclass
class Tally:
    """What comes of it, as the page shows it."""

    orders: int = 0
    changed: int = 0
    below_cost: int = 0
    before: Decimal = ZERO
    after: Decimal = ZERO
    gifts: Decimal = ZERO
    cost: Decimal = ZERO
    is_cost_known: bool = True
    by_customer: dict[int, list[Any]] = field(default_factory=dict)
    by_week: dict[str, Decimal] = field(default_factory=dict)

    def add(self, outcome: Outcome | None) -> None:
        if outcome is None:
            return
        given = outcome.given
        self.orders += 1
        self.changed += bool(given)
        self.below_cost += outcome.is_below_cost
        self.before += outcome.before
        self.after += outcome.after
        self.gifts += outcome.gifts
        self.cost += outcome.cost or ZERO
        self.is_cost_known &= outcome.cost is not None
        day = local_day(outcome.at)
        week = f"{day - timedelta(days=day.weekday()):%Y-%m-%d}"
        self.by_week[week] = self.by_week.get(week, ZERO) + given
        row = self.by_customer.setdefault(outcome.customer.pk, [outcome.customer.name, 0, ZERO])
        row[1] += 1
        row[2] += given

    def as_json(self) -> dict[str, Any]:
        ranked = sorted(self.by_customer.items(), key=lambda item: (-item[1][2], item[0]))
        cost = self.cost if self.is_cost_known and self.orders else None
        return {
            "orders": self.orders,
            "changed": self.changed,
            "below_cost": self.below_cost,
            "before": str(self.before),
            "after": str(self.after),
            "gifts": str(self.gifts),
            "given": str(self.before - self.after + self.gifts),
            "margin_before": _text(margin_of(self.before, cost)),
            "margin_after": _text(margin_of(self.after, cost)),
            "customers": [
                {"customer": pk, "name": name, "orders": orders, "given": str(given)}
                for pk, (name, orders, given) in ranked[:TOP]
                if given
            ],
            "weeks": [
                {"week": week, "given": str(self.by_week[week])} for week in sorted(self.by_week)
            ],
        }


def _text(margin: Decimal | None) -> str | None:
    return None if margin is None else str(margin)


def is_stale(fingerprint: str, trial: Trial | None) -> bool:
    """Whether the rules are others than those that were tried."""
    return trial is None or trial.fingerprint != fingerprint
