"""Which rules made the price of metered use, as facts that lie on the bill and as sentences."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.products.pricing import Effect, PricedUsage
from apps.products.pricing.snapshot import plain, rule_facts
from apps.products.selectors.reasons import say


@dataclass(slots=True)
class EffectSum:
    """What one rule took off all lines of an item."""

    effect: Effect
    saved: Decimal = Decimal(0)


@dataclass(frozen=True)
class ExplainedEffect:
    name: str
    reason: str
    saved: Decimal


def add_effects(sums: dict[str, EffectSum], priced: PricedUsage) -> None:
    """Add one line to the sums of its item."""
    before = priced.list_cost
    for effect, after in zip(priced.decision.effects, priced.amounts, strict=True):
        known = sums.setdefault(effect.rule.key, EffectSum(effect))
        known.effect = effect
        known.saved += before - after
        before = after


def effect_facts(sums: Iterable[EffectSum]) -> list[dict[str, Any]]:
    return [
        {
            "rule": rule_facts(one.effect.rule),
            "reason": one.effect.reason.value,
            "params": dict(one.effect.params),
            "saved": plain(one.saved),
        }
        for one in sums
    ]


def explain_effects(facts: Iterable[Mapping[str, Any]]) -> list[ExplainedEffect]:
    """In the active language."""
    return [
        ExplainedEffect(
            one["rule"]["name"],
            say(one["reason"], one["rule"], _params(one)),
            Decimal(one["saved"]),
        )
        for one in facts
    ]


def _params(fact: Mapping[str, Any]) -> Mapping[str, str]:
    return fact.get("params") or {}
