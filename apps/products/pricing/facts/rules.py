"""A rule: what changes how much, for whom, where, when, and up to which limits."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from apps.products.pricing.facts.changes import (
    AmountOff,
    Change,
    FaceValue,
    Per,
    SpendAndSave,
)
from apps.products.pricing.facts.codes import METERED_MODES, Kind, Reason, Scope
from apps.products.pricing.facts.requests import Buyer, Request, Subject, Used
from apps.products.pricing.facts.windows import ALWAYS, Window

NOBODY_IN_PARTICULAR: frozenset[int] = frozenset()
NOTHING: frozenset[str] = frozenset()
CONTRACT, PROMOTION = "contract", "promotion"
# Of one group, one rule changes a line. Other kinds are a group of their own.
STACK_GROUPS = {
    Kind.FRAMEWORK: CONTRACT,
    Kind.TIERED: CONTRACT,
    Kind.CUSTOMER_DISCOUNT: CONTRACT,
    Kind.PROMOTION: PROMOTION,
    Kind.FIRST_ORDER: PROMOTION,
    Kind.FLASH_SALE: PROMOTION,
}


class Counts(StrEnum):
    UNITS = "units"
    ORDERS = "orders"


@dataclass(frozen=True, slots=True)
class Where:
    """Which lines of which orders: each part that is not empty must match."""

    regions: frozenset[str] = NOTHING
    billing_modes: frozenset[str] = NOTHING
    order_types: frozenset[str] = NOTHING
    projects: frozenset[str] = NOTHING

    def miss_of_line(self, region: str, billing_mode: str) -> Reason | None:
        if self.regions and region not in self.regions:
            return Reason.OTHER_REGION
        if self.billing_modes and billing_mode not in self.billing_modes:
            return Reason.OTHER_BILLING_MODE
        return None

    def miss_of_use(self, region: str, unit: str) -> Reason | None:
        """Of metered use: what is measured in no billing mode (gigabytes) is in any metered one."""
        metered = self.billing_modes & METERED_MODES
        return self.miss_of_line(region, unit or min(metered, default=""))

    def miss_of_order(self, order_type: str, project: str) -> Reason | None:
        if self.order_types and order_type not in self.order_types:
            return Reason.OTHER_ORDER_TYPE
        if self.projects and project not in self.projects:
            return Reason.OTHER_PROJECT
        return None


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a rule is addressed to: one match is enough, and empty is everybody. Nobody else ever
    learns of the rule."""

    tenants: frozenset[int] = NOBODY_IN_PARTICULAR
    customers: frozenset[int] = NOBODY_IN_PARTICULAR
    tags: frozenset[int] = NOBODY_IN_PARTICULAR
    tiers: frozenset[str] = NOTHING

    def includes(self, buyer: Buyer) -> bool:
        return (
            not (self.tenants or self.customers or self.tags or self.tiers)
            or buyer.customer in self.customers
            or buyer.tier in self.tiers
            or not self.tags.isdisjoint(buyer.tags)
            or not self.tenants.isdisjoint(buyer.tenants)
        )


@dataclass(frozen=True, slots=True)
class Caps:
    """How often a rule may be used, in units or in orders, and how much it may give away.

    `pool` names a budget that several rules draw on: a campaign's.
    """

    per_customer: int | None = None
    per_day: int | None = None
    total: int | None = None
    budget: Decimal | None = None
    counts: Counts = Counts.UNITS
    pool: str = ""
    pool_budget: Decimal | None = None

    def miss(self, used: Used, more: int, amount: Decimal) -> Reason | None:
        """Which cap so many more of what it counts, and that amount, would break."""
        if self.per_customer is not None and used.by_customer + more > self.per_customer:
            return Reason.CAP_OF_CUSTOMER
        if self.per_day is not None and used.today + more > self.per_day:
            return Reason.CAP_OF_DAY
        if self.total is not None and used.total + more > self.total:
            return Reason.SOLD_OUT
        if self.budget is not None and used.budget + amount > self.budget:
            return Reason.SOLD_OUT
        return None


ANYWHERE, EVERYBODY, UNLIMITED = Where(), Audience(), Caps()


@dataclass(frozen=True, slots=True)
class Rule:
    """Changes the price of what `scope` and `target` cover. Frozen: books of them are shared."""

    key: str
    name: str
    change: Change
    scope: Scope = Scope.ALL
    target: int | None = None
    target_name: str = ""
    window: Window = ALWAYS
    kind: Kind = Kind.CUSTOMER_DISCOUNT
    where: Where = ANYWHERE
    audience: Audience = EVERYBODY
    priority: int = 0
    stack_group: str = ""
    exclusive_group: str = ""
    caps: Caps = UNLIMITED
    min_margin: Decimal | None = None
    may_break_floor: bool = False

    def __post_init__(self) -> None:
        if (self.target is None) != (self.scope is Scope.ALL):
            raise ValueError(f"Rule {self.key}: scope {self.scope} and its target disagree.")
        if not self.stack_group:
            group = STACK_GROUPS.get(self.kind, self.kind.value)
            object.__setattr__(self, "stack_group", group)

    @property
    def is_of_sum(self) -> bool:
        """Whether it works on the sum of the lines; others work on each line."""
        change = self.change
        if isinstance(change, AmountOff):
            return change.per is Per.ORDER
        return isinstance(change, SpendAndSave | FaceValue)

    @property
    def is_of_order(self) -> bool:
        """Whether its turn comes after the lines were rounded, so that it works in whole fen."""
        return self.is_of_sum or self.kind is Kind.MANUAL

    def covers(self, subject: Subject) -> bool:
        return subject.target(self.scope) == self.target

    def miss_of(self, request: Request) -> Reason | None:
        """Why it is of no use to the whole request, whatever its lines are."""
        if not self.audience.includes(request.buyer):
            return Reason.OTHER_AUDIENCE
        if (miss := self.window.miss(request.at)) is not None:
            return miss
        if self.kind is Kind.FIRST_ORDER and not request.buyer.is_first_order:
            return Reason.NOT_FIRST_ORDER
        return self.where.miss_of_order(request.order_type, request.project)
