"""What goes into the engine: lines to price, and the rules that may change their price."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")


class Scope(StrEnum):
    """How much a rule covers. Declared from the narrowest to the widest: that is its rank."""

    SKU = "sku"
    PRODUCT = "product"
    CATEGORY = "category"
    VENDOR = "vendor"
    ALL = "all"


class Kind(StrEnum):
    """The stages of the pipeline, in the order in which they apply: one rule wins in each."""

    CUSTOMER_DISCOUNT = "customer_discount"


class Reason(StrEnum):
    """Why a step was taken or a rule was not. The words are put to it outside the engine."""

    LIST_PRICE = "list_price"
    DISCOUNT_APPLIED = "discount_applied"
    ROUNDED = "rounded"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    LESS_SPECIFIC = "less_specific"
    LESS_FAVORABLE = "less_favorable"
    OTHER_SCOPE = "other_scope"


class Subject(NamedTuple):
    """What a line is about: the names under which rules can find it."""

    sku: int | None = None
    product: int | None = None
    category: int | None = None
    vendor: int | None = None

    def target(self, scope: Scope) -> int | None:
        return None if scope is Scope.ALL else getattr(self, scope.value)


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open period: [start, until). An open end is None."""

    start: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        for moment in (self.start, self.until):
            if moment is not None and moment.tzinfo is None:
                raise ValueError("A window needs moments with a time zone.")

    def miss(self, at: datetime) -> Reason | None:
        """Why the moment lies outside, or None when it lies inside."""
        if self.start is not None and at < self.start:
            return Reason.NOT_STARTED
        if self.until is not None and at >= self.until:
            return Reason.ENDED
        return None


@dataclass(frozen=True, slots=True)
class Rule:
    """Pay `rate` of the price for what `scope` and `target` cover, during `window`."""

    key: str
    name: str
    rate: Decimal
    scope: Scope = Scope.ALL
    target: int | None = None
    target_name: str = ""
    window: Window = Window()
    kind: Kind = Kind.CUSTOMER_DISCOUNT

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise ValueError(f"Rule {self.key}: a rate lies between 0 and 1, not {self.rate}.")
        if (self.target is None) != (self.scope is Scope.ALL):
            raise ValueError(f"Rule {self.key}: scope {self.scope} and its target disagree.")

    def covers(self, subject: Subject) -> bool:
        return subject.target(self.scope) == self.target


class Rejection(NamedTuple):
    """A rule that was looked at and not used, and why."""

    rule: Rule
    reason: Reason
    params: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Line:
    """A number of units of one SKU for a number of billing periods, at its list price."""

    subject: Subject
    sku_code: str
    sku_name: str
    unit: str
    unit_price: Decimal
    quantity: int = 1
    periods: int = 1
    tax_rate: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if self.quantity < 1 or self.periods < 1 or self.unit_price < 0:
            raise ValueError(
                f"{self.sku_code}: quantity and periods are 1 or more, prices not < 0."
            )


@dataclass(frozen=True, slots=True)
class Request:
    lines: tuple[Line, ...]
    at: datetime


class UsageLine(NamedTuple):
    """A line of metered use: what it cost by the list, and when it was consumed."""

    key: str
    subject: Subject
    list_cost: Decimal
    at: datetime
