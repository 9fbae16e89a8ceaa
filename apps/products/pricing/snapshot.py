"""The frozen form of a quote. Codes and parameters, no sentences: it reads in any language."""

import json
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from apps.products.pricing.facts import BUSINESS_ZONE, Percent, Rule

if TYPE_CHECKING:
    from apps.products.pricing.book import Rejection
    from apps.products.pricing.outcomes import PricedLine, Step


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


def rule_facts(rule: Rule) -> dict[str, Any]:
    return {
        "key": rule.key,
        "name": rule.name,
        "kind": rule.kind.value,
        "rate": f"{rule.change.rate.normalize():f}" if isinstance(rule.change, Percent) else None,
        "scope": rule.scope.value,
        "target": rule.target,
        "target_name": rule.target_name,
        "start": moment(rule.window.start) if rule.window.start else None,
        "until": moment(rule.window.until) if rule.window.until else None,
    }


def rejection_facts(rejection: "Rejection") -> dict[str, Any]:
    return {
        "rule": rule_facts(rejection.rule),
        "reason": rejection.reason.value,
        "params": dict(rejection.params),
    }


def step_facts(step: "Step") -> dict[str, Any]:
    return {
        "kind": step.kind,
        "reason": step.reason.value,
        "before": plain(step.before),
        "after": plain(step.after),
        "rule": rule_facts(step.rule) if step.rule else None,
    }


def line_facts(priced: "PricedLine") -> dict[str, Any]:
    line = priced.line
    return {
        "sku": {"id": line.subject.sku, "code": line.sku_code, "name": line.sku_name},
        "unit": line.unit,
        "unit_price": plain(line.unit_price),
        "quantity": line.quantity,
        "periods": line.periods,
        "tax_rate": f"{line.tax_rate.normalize():f}",
        "list_amount": plain(priced.list_amount),
        "amount": plain(priced.amount),
        "savings": plain(priced.savings),
        "steps": [step_facts(step) for step in priced.steps],
        "rejected": [rejection_facts(rejection) for rejection in priced.rejected],
    }
