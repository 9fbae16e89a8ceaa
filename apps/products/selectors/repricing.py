"""What would be paid with other rules: for decision cards and dry runs. Promises nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from apps.customers.models import Customer
from apps.products.models import Price, Sku
from apps.products.pricing import Book, Buyer, Line, PricedQuote, Request, Subject, price
from apps.products.pricing import Rule as PriceRule
from apps.products.selectors.rulebook import Rulebook, rulebook_for

HUNDRED = Decimal(100)


class Ask(NamedTuple):
    """So many units of a SKU for so many periods."""

    sku_id: int
    quantity: int
    periods: int


@dataclass(frozen=True)
class Books:
    """The rules of a customer as they are, and as they would be."""

    buyer: Buyer
    now: Book
    then: Book


def books_of(
    customer: Customer,
    *,
    at: datetime,
    extra: Iterable[PriceRule],
    without: Collection[str] = (),
) -> Books:
    """`now` without the rules that are asked about, `then` with `extra` in their place."""
    extra = list(extra)
    found = rulebook_for(customer=customer, at=at)
    asked = {*without, *(rule.key for rule in extra)}
    others = [rule for rule in found.book.rules if rule.key not in asked]
    replaced = [rule for rule in found.book.rules if rule.key in set(without)]
    then = Book.compile([*others, *extra], terms=found.book.terms)
    return Books(
        buyer=Rulebook(then, found.tenants, customer).buyer(),
        now=Book.compile([*others, *replaced], terms=found.book.terms),
        then=then,
    )


def lines_of(asks: Sequence[Ask], *, customer: Customer, at: datetime) -> list[Line]:
    """Lines for the engine at the list prices and costs of the moment; what had no price then is
    left out."""
    ids = {ask.sku_id for ask in asks}
    skus = Sku.objects.select_related("product").in_bulk(ids)
    rows = Price.objects.at(at).filter(sku__in=ids).values_list("sku_id", "unit_price", "unit_cost")
    prices = {sku_id: (unit_price, cost) for sku_id, unit_price, cost in rows}
    return [
        line_of(ask, customer.tenant_id, skus[ask.sku_id], *prices[ask.sku_id])
        for ask in asks
        if ask.sku_id in prices and ask.sku_id in skus
    ]


def line_of(
    ask: Ask, seller_id: int, sku: Sku, unit_price: Decimal, unit_cost: Decimal | None
) -> Line:
    """What the vendor charges is known of one's own products; else the terms of the seller say."""
    product = sku.product
    return Line(
        subject=Subject(sku.pk, product.pk, product.category_id, product.vendor_id),
        sku_code=sku.code,
        sku_name=f"{product.name} {sku.name}",
        unit=sku.billing_mode,
        unit_price=unit_price,
        quantity=max(ask.quantity, 1),
        periods=max(ask.periods, 1),
        tax_rate=product.tax_rate,
        region=sku.region,
        unit_cost=unit_cost if product.tenant_id == seller_id else None,
    )


def priced(
    lines: Sequence[Line],
    book: Book,
    *,
    at: datetime,
    buyer: Buyer,
    project: str = "",
    bought: Mapping[str, Decimal] | None = None,
) -> PricedQuote:
    request = Request(lines=tuple(lines), at=at, buyer=buyer, project=project, bought=bought or {})
    return price(request, book)


def margin_of(amount: Decimal, cost: Decimal | None) -> Decimal | None:
    """In percent of the price, one decimal: it orders and warns, and is never booked."""
    if cost is None or not amount:
        return None
    return ((amount - cost) * HUNDRED / amount).quantize(Decimal("0.1"))
