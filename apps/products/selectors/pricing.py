"""Feeds the price engine from the database, and asks it. Nothing here decides a price."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from apps.customers.models import Customer
from apps.products.enums import BillingMode, OrderType, ProductAction
from apps.products.errors import (
    OneOffHasNoPeriods,
    QuantityIsOutOfRange,
    QuoteIsEmpty,
    QuoteIsTooLong,
    SkuHasNoPrice,
    SkuIsUnknown,
)
from apps.products.pricing import (
    Line,
    PricedQuote,
    Rule,
    price,
)
from apps.products.selectors.offered import OfferedSku, skus_open_to
from apps.products.selectors.rulebook import rulebook_for

MOST_LINES = 100
MOST_UNITS = 10_000
MOST_PERIODS = 120
MOST_VOUCHERS = 20


@dataclass(frozen=True)
class QuoteLineIn:
    """So many units of a SKU, for so many billing periods."""

    sku_id: int
    quantity: int = 1
    periods: int = 1


class Circumstances(NamedTuple):
    """What else a basket is priced by: the vouchers that the customer chose, what the order is
    for, and what sales gave by hand. Whoever passes `manual` has checked the authority for it."""

    voucher_ids: tuple[int, ...] = ()
    order_type: str = OrderType.NEW
    project: str = ""
    manual: tuple[Rule, ...] = ()


PLAIN = Circumstances()
ACTIONS = {
    OrderType.NEW: ProductAction.BUY,
    OrderType.RENEW: ProductAction.RENEW,
    OrderType.RESIZE: ProductAction.RESIZE,
}


def price_basket(
    *,
    customer: Customer,
    lines: Sequence[QuoteLineIn],
    at: datetime,
    given: Circumstances = PLAIN,
    prices_at: datetime | None = None,
) -> PricedQuote:
    """What `customer` would pay for `lines` at the moment, explained; a handful of queries.

    `prices_at` lets the rules be those of one moment and the list prices those of another.
    :raises QuoteIsEmpty: or QuoteIsTooLong or QuantityIsOutOfRange: if the lines make no sense
    :raises SkuIsUnknown: if a SKU is not offered to this customer
    :raises SkuHasNoPrice: if a SKU has no list price at the moment
    """
    _check(lines)
    listed_at = prices_at or at
    action = ACTIONS[OrderType(given.order_type)]
    skus = skus_open_to(customer, action, {line.sku_id for line in lines}, listed_at)
    unknown = [place for place, line in enumerate(lines) if line.sku_id not in skus]
    if unknown:
        raise SkuIsUnknown(fields={f"lines.{place}.sku": SkuIsUnknown.message for place in unknown})
    rulebook = rulebook_for(
        customer=customer, at=at, voucher_ids=given.voucher_ids, extra=given.manual
    )
    request = rulebook.request(
        tuple(_line(line, skus[line.sku_id], customer) for line in lines),
        at,
        order_type=given.order_type,
        project=given.project,
    )
    return price(request, rulebook.book)


def _check(lines: Sequence[QuoteLineIn]) -> None:
    if not lines:
        raise QuoteIsEmpty
    if len(lines) > MOST_LINES:
        raise QuoteIsTooLong(limit=MOST_LINES)
    for line in lines:
        if not (1 <= line.quantity <= MOST_UNITS and 1 <= line.periods <= MOST_PERIODS):
            raise QuantityIsOutOfRange(quantity=MOST_UNITS, periods=MOST_PERIODS)


def _line(line: QuoteLineIn, sku: OfferedSku, customer: Customer) -> Line:
    """The vendor's price is the cost of whom the product belongs to. A distributor who sells it
    on pays what his terms say, and nothing tells him what the platform pays."""
    if sku.unit_price is None:
        raise SkuHasNoPrice(sku=sku.name)
    if sku.billing_mode == BillingMode.ONE_OFF and line.periods > 1:
        raise OneOffHasNoPeriods(sku=sku.name)
    return Line(
        subject=sku.subject,
        sku_code=sku.code,
        sku_name=f"{sku.product_name} {sku.name}",
        unit=sku.billing_mode,
        unit_price=sku.unit_price,
        quantity=line.quantity,
        periods=line.periods,
        tax_rate=sku.tax_rate,
        region=sku.region,
        unit_cost=sku.unit_cost if sku.tenant_id == customer.tenant_id else None,
        min_margin=sku.min_margin,
        spec_version=sku.spec_version,
    )
