"""Words for the codes of a price: the same for the customer, sales and finance, in any language."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.products.enums import BillingMode
from apps.products.models import Quote
from apps.products.pricing import Decision, PricedQuote, Reason
from apps.products.pricing.snapshot import rejection_facts, rule_facts
from apps.products.selectors.reasons import STEPS, say

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class ExplainedStep:
    kind: str
    name: str
    rule: str | None
    before: str
    after: str
    reason: str


@dataclass(frozen=True)
class ExplainedRejection:
    rule: str
    name: str
    reason: str


@dataclass(frozen=True)
class ExplainedGift:
    rule: str
    name: str
    amount: Decimal


@dataclass(frozen=True)
class ExplainedMargin:
    """What a line costs and leaves, for staff who may see it; None where no cost is known."""

    cost: Decimal | None
    margin: Decimal | None
    percent: Decimal | None  # of the price
    floor: Decimal | None
    steps: list[ExplainedStep]
    hidden: list[ExplainedRejection]  # rules addressed to others


@dataclass(frozen=True)
class ExplainedLine:
    sku: Mapping[str, Any]
    unit: str
    quantity: int
    periods: int
    unit_price: Decimal
    list_amount: Decimal
    amount: Decimal
    savings: Decimal
    tax_rate: Decimal
    tax: Decimal
    steps: list[ExplainedStep]
    rejected: list[ExplainedRejection]
    margin: ExplainedMargin | None = None  # told to those who may see it

    @property
    def is_metered(self) -> bool:
        """Whether the amount is an estimate: the use is billed month by month."""
        return BillingMode(self.unit).is_metered


@dataclass(frozen=True)
class ExplainedQuote:
    """A snapshot in sentences of the active language."""

    list_total: Decimal
    total: Decimal
    savings: Decimal
    tax: Decimal
    gifts: list[ExplainedGift]
    lines: list[ExplainedLine]
    cost_total: Decimal | None = None
    margin: Decimal | None = None

    @property
    def due_now(self) -> Decimal:
        """What an order of it pays at once: metered lines are billed by their use, afterwards."""
        return sum((line.amount for line in self.lines if not line.is_metered), Decimal("0.00"))

    @property
    def margin_percent(self) -> Decimal | None:
        return _percent(self.margin, self.total)


def explain_quote(quote: Quote, *, with_margin: bool = False) -> ExplainedQuote:
    """`with_margin`: for those with products.view_cost alone."""
    return explain_snapshot(quote.snapshot, quote.margin_snapshot if with_margin else "")


def explain_priced(priced: PricedQuote, *, with_margin: bool = False) -> ExplainedQuote:
    """A price that is promised to nobody, in the same words as a quote."""
    margins = priced.to_margin_snapshot() if with_margin else ""
    return explain_snapshot(priced.to_snapshot(), margins)


def explain_snapshot(snapshot: str, margin_snapshot: str = "") -> ExplainedQuote:
    facts = json.loads(snapshot)
    margins = json.loads(margin_snapshot) if margin_snapshot else {}
    of_lines = margins.get("lines") or [None] * len(facts["lines"])
    return ExplainedQuote(
        list_total=Decimal(facts["list_total"]),
        total=Decimal(facts["total"]),
        savings=Decimal(facts["savings"]),
        tax=Decimal(facts.get("tax", 0)),
        gifts=[
            ExplainedGift(gift["rule"]["key"], gift["rule"]["name"], Decimal(gift["amount"]))
            for gift in facts.get("gifts", ())
        ],
        lines=[_line(line, margin) for line, margin in zip(facts["lines"], of_lines, strict=True)],
        cost_total=_amount(margins.get("cost_total")),
        margin=_amount(margins.get("margin")),
    )


def explain_decision(decision: Decision) -> str:
    """One sentence on each discount of a usage line, and one on each rule that lost."""
    applied = [
        f"{rule.name}: {say(Reason.DISCOUNT_APPLIED, rule_facts(rule), {})}"
        for rule in decision.applied
    ]
    others = [
        f"{miss['rule']['name']}: {say(miss['reason'], miss['rule'], miss['params'])}"
        for miss in map(rejection_facts, decision.rejected)
    ]
    return " · ".join([*(applied or [_("List price: no discount applies")]), *others])


def _line(line: Mapping[str, Any], margin: Mapping[str, Any] | None) -> ExplainedLine:
    amount = Decimal(line["amount"])
    return ExplainedLine(
        sku=line["sku"],
        unit=line["unit"],
        quantity=line["quantity"],
        periods=line["periods"],
        unit_price=Decimal(line["unit_price"]),
        list_amount=Decimal(line["list_amount"]),
        amount=amount,
        savings=Decimal(line["savings"]),
        tax_rate=Decimal(line["tax_rate"]),
        tax=Decimal(line.get("tax", 0)),
        steps=[_step(step, line) for step in line["steps"]],
        rejected=_rejections(line["rejected"]),
        margin=_margin(margin, amount) if margin else None,
    )


def _step(step: Mapping[str, Any], line: Mapping[str, Any]) -> ExplainedStep:
    rule = step["rule"]
    facts = {
        "unit_price": f"¥{line['unit_price']}",
        "quantity": line["quantity"],
        "periods": line["periods"],
        "unit": BillingMode(line["unit"]).label,
        **step.get("params", {}),
    }
    return ExplainedStep(
        kind=step["kind"],
        name=rule["name"] if rule else str(STEPS[step["kind"]]),
        rule=rule["key"] if rule else None,
        before=step["before"],
        after=step["after"],
        reason=say(step["reason"], rule, facts),
    )


def _rejections(rejected: Iterable[Mapping[str, Any]]) -> list[ExplainedRejection]:
    return [
        ExplainedRejection(
            rule=miss["rule"]["key"],
            name=miss["rule"]["name"],
            reason=say(miss["reason"], miss["rule"], miss["params"]),
        )
        for miss in rejected
    ]


def _margin(facts: Mapping[str, Any], amount: Decimal) -> ExplainedMargin:
    margin = _amount(facts["margin"])
    return ExplainedMargin(
        cost=_amount(facts["cost_amount"]),
        margin=margin,
        percent=_percent(margin, amount),
        floor=_amount(facts["floor"]),
        steps=[_cost_step(step) for step in facts["cost_steps"]],
        hidden=_rejections(facts["hidden"]),
    )


def _cost_step(step: Mapping[str, Any]) -> ExplainedStep:
    term = step["term"]
    percent = f"{(Decimal(term['rate']) * HUNDRED).normalize():f} %" if term else ""
    return ExplainedStep(
        kind=step["kind"],
        name=term["name"] if term else str(STEPS[step["kind"]]),
        rule=term["key"] if term else None,
        before=step["before"],
        after=step["after"],
        reason=f"{STEPS[step['kind']]} {percent}" if term else "",
    )


def _percent(margin: Decimal | None, amount: Decimal) -> Decimal | None:
    """It orders and warns, and is never booked: one decimal is meant."""
    if margin is None or not amount:
        return None
    return (margin * HUNDRED / amount).quantize(Decimal("0.1"))


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
