"""What the seller pays: terms of suppliers, and of the tenant above."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from apps.products.pricing.facts.codes import Scope
from apps.products.pricing.facts.requests import Subject
from apps.products.pricing.facts.windows import ALWAYS, Window


class CostKind(StrEnum):
    """Declared in the order of the cost waterfall.

    PURCHASE: a distributor buys at `rate` of the list price, and knows no other cost.
    REBATE (代理返点), BACK_REWARD (quarterly, expected) and FUND (voucher fund) take `rate` of what
    the vendor charges off it, each of the amount before it.
    """

    PURCHASE = "purchase"
    REBATE = "rebate"
    BACK_REWARD = "back_reward"
    FUND = "fund"


@dataclass(frozen=True, slots=True)
class CostTerm:
    """Holds for the seller `tenant` alone. Of one kind, the narrowest term for a line counts."""

    key: str
    name: str
    kind: CostKind
    rate: Decimal
    tenant: int
    scope: Scope = Scope.ALL
    target: int | None = None
    window: Window = ALWAYS

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise ValueError(f"Term {self.key}: a rate lies between 0 and 1, not {self.rate}.")
        if (self.target is None) != (self.scope is Scope.ALL):
            raise ValueError(f"Term {self.key}: scope {self.scope} and its target disagree.")

    def covers(self, subject: Subject) -> bool:
        return subject.target(self.scope) == self.target
