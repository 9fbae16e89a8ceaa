"""The catalogue in GraphQL: the rows, filters and words of the REST API."""

from typing import Any

import strawberry
import strawberry_django
from django.db.models import Prefetch, QuerySet
from strawberry.scalars import JSON

from apps.core.graph.limits import PAGE_SIZE, USUAL_LIST
from apps.core.graph.rows import (
    Info,
    Page,
    PageNumber,
    PageSize,
    Yuan,
    filtered,
    one,
    page_of,
    rows,
)
from apps.products.api.filters import ProductFilter
from apps.products.enums import BillingMode
from apps.products.models import Category, Product, Sku, Vendor


@strawberry_django.type(Vendor, name="Vendor")
class VendorNode:
    code: str
    name: str


@strawberry_django.type(Category, name="Category")
class CategoryNode:
    id: int
    slug: str
    name: str


@strawberry_django.type(
    Sku, name="Sku", description="As customers see it: its list price, never its cost."
)
class SkuNode:
    id: int
    code: str
    name: str
    specification: JSON
    region: str
    zone: str
    spec_version: int
    billing_mode: str
    stock: int | None

    @strawberry.field
    def specification_text(self: Sku) -> str:
        return str(self.specs)

    @strawberry.field
    def region_name(self: Sku) -> str:
        return self.get_region_display()

    @strawberry.field
    def billing_mode_label(self: Sku) -> str:
        return self.get_billing_mode_display()

    @strawberry.field(description="Whether it is billed by use, afterwards.")
    def is_metered(self: Sku) -> bool:
        return BillingMode(self.billing_mode).is_metered

    @strawberry.field(description="The list price in effect.")
    def unit_price(self: Sku) -> Yuan | None:
        return self.unit_price


def _on_offer(info: Info) -> Prefetch:
    skus = _priced(Sku.objects.filter(is_active=True), info)
    return Prefetch("skus", skus.order_by("position", "pk")[:USUAL_LIST], to_attr="skus_on_sale")


def _billed(info: Info) -> Prefetch:
    skus = Sku.objects.filter(is_active=True).only("pk", "product_id", "billing_mode")
    return Prefetch("skus", skus.order_by("pk"), to_attr="skus_billed")


def _priced(skus: Any, info: Info) -> Any:
    return skus.with_unit_price(info.context.now).with_region_name()


@strawberry_django.type(Product, name="Product")
class ProductNode:
    id: int
    code: str
    name: str
    summary: str
    description: str
    vendor: VendorNode
    category: CategoryNode

    @strawberry.field(description="The lowest list price of its SKUs.")
    def price_from(self: Product) -> Yuan | None:
        return self.price_from

    @strawberry.field
    def tax_rate(self: Product) -> str:
        return f"{self.tax_rate_now.normalize():f}"

    @strawberry_django.field(prefetch_related=[_billed])
    def billing_modes(self: Product) -> list[str]:
        return sorted({sku.billing_mode for sku in self.skus_billed})

    @strawberry_django.field(
        prefetch_related=[_on_offer],
        description="The first twenty; `skus` of the query has all, in pages.",
    )
    def skus(self: Product) -> list[SkuNode]:
        return self.skus_on_sale


def _with_prices(products: Any, info: Info) -> QuerySet:
    return products.with_price_from(info.context.now).with_tax_rate(info.context.now)


@strawberry.type
class CatalogueQuery:
    @strawberry.field
    def categories(self, info: Info) -> list[CategoryNode]:
        return rows(Category, info).order_by("position", "pk")

    @strawberry.field
    def vendors(self, info: Info) -> list[VendorNode]:
        return rows(Vendor, info).filter(is_active=True).order_by("name", "pk")

    @strawberry.field(
        description="What is on offer to the asking customer; staff see what they sell."
    )
    def products(
        self,
        info: Info,
        search: str | None = None,
        category: list[str] | None = None,
        vendor: list[str] | None = None,
        region: list[str] | None = None,
        billing_mode: list[str] | None = None,
        compute_kind: list[str] | None = None,
        gpu_model: list[str] | None = None,
        price_min: str | None = None,
        price_max: str | None = None,
        ordering: str | None = None,
        page: PageNumber = 1,
        page_size: PageSize = PAGE_SIZE,
    ) -> Page[ProductNode]:
        given = {
            "search": search,
            "category": category,
            "vendor": vendor,
            "region": region,
            "billing_mode": billing_mode,
            "compute_kind": compute_kind,
            "gpu_model": gpu_model,
            "price_min": price_min,
            "price_max": price_max,
            "ordering": ordering,
        }
        shelf = rows(Product, info).order_by("category__position", "position", "pk")
        found = filtered(ProductFilter, shelf, info, given)
        return page_of(
            found, number=page, size=page_size, load=lambda some: _with_prices(some, info)
        )

    @strawberry_django.field
    def product(self, info: Info, id: int) -> ProductNode | None:
        return _with_prices(one(rows(Product, info), id), info)

    @strawberry.field(description="The SKUs on offer of one product, page by page.")
    def skus(
        self,
        info: Info,
        product: int,
        page: PageNumber = 1,
        page_size: PageSize = PAGE_SIZE,
    ) -> Page[SkuNode] | None:
        one(rows(Product, info), product)
        found = Sku.objects.filter(product=product, is_active=True).order_by("position", "pk")
        return page_of(found, number=page, size=page_size, load=lambda some: _priced(some, info))
