"""What a rule may give away at most, and how much of that is taken."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from apps.customers.models import Customer
from apps.products.models.claims import WHOLE, RuleCounter
from apps.products.pricing import Caps, Used


@dataclass(frozen=True, slots=True)
class Limit:
    """The caps of a rule as they are now, which may be tighter than when it was quoted."""

    name: str
    caps: Caps
    is_stopped: bool = False  # by a person, at once: unpaid orders do not get it either


type LimitSource = Callable[[Sequence[int]], Mapping[int, Limit]]
_sources: dict[str, LimitSource] = {}


def register_limits(prefix: str, source: LimitSource) -> None:
    """Whose rules have keys like "promotion:12" says what their limits are."""
    _sources[prefix] = source


def is_counted(rule_key: str) -> bool:
    """Whether somebody wants to know how often the rule is used."""
    return rule_key.partition(":")[0] in _sources


def limits_of(rule_keys: Iterable[str]) -> dict[str, Limit]:
    """One query for each kind of key; a rule that nobody limits is not in the answer."""
    wanted: dict[str, list[int]] = {}
    for key in rule_keys:
        prefix, _, number = key.partition(":")
        if prefix in _sources:
            wanted.setdefault(prefix, []).append(int(number))
    return {
        f"{prefix}:{number}": limit
        for prefix, numbers in wanted.items()
        for number, limit in _sources[prefix](numbers).items()
    }


def scope_of_day(at: datetime) -> str:
    """Days are those of Shanghai."""
    return f"day:{timezone.localdate(at).isoformat()}"


def scope_of_customer(customer_id: int) -> str:
    return f"customer:{customer_id}"


def used_for(customer: Customer, rule_keys: Iterable[str], at: datetime) -> dict[str, Used]:
    """How much of each rule is taken, for the engine; one query."""
    mine, today = scope_of_customer(customer.pk), scope_of_day(at)
    rows = RuleCounter.objects.filter(rule_key__in=list(rule_keys), scope__in=[WHOLE, mine, today])
    found: dict[str, dict[str, RuleCounter]] = {}
    for row in rows:
        found.setdefault(row.rule_key, {})[row.scope] = row
    return {key: _used(counters, mine, today) for key, counters in found.items()}


def _used(counters: Mapping[str, RuleCounter], mine: str, today: str) -> Used:
    nothing = RuleCounter()
    whole = counters.get(WHOLE, nothing)
    return Used(
        by_customer=counters.get(mine, nothing).taken,
        today=counters.get(today, nothing).taken,
        total=whole.taken,
        budget=whole.amount,
    )
