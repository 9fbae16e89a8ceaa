"""Words for the codes of a price: the same for the customer, sales and finance, in any language."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.products.enums import BillingMode
from apps.products.models import Quote
from apps.products.pricing import Decision, Reason, Scope
from apps.products.pricing.snapshot import rejection_facts, rule_facts

REASONS: dict[str, Promise] = {
    Reason.LIST_PRICE: gettext_lazy("{unit_price} × {quantity} × {periods} ({unit})"),
    Reason.DISCOUNT_APPLIED: gettext_lazy("{percent} of the price, for {scope}"),
    Reason.ROUNDED: gettext_lazy("Rounded half up to whole fen, once per line"),
    Reason.NOT_STARTED: gettext_lazy("Not in effect yet: starts on {start}"),
    Reason.ENDED: gettext_lazy("No longer in effect: ended on {until}"),
    Reason.LESS_SPECIFIC: gettext_lazy("“{winner}” is more specific, so it goes first"),
    Reason.LESS_FAVORABLE: gettext_lazy("“{winner}” is as specific and gives the lower price"),
    Reason.OTHER_SCOPE: gettext_lazy("Only for {scope}"),
}
SCOPES: dict[str, Promise] = {
    Scope.SKU: gettext_lazy("the SKU “{target}”"),
    Scope.PRODUCT: gettext_lazy("the product “{target}”"),
    Scope.CATEGORY: gettext_lazy("the category “{target}”"),
    Scope.VENDOR: gettext_lazy("everything of {target}"),
    Scope.ALL: gettext_lazy("everything"),
}
STEPS: dict[str, Promise] = {
    "list": gettext_lazy("List price"),
    "rounding": gettext_lazy("Rounding"),
}


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
    steps: list[ExplainedStep]
    rejected: list[ExplainedRejection]

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
    lines: list[ExplainedLine]

    @property
    def due_now(self) -> Decimal:
        """What an order of it pays at once: metered lines are billed by their use, afterwards."""
        return sum((line.amount for line in self.lines if not line.is_metered), Decimal("0.00"))


def explain_quote(quote: Quote) -> ExplainedQuote:
    return explain_snapshot(quote.snapshot)


def explain_snapshot(snapshot: str) -> ExplainedQuote:
    facts = json.loads(snapshot)
    return ExplainedQuote(
        list_total=Decimal(facts["list_total"]),
        total=Decimal(facts["total"]),
        savings=Decimal(facts["savings"]),
        lines=[_line(line) for line in facts["lines"]],
    )


def explain_decision(decision: Decision) -> str:
    """One sentence on a discounted usage line, and one on each rule that lost."""
    if decision.applied is None:
        first = _("List price: no discount applies")
    else:
        rule = rule_facts(decision.applied)
        first = f"{decision.applied.name}: {_say(Reason.DISCOUNT_APPLIED, rule, {})}"
    others = [
        f"{miss['rule']['name']}: {_say(miss['reason'], miss['rule'], miss['params'])}"
        for miss in map(rejection_facts, decision.rejected)
    ]
    return " · ".join([first, *others])


def _line(line: Mapping[str, Any]) -> ExplainedLine:
    return ExplainedLine(
        sku=line["sku"],
        unit=line["unit"],
        quantity=line["quantity"],
        periods=line["periods"],
        unit_price=Decimal(line["unit_price"]),
        list_amount=Decimal(line["list_amount"]),
        amount=Decimal(line["amount"]),
        savings=Decimal(line["savings"]),
        tax_rate=Decimal(line["tax_rate"]),
        steps=[_step(step, line) for step in line["steps"]],
        rejected=[
            ExplainedRejection(
                rule=miss["rule"]["key"],
                name=miss["rule"]["name"],
                reason=_say(miss["reason"], miss["rule"], miss["params"]),
            )
            for miss in line["rejected"]
        ],
    )


def _step(step: Mapping[str, Any], line: Mapping[str, Any]) -> ExplainedStep:
    rule = step["rule"]
    facts = {
        "unit_price": f"¥{line['unit_price']}",
        "quantity": line["quantity"],
        "periods": line["periods"],
        "unit": BillingMode(line["unit"]).label,
    }
    return ExplainedStep(
        kind=step["kind"],
        name=rule["name"] if rule else str(STEPS[step["kind"]]),
        rule=rule["key"] if rule else None,
        before=step["before"],
        after=step["after"],
        reason=_say(step["reason"], rule or {}, facts),
    )


def _say(reason: str, rule: Mapping[str, Any], params: Mapping[str, Any]) -> str:
    """The sentence of a reason code. Names that staff typed only ever fill placeholders."""
    facts = {**params}
    if rule:
        scope = str(SCOPES[rule["scope"]]).format(target=rule["target_name"])
        rate = Decimal(rule["rate"])
        facts |= {
            "scope": scope,
            "percent": f"{(rate * 100).normalize():f} %",
            "tenths": f"{(rate * 10).normalize():f}",  # Chinese counts discounts in tenths: 8.5 折
            "start": _day(rule["start"]),
            "until": _day(rule["until"]),
        }
    return str(REASONS[reason]).format(**facts)


def _day(moment: str | None) -> str:
    if moment is None:
        return ""
    return f"{timezone.localtime(datetime.fromisoformat(moment)):%Y-%m-%d %H:%M:%S}"
