"""Taking over what a vendor offers: products with their SKUs and prices, again and again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from apps.products.enums import PRODUCT_FLOW, ProductStatus
from apps.products.models import Category, Price, Product, Sku, Vendor
from apps.products.services.prices import place_price
from apps.products.services.shelf import refresh_shelf
from apps.rbac.models import Tenant


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


@transaction.atomic
def take_over_offer(
    *, tenant: Tenant, offer: ProductOffer, position: int, valid_from: datetime, now: datetime
) -> Product:
    """Create or update a product and its SKUs, price what has no price, put a draft on the shelf.

    Doing it again changes nothing. Prices and stock that exist are left alone: they are people's
    to change. Trusted: called by catalogue loads, not by people.
    """
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
    product = Product.objects.filter(tenant=tenant, code=offer.code).first()
    if product is None:
        product = Product.objects.create(tenant=tenant, code=offer.code, **facts)
    else:
        _update(product, facts)
    _take_over_skus(product, offer.skus, valid_from, now)
    if product.status == ProductStatus.DRAFT:
        PRODUCT_FLOW.move(product, ProductStatus.ON_SALE, actor=None, on_sale_at=valid_from)
    refresh_shelf(product_ids=[product.pk], now=now)
    return product


def _take_over_skus(
    product: Product, offers: tuple[SkuOffer, ...], valid_from: datetime, now: datetime
) -> None:
    known = {sku.code: sku for sku in product.skus.all()}
    priced = set(Price.objects.filter(sku__product=product).values_list("sku_id", flat=True))
    for position, offer in enumerate(offers):
        facts = {
            "name": offer.name,
            "billing_mode": offer.billing_mode,
            "region": offer.region,
            "specification": dict(offer.specification or {}),
            "vendor_sku": offer.vendor_sku,
            "position": position,
        }
        sku = known.get(offer.code)
        if sku is None:
            sku = Sku.objects.create(product=product, code=offer.code, stock=offer.stock, **facts)
        else:
            _update(sku, facts)
        if sku.pk not in priced:
            place_price(
                sku=sku,
                unit_price=offer.unit_price,
                unit_cost=offer.unit_cost,
                valid_from=valid_from,
                valid_until=None,
                by=None,
                now=now,
            )


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
