"""What comes out of the engine: amounts, each with the way that led to it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from apps.products.pricing.amounts import to_fen
from apps.products.pricing.costs import CostStep
from apps.products.pricing.facts import Line, Reason, Request, Rule
from apps.products.pricing.resolution import Rejection
from apps.products.pricing.snapshot import canonical_json, margin_facts, quote_facts


class Step(NamedTuple):
    """One bar of the waterfall: the amount before and after it, exact to twelve decimals."""

    kind: str
    reason: Reason
    before: Decimal
    after: Decimal
    rule: Rule | None = None
    params: Mapping[str, str] | None = None


class Gift(NamedTuple):
    """Balance that the customer is given once the order is paid."""

    rule: Rule
    amount: Decimal
    units: int


class Claim(NamedTuple):
    """What a quote takes of a rule's caps, once it is ordered."""

    rule_key: str
    units: int
    orders: int
    amount: Decimal


class PricedLine(NamedTuple):
    line: Line
    list_amount: Decimal
    amount: Decimal
    tax: Decimal
    steps: tuple[Step, ...]
    rejected: tuple[Rejection, ...]
    hidden: tuple[Rejection, ...] = ()  # rules addressed to others: staff alone may know
    cost_amount: Decimal | None = None
    cost_steps: tuple[CostStep, ...] = ()
    floor: Decimal | None = None

    @property
    def savings(self) -> Decimal:
        return self.list_amount - self.amount

    @property
    def margin(self) -> Decimal | None:
        return None if self.cost_amount is None else self.amount - self.cost_amount


class PricedQuote(NamedTuple):
    request: Request
    lines: tuple[PricedLine, ...]
    list_total: Decimal
    total: Decimal
    tax: Decimal
    gifts: tuple[Gift, ...] = ()

    @property
    def at(self) -> datetime:
        return self.request.at

    @property
    def savings(self) -> Decimal:
        return self.list_total - self.total

    @property
    def cost_total(self) -> Decimal | None:
        """None unless the cost of every line is known."""
        costs = [line.cost_amount for line in self.lines if line.cost_amount is not None]
        return sum(costs, Decimal("0.00")) if len(costs) == len(self.lines) else None

    def to_snapshot(self) -> str:
        """The whole quote as canonical JSON, as the customer may see it: the same quote gives the
        same bytes, everywhere."""
        return canonical_json(quote_facts(self))

    def to_margin_snapshot(self) -> str:
        """Cost, margin and the rules addressed to others: for staff who may see the cost."""
        return canonical_json(margin_facts(self))

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every rule that has an effect, with what it takes: the counters' side of the quote."""
        claims: dict[str, Claim] = {}
        for priced in self.lines:
            for rule, amount in _effects(priced.steps):
                former = claims.get(rule.key, Claim(rule.key, 0, 1, Decimal("0.00")))
                claims[rule.key] = Claim(
                    rule.key, former.units + priced.line.quantity, 1, former.amount + amount
                )
        for gift in self.gifts:
            claims[gift.rule.key] = Claim(gift.rule.key, gift.units, 1, gift.amount)
        return tuple(
            claim._replace(amount=to_fen(claim.amount)) for _key, claim in sorted(claims.items())
        )


def _effects(steps: Iterable[Step]) -> Iterable[tuple[Rule, Decimal]]:
    return ((step.rule, step.before - step.after) for step in steps if step.rule is not None)
