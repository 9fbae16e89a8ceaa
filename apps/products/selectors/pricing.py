"""Feeds the price engine from the database, and asks it. Nothing here decides a price."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import batched
from typing import NamedTuple

from apps.customers.models import Customer
from apps.products.errors import (
    QuantityIsOutOfRange,
    QuoteIsEmpty,
    QuoteIsTooLong,
    SkuHasNoPrice,
    SkuIsUnknown,
)
from apps.products.models import Product, Sku
from apps.products.models.visibility import lineage
from apps.products.pricing import (
    Line,
    PricedQuote,
    PricedUsage,
    Request,
    Subject,
    UsageLine,
    price,
)
from apps.products.pricing import price_usage as price_usage_lines
from apps.products.selectors.explanations import explain_decision
from apps.products.selectors.rulebook import rulebook_for

MOST_LINES = 100
MOST_UNITS = 10_000
MOST_PERIODS = 120
USAGE_BATCH = 5_000
ALL_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # no rule was over then


@dataclass(frozen=True)
class QuoteLineIn:
    """So many units of a SKU, for so many billing periods."""

    sku_id: int
    quantity: int = 1
    periods: int = 1


class UsageIn(NamedTuple):
    """A metered line of a vendor's bill. The SKU is known when the resource was sold here."""

    key: str
    vendor_id: int
    product_code: str
    list_cost: Decimal
    at: datetime
    sku_id: int | None = None


def price_basket(*, customer: Customer, lines: Sequence[QuoteLineIn], at: datetime) -> PricedQuote:
    """What `customer` would pay for `lines` at the moment, explained; three queries.

    :raises QuoteIsEmpty: or QuoteIsTooLong or QuantityIsOutOfRange: if the lines make no sense
    :raises SkuIsUnknown: if a SKU is not offered to this customer
    :raises SkuHasNoPrice: if a SKU has no list price at the moment
    """
    _check(lines)
    offered = Sku.objects.offered_to(customer, at).filter(is_active=True).with_unit_price(at)
    found = offered.select_related("product").defer("product__description").order_by()
    skus = found.in_bulk([line.sku_id for line in lines])
    unknown = [place for place, line in enumerate(lines) if line.sku_id not in skus]
    if unknown:
        raise SkuIsUnknown(fields={f"lines.{place}.sku": SkuIsUnknown.message for place in unknown})
    request = Request(tuple(_line(line, skus[line.sku_id]) for line in lines), at)
    return price(request, rulebook_for(customer=customer, at=at).book)


def price_usage(*, customer: Customer, lines: Iterable[UsageIn]) -> Iterator[PricedUsage]:
    """Price metered lines with the customer's discounts, each at its own moment.

    Streams: rules are compiled once, SKUs are looked up once in 5,000 lines. Twelve decimals
    come in and go out; the bill rounds, once.
    """
    book = rulebook_for(customer=customer, at=ALL_TIME).book
    products = _products_by_vendor_code(customer)
    for batch in batched(lines, USAGE_BATCH):
        skus = _subjects_of_skus({line.sku_id for line in batch if line.sku_id is not None})
        yield from price_usage_lines(
            (UsageLine(x.key, _subject(x, products, skus), x.list_cost, x.at) for x in batch),
            book,
        )


def discount_rate_for(
    *, customer: Customer, vendor_id: int, product_code: str, at: datetime
) -> tuple[Decimal, str]:
    """The factor on the list cost of such usage, and why, in the active language."""
    line = UsageIn("", vendor_id, product_code, Decimal(0), at)
    [priced] = price_usage(customer=customer, lines=[line])
    return priced.rate, explain_decision(priced.decision)


def _check(lines: Sequence[QuoteLineIn]) -> None:
    if not lines:
        raise QuoteIsEmpty
    if len(lines) > MOST_LINES:
        raise QuoteIsTooLong(limit=MOST_LINES)
    for line in lines:
        if not (1 <= line.quantity <= MOST_UNITS and 1 <= line.periods <= MOST_PERIODS):
            raise QuantityIsOutOfRange(quantity=MOST_UNITS, periods=MOST_PERIODS)


def _line(line: QuoteLineIn, sku: Sku) -> Line:
    if sku.unit_price is None:
        raise SkuHasNoPrice(sku=sku.name)
    product = sku.product
    return Line(
        subject=Subject(sku.pk, product.pk, product.category_id, product.vendor_id),
        sku_code=sku.code,
        sku_name=f"{product.name} {sku.name}",
        unit=sku.billing_mode,
        unit_price=sku.unit_price,
        quantity=line.quantity,
        periods=line.periods,
        tax_rate=product.tax_rate,
    )


def _products_by_vendor_code(customer: Customer) -> dict[tuple[int, str], Subject]:
    """Where two tenants of the line sell one vendor product, the nearer one's stands."""
    rows = (
        Product.objects.filter(tenant__path__in=lineage(customer.tenant))
        .order_by("tenant__path", "-pk")
        .values_list("pk", "category_id", "vendor_id", "vendor_code", "code")
    )
    subjects: dict[tuple[int, str], Subject] = {}
    for pk, category, vendor, vendor_code, code in rows:
        subjects[vendor, (vendor_code or code).lower()] = Subject(None, pk, category, vendor)
    return subjects


def _subjects_of_skus(ids: set[int]) -> dict[int, Subject]:
    if not ids:
        return {}
    rows = Sku.objects.filter(pk__in=ids).values_list(
        "pk", "product_id", "product__category_id", "product__vendor_id"
    )
    return {row[0]: Subject(*row) for row in rows}


def _subject(
    line: UsageIn, products: dict[tuple[int, str], Subject], skus: dict[int, Subject]
) -> Subject:
    """What is known of the line: its SKU, else its product, else only its vendor."""
    if line.sku_id in skus:
        return skus[line.sku_id]
    known = products.get((line.vendor_id, line.product_code.lower()))
    return known or Subject(vendor=line.vendor_id)
