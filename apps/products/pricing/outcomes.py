"""What comes out of the engine: amounts, each with the way that led to it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from apps.products.pricing.book import Decision, Rejection, rate_of
from apps.products.pricing.facts import Line, Reason, Rule
from apps.products.pricing.snapshot import canonical_json, line_facts, moment, plain


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of the waterfall: the amount before and after it, exact to twelve decimals."""

    kind: str
    reason: Reason
    before: Decimal
    after: Decimal
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class PricedLine:
    line: Line
    list_amount: Decimal
    amount: Decimal
    steps: tuple[Step, ...]
    rejected: tuple[Rejection, ...]

    @property
    def savings(self) -> Decimal:
        return self.list_amount - self.amount


@dataclass(frozen=True, slots=True)
class PricedQuote:
    at: datetime
    lines: tuple[PricedLine, ...]
    list_total: Decimal
    total: Decimal

    @property
    def savings(self) -> Decimal:
        return self.list_total - self.total

    def to_snapshot(self) -> str:
        """The whole quote as canonical JSON: the same quote gives the same bytes, everywhere."""
        return canonical_json(
            {
                "version": 1,
                "currency": "CNY",
                "at": moment(self.at),
                "list_total": plain(self.list_total),
                "total": plain(self.total),
                "savings": plain(self.savings),
                "lines": [line_facts(line) for line in self.lines],
            }
        )


class PricedUsage(NamedTuple):
    """A usage line at twelve decimals, never rounded to fen: the bill rounds, once."""

    key: str
    list_cost: Decimal
    payable: Decimal
    decision: Decision

    @property
    def rate(self) -> Decimal:
        return rate_of(self.decision.applied) if self.decision.applied else Decimal(1)
