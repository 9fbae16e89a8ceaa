"""What owns rules and can be tried on past orders: agreements, promotions, price lists."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from apps.products.pricing import ALWAYS, Rule
from apps.rbac.models import Tenant


@dataclass(frozen=True)
class Trial:
    """The rules of a subject as they are written now. `replaces` are keys of rules that it takes
    the place of; `customers` are those whom it concerns, None for all of the tenant's."""

    name: str
    tenant: Tenant
    rules: tuple[Rule, ...]
    replaces: frozenset[str] = frozenset()
    customers: frozenset[int] | None = None

    @property
    def fingerprint(self) -> str:
        """Another one when a rule changes in anything but when it holds."""
        facts = [_facts(rule) for rule in sorted(self.rules, key=lambda rule: rule.key)]
        text = json.dumps([facts, sorted(self.replaces)], sort_keys=True, default=_plain)
        return hashlib.sha256(text.encode()).hexdigest()

    def unbound(self) -> list[Rule]:
        """The rules as if they had held all along."""
        return [replace(rule, window=ALWAYS) for rule in self.rules]


type Loader = Callable[[int], Trial | None]

_subjects: dict[str, Loader] = {}


def register_subject(label: str, loader: Loader) -> None:
    """Name the function that reads the rules of "products.PriceAgreement" number n."""
    _subjects[label] = loader


def trial_of(label: str, pk: int) -> Trial | None:
    """None for what is not there, or has no rules that can be tried."""
    loader = _subjects.get(label)
    return loader(pk) if loader else None


def _facts(rule: Rule) -> dict[str, Any]:
    facts = asdict(replace(rule, window=ALWAYS))
    return {**facts, "change_type": type(rule.change).__name__}


def _plain(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, set | frozenset) else str(value)
