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
from apps.products.pricing import Line
from apps.products.rule_subjects import Trial
from apps.products.selectors.purchases import bought_for
from apps.products.selectors.repricing import (
    Ask,
    Books,
    books_of,
    line_of,
    margin_of,
    priced,
)

TOP = 10


class Outcome(NamedTuple):
    """One order, without the rules and with them."""

    customer: Customer
    at: datetime
    before: Decimal
    after: Decimal
    cost: Decimal | None


@dataclass
class TrialRun:
    """What it takes to price old orders: customers, SKUs, and the prices of those days."""

    trial: Trial
    at: datetime
    customers: dict[int, Customer]
    skus: dict[int, Sku]
    prices: dict[int, list[tuple[datetime, Decimal, Decimal | None]]]
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
        )

    def price(self, order: Sequence[ports.Purchase]) -> Outcome | None:
        """None for an order none of whose lines had a price."""
        customer, at = self.customers[order[0].customer_id], order[0].at
        lines = [line for row in order if (line := self._line(row, customer)) is not None]
        if not lines:
            return None
        books = self._books(customer)
        tiers = bought_for(customer, list(self.trial.rules), at)
        before, after = (
            priced(lines, book, at=at, buyer=books.buyer, project=order[0].project, bought=tiers)
            for book in (books.now, books.then)
        )
        return Outcome(customer, at, before.total, after.total, after.cost_total)

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


@dataclass
class Tally:
    """What comes of it, as the page shows it."""

    orders: int = 0
    changed: int = 0
    below_cost: int = 0
    before: Decimal = ZERO
    after: Decimal = ZERO
    cost: Decimal = ZERO
    is_cost_known: bool = True
    by_customer: dict[int, list[Any]] = field(default_factory=dict)
    by_week: dict[str, Decimal] = field(default_factory=dict)

    def add(self, outcome: Outcome | None) -> None:
        if outcome is None:
            return
        given = outcome.before - outcome.after
        self.orders += 1
        self.changed += bool(given)
        self.below_cost += outcome.cost is not None and outcome.after < outcome.cost
        self.before += outcome.before
        self.after += outcome.after
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
            "given": str(self.before - self.after),
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
