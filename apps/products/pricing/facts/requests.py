"""What is asked of the engine: lines to price, for whom, and what was bought and used before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from apps.products.pricing.amounts import ARITHMETIC
from apps.products.pricing.facts.codes import OrderType, Scope


class Subject(NamedTuple):
    """What a line is about: the names under which rules can find it."""

    sku: int | None = None
    product: int | None = None
    category: int | None = None
    vendor: int | None = None

    def target(self, scope: Scope) -> int | None:
        return None if scope is Scope.ALL else getattr(self, scope.value)


class Buyer(NamedTuple):
    """Who buys: what audiences look at. `tenants` are the seller's own and those above it."""

    customer: int
    tenants: tuple[int, ...] = ()
    tags: frozenset[int] = frozenset()
    tier: str = ""
    is_first_order: bool = False


class Used(NamedTuple):
    """How much of a rule's caps is gone."""

    by_customer: int = 0
    today: int = 0
    total: int = 0
    budget: Decimal = Decimal(0)


SOMEBODY, UNUSED = Buyer(0), Used()


@dataclass(frozen=True, slots=True)
class Line:
    """A number of units of one SKU for a number of billing periods, at its list price.

    `unit_cost` is what the seller pays for a unit and period, when it is known: below it, and
    below `min_margin` above it (0.05 is 5 % of the cost), no rule takes the price by itself.
    """

    subject: Subject
    sku_code: str
    sku_name: str
    unit: str
    unit_price: Decimal
    quantity: int = 1
    periods: int = 1
    tax_rate: Decimal = Decimal(0)
    region: str = ""
    unit_cost: Decimal | None = None
    min_margin: Decimal = Decimal(0)
    spec_version: int = 1

    def __post_init__(self) -> None:
        if self.quantity < 1 or self.periods < 1 or self.unit_price < 0:
            raise ValueError(
                f"{self.sku_code}: quantity and periods are 1 or more, prices not < 0."
            )


@dataclass(frozen=True, slots=True)
class Request:
    """`used` and `bought` go by the key of the rule; `bought` is in the measure of its tiers."""

    lines: tuple[Line, ...]
    at: datetime
    buyer: Buyer = SOMEBODY
    order_type: str = OrderType.NEW
    project: str = ""
    used: Mapping[str, Used] = MappingProxyType({})
    bought: Mapping[str, Decimal] = MappingProxyType({})


class UsageLine(NamedTuple):
    """A line of metered use: what it cost by the list, and when it was consumed.

    `unit` is the billing mode that `quantity` counts, empty for anything else (gigabytes).
    """

    key: str
    subject: Subject
    list_cost: Decimal
    at: datetime
    quantity: Decimal | None = None
    unit: str = ""
    region: str = ""
    project: str = ""

    @property
    def unit_price(self) -> Decimal | None:
        """By the list; None of what is not measured."""
        return ARITHMETIC.divide(self.list_cost, self.quantity) if self.quantity else None
