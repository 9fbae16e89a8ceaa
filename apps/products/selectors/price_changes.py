"""Reads of price changes: what they do to the margin, and the prices of a SKU over time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from apps.products.models import Price, PriceChange, Sku
from apps.products.models.prices import PriceQuerySet

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Margins:
    """Percent of the list price; None where no vendor's price is known."""

    before: Decimal | None
    after: Decimal | None


def margins_of(changes: Iterable[PriceChange]) -> Margins:
    """The lowest margin on the list price among the SKUs, before and after."""
    before, after = [], []
    for change in changes:
        before.append(margin(change.before_price, change.before_cost))
        after.append(margin(change.unit_price, change.unit_cost))
    return Margins(_lowest(before), _lowest(after))


def margin(price: Decimal | None, cost: Decimal | None) -> Decimal | None:
    if not price or cost is None:
        return None
    return (price - cost) / price * HUNDRED


def prices_of_sku(*, sku: Sku, at: datetime | None = None) -> PriceQuerySet:
    """Every price of `sku`, newest first, with who set it and which change brought it; with
    `at` the one in effect then."""
    prices = Price.objects.filter(sku=sku).select_related("created_by", "change__batch")
    return (prices.at(at) if at else prices).order_by("-valid_from")


def _lowest(margins: list[Decimal | None]) -> Decimal | None:
    return min((one for one in margins if one is not None), default=None)
