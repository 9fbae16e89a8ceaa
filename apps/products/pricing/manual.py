"""What sales give by hand, written down with the quote so that it can be priced again."""

from decimal import Decimal
from typing import Any

from apps.products.pricing.facts import (
    AmountOff,
    Change,
    FixedPrice,
    Kind,
    Per,
    Percent,
    Rule,
    Scope,
)
from apps.products.pricing.snapshot import rule_facts


def manual_facts(rule: Rule) -> dict[str, Any]:
    """:raises ValueError: unless it is a manual percentage, amount or price"""
    if rule.kind is not Kind.MANUAL or not isinstance(
        rule.change, Percent | AmountOff | FixedPrice
    ):
        raise ValueError(f"Rule {rule.key} is nothing that is given by hand.")
    return {**rule_facts(rule), "may_break_floor": rule.may_break_floor}


def manual_rule(facts: dict[str, Any]) -> Rule:
    return Rule(
        key=facts["key"],
        name=facts["name"],
        change=_change(facts["change"]),
        scope=Scope(facts["scope"]),
        target=facts["target"],
        target_name=facts["target_name"],
        kind=Kind.MANUAL,
        may_break_floor=facts["may_break_floor"],
    )


def _change(facts: dict[str, Any]) -> Change:
    match facts["type"]:
        case "percent":
            return Percent(Decimal(facts["rate"]))
        case "amount_off":
            return AmountOff(Decimal(facts["amount"]), Per(facts["per"]))
        case _:
            return FixedPrice(Decimal(facts["unit_price"]), facts["keeps_earlier"])
