"""The frozen form of a quote. Codes and parameters, no sentences: it reads in any language.

Version 1 knew percentages alone: its rules have a `rate` where those of version 2 have a `change`.
Quotes are kept byte for byte, so readers understand both.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from apps.products.pricing.amounts import number
from apps.products.pricing.facts import (
    BUSINESS_ZONE,
    AmountOff,
    Change,
    FaceValue,
    FixedPrice,
    Percent,
    Rule,
    SpendAndSave,
    Tiers,
    Window,
)

if TYPE_CHECKING:
    from apps.products.pricing.costs import CostStep
    from apps.products.pricing.outcomes import PricedLine, PricedQuote, Step
    from apps.products.pricing.resolution import Rejection

VERSION = 2
type Facts = dict[str, Any]


def canonical_json(facts: object) -> str:
    """Sorted keys, no spaces, no floats: equal facts are equal bytes."""
    return json.dumps(
        facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def plain(amount: Decimal) -> str:
    """All digits, at least two decimals, no trailing zeros beyond them: "84.915", "12.00"."""
    whole, _, fraction = f"{amount:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def moment(at: datetime) -> str:
    return at.astimezone(BUSINESS_ZONE).isoformat()


def quote_facts(quote: "PricedQuote") -> Facts:
    """What the customer may see. Rules addressed to others, cost and margin have no place here."""
    told: dict[str, Facts] = {}
    return {
        "version": VERSION,
        "currency": "CNY",
        "at": moment(quote.at),
        "order_type": str(quote.request.order_type),
        "project": quote.request.project,
        "list_total": plain(quote.list_total),
        "total": plain(quote.total),
        "savings": plain(quote.savings),
        "tax": plain(quote.tax),
        "gifts": [
            {"rule": _told(gift.rule, told), "amount": plain(gift.amount)} for gift in quote.gifts
        ],
        "claims": [
            {
                "rule": claim.rule_key,
                "units": claim.units,
                "orders": claim.orders,
                "amount": plain(claim.amount),
            }
            for claim in quote.claims
        ],
        "lines": [_line_facts(line, told) for line in quote.lines],
    }


def margin_facts(quote: "PricedQuote") -> Facts:
    cost = quote.cost_total
    told: dict[str, Facts] = {}
    return {
        "version": VERSION,
        "cost_total": _plain_or_none(cost),
        "margin": _plain_or_none(None if cost is None else quote.total - cost),
        "lines": [
            {
                "cost_amount": _plain_or_none(line.cost_amount),
                "margin": _plain_or_none(line.margin),
                "floor": _plain_or_none(line.floor),
                "cost_steps": [_cost_facts(step) for step in line.cost_steps],
                "hidden": [_rejection_facts(miss, told) for miss in line.hidden],
            }
            for line in quote.lines
        ],
    }


def rule_facts(rule: Rule) -> Facts:
    return {
        "key": rule.key,
        "name": rule.name,
        "kind": rule.kind.value,
        "change": change_facts(rule.change),
        "scope": rule.scope.value,
        "target": rule.target,
        "target_name": rule.target_name,
        **_window_facts(rule.window),
    }


def change_facts(change: Change) -> Facts:
    match change:
        case Percent():
            return {"type": "percent", "rate": number(change.rate)}
        case AmountOff():
            return {
                "type": "amount_off",
                "amount": plain(change.amount),
                "per": change.per.value,
            }
        case FixedPrice():
            return {
                "type": "fixed_price",
                "unit_price": plain(change.unit_price),
                "keeps_earlier": change.keeps_earlier,
            }
        case Tiers():
            return {
                "type": "tiers",
                "measure": change.measure.value,
                "method": change.method.value,
                "window": change.window.value,
                "steps": [[number(start), change_facts(step)] for start, step in change.steps],
                **({} if change.counts_use else {"counts_use": False}),
            }
        case SpendAndSave():
            return {
                "type": "spend_and_save",
                "steps": [[plain(start), plain(off)] for start, off in change.steps],
                "repeats": change.repeats,
                "gift": change.gift,
            }
        case FaceValue():
            return {
                "type": "face_value",
                "amount": plain(change.amount),
                "threshold": plain(change.threshold),
            }


def rejection_facts(rejection: "Rejection") -> Facts:
    return _rejection_facts(rejection, {})


def _line_facts(priced: "PricedLine", told: dict[str, Facts]) -> Facts:
    line = priced.line
    return {
        "sku": {"id": line.subject.sku, "code": line.sku_code, "name": line.sku_name},
        "spec_version": line.spec_version,
        "region": line.region,
        "unit": line.unit,
        "unit_price": plain(line.unit_price),
        "quantity": line.quantity,
        "periods": line.periods,
        "tax_rate": number(line.tax_rate),
        "list_amount": plain(priced.list_amount),
        "amount": plain(priced.amount),
        "savings": plain(priced.savings),
        "tax": plain(priced.tax),
        "steps": list(_steps_facts(priced.steps, told)),
        "rejected": [_rejection_facts(miss, told) for miss in priced.rejected],
    }


def _steps_facts(steps: "Iterable[Step]", told: dict[str, Facts]) -> Iterable[Facts]:
    for step in steps:
        yield {
            "kind": step.kind,
            "reason": step.reason.value,
            "before": plain(step.before),
            "after": plain(step.after),
            "params": dict(step.params or {}),
            "rule": _told(step.rule, told) if step.rule else None,
        }


def _rejection_facts(rejection: "Rejection", told: dict[str, Facts]) -> Facts:
    return {
        "rule": _told(rejection.rule, told),
        "reason": rejection.reason.value,
        "params": dict(rejection.params),
    }


def _cost_facts(step: "CostStep") -> Facts:
    term = step.term
    return {
        "kind": step.kind,
        "before": plain(step.before),
        "after": plain(step.after),
        "term": {"key": term.key, "name": term.name, "rate": number(term.rate)} if term else None,
    }


def _told(rule: Rule, told: dict[str, Facts]) -> Facts:
    """A rule is put into words once, however many lines it changes."""
    facts = told.get(rule.key)
    if facts is None:
        facts = told[rule.key] = rule_facts(rule)
    return facts


def _window_facts(window: Window) -> Facts:
    return {
        "start": moment(window.start) if window.start else None,
        "until": moment(window.until) if window.until else None,
    }


def _plain_or_none(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)
