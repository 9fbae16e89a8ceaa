"""Taking over what a vendor offers: products with their SKUs and prices, again and again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import batched

from django.db import transaction

from apps.products.enums import PRODUCT_FLOW, ProductStatus
from apps.products.models import Category, Price, Product, Sku, Vendor
from apps.products.services.bulk import create_all
from apps.products.services.shelf import refresh_shelf
from apps.rbac.models import Tenant

AT_ONCE = 100  # products in one transaction


@dataclass(frozen=True)
class SkuOffer:
    code: str
    name: str
    billing_mode: str
    unit_price: Decimal
    unit_cost: Decimal | None = None
    region: str = ""
    specification: Mapping[str, int | str] | None = None
    stock: int | None = None
    vendor_sku: str = ""


@dataclass(frozen=True)
class ProductOffer:
    vendor: Vendor
    category: Category
    code: str
    name: str
    summary: str
    description: str
    tax_rate: Decimal
    skus: tuple[SkuOffer, ...]
    vendor_code: str = ""


def take_over_offers(
    *,
    tenant: Tenant,
    offers: Sequence[ProductOffer],
    valid_from: datetime,
    now: datetime,
    first_position: int = 1,
) -> list[Product]:
    """Create or update products and their SKUs, price what has no price, put drafts on the shelf.

    Doing it again changes nothing. Prices and stock that exist are left alone: they are people's
    to change. Commits part by part: begun again, it goes on. Trusted: called by catalogue loads,
    not by people.
    """
    taken: list[Product] = []
    for part in batched(offers, AT_ONCE):
        taken += _take_over(tenant, part, first_position + len(taken), valid_from, now)
    return taken


def take_over_offer(
    *, tenant: Tenant, offer: ProductOffer, position: int, valid_from: datetime, now: datetime
) -> Product:
    """One product, as `take_over_offers` takes many. Trusted: called by catalogue loads."""
    return _take_over(tenant, [offer], position, valid_from, now)[0]


@transaction.atomic
def _take_over(
    tenant: Tenant,
    offers: Sequence[ProductOffer],
    first_position: int,
    valid_from: datetime,
    now: datetime,
) -> list[Product]:
    known = {
        product.code: product
        for product in Product.objects.filter(tenant=tenant, code__in=[o.code for o in offers])
    }
    fresh = []
    for position, offer in enumerate(offers, first_position):
        facts = {
            "vendor": offer.vendor,
            "category": offer.category,
            "name": offer.name,
            "summary": offer.summary,
            "description": offer.description,
            "tax_rate": offer.tax_rate,
            "vendor_code": offer.vendor_code,
            "position": position,
        }
        if offer.code in known:
            _update(known[offer.code], facts)
        else:
            fresh.append(Product(tenant=tenant, code=offer.code, **facts))
    known |= {product.code: product for product in create_all(rows=fresh, by=None)}
    products = [known[offer.code] for offer in offers]
    _take_over_skus(products, offers, valid_from)
    for product in products:
        if product.status == ProductStatus.DRAFT:
            PRODUCT_FLOW.move(product, ProductStatus.ON_SALE, actor=None, on_sale_at=valid_from)
    refresh_shelf(product_ids=[product.pk for product in products], now=now)
    return products


def _take_over_skus(
    products: Sequence[Product], offers: Sequence[ProductOffer], valid_from: datetime
) -> None:
    skus = Sku.objects.filter(product__in=products)
    known = {(sku.product_id, sku.code): sku for sku in skus}
    wanted = {
        (product.pk, sku.code): (product, position, sku)
        for product, offer in zip(products, offers, strict=True)
        for position, sku in enumerate(offer.skus)
    }
    fresh = []
    for key, (product, position, offered) in wanted.items():
        facts = {
            "name": offered.name,
            "billing_mode": offered.billing_mode,
            "region": offered.region,
            "specification": dict(offered.specification or {}),
            "vendor_sku": offered.vendor_sku,
            "position": position,
        }
        if key in known:
            _update(known[key], facts)
        else:
            fresh.append(Sku(product=product, code=offered.code, stock=offered.stock, **facts))
    known |= {(sku.product_id, sku.code): sku for sku in create_all(rows=fresh, by=None)}
    priced = set(Price.objects.filter(sku__product__in=products).values_list("sku_id", flat=True))
    first_prices = [
        Price(
            sku=known[key],
            unit_price=offered.unit_price,
            unit_cost=offered.unit_cost,
            valid_from=valid_from,
        )
        for key, (_product, _position, offered) in wanted.items()
        if known[key].pk not in priced
    ]
    create_all(rows=first_prices, by=None)


def _update(thing: Product | Sku, facts: Mapping[str, object]) -> None:
    """Write what differs, and nothing when nothing does: history shows changes only."""
    changed = [name for name, value in facts.items() if getattr(thing, name) != value]
    for name in changed:
        setattr(thing, name, facts[name])
    if changed:
        thing.save(update_fields=changed)


@transaction.atomic
def load_vendor(*, code: str, name: str) -> Vendor:
    """The vendor of this code, made if there is none. Trusted: called by catalogue loads."""
    return Vendor.objects.get_or_create(code=code, defaults={"name": name})[0]


@transaction.atomic
def load_category(*, slug: str, name: str, position: int) -> Category:
    """The category of this slug, made if there is none. Trusted: called by catalogue loads."""
    return Category.objects.get_or_create(slug=slug, defaults={"name": name, "position": position})[
        0
    ]
