from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import UnfoldAction
from unfold.decorators import display

from apps.approvals.requestadmin import RequestsApproval
from apps.core.errors import IllegalTransition
from apps.core.modeladmin import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    RED,
    ReadOnlyTabularInline,
    ScopedTabularInline,
    money_column,
    service_action,
    status_column,
)
from apps.core.spreadsheets.resources import SafeExportMixin
from apps.products import selectors, services
from apps.products.admin import tables
from apps.products.admin.bases import CatalogueAdmin, SharedAdmin, service_button
from apps.products.admin.charts import price_chart
from apps.products.admin.exports import ProductResource, SkuResource
from apps.products.admin.requests import LISTING
from apps.products.enums import PRODUCT_FLOW, ProductPerm, ProductStatus
from apps.products.errors import ListingNeedsReview
from apps.products.models import Category, Price, Product, Sku, Vendor

PRODUCT_COLORS = {
    ProductStatus.DRAFT: GREY,
    ProductStatus.REVIEW: BLUE,
    ProductStatus.GREY: BLUE,
    ProductStatus.ON_SALE: GREEN,
    ProductStatus.NO_NEW_SALES: AMBER,
    ProductStatus.FROZEN: RED,
    ProductStatus.RETIRED: GREY,
}
MOST_PRICES = 500  # of one product's history; the list of prices has the rest
PUBLISH, STOP, RETIRE = _("Put on the shelf again"), _("Stop new sales"), _("Retire")


@admin.register(Vendor)
class VendorAdmin(SharedAdmin):
    list_display = ("name", "code", "product_count", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "code__istartswith")
    fields = ("code", "name", "is_active")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(n_products=Count("products"))

    @display(description=_("products"), ordering="n_products")
    def product_count(self, vendor: Vendor) -> int:
        return vendor.n_products


@admin.register(Category)
class CategoryAdmin(SharedAdmin):
    list_display = ("name", "slug", "product_count", "position")
    search_fields = ("name", "slug__istartswith")
    fields = ("slug", "name", "position")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(n_products=Count("products"))

    @display(description=_("products"), ordering="n_products")
    def product_count(self, category: Category) -> int:
        return category.n_products


class SkuInline(ScopedTabularInline):
    model = Sku
    fields = ("code", "name", "billing_mode", "region", "current_price", "stock", "is_active")
    readonly_fields = ("current_price", "stock")
    ordering = ("position", "pk")
    can_delete = False
    tab = True

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_unit_price(timezone.now())

    def has_add_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return super().has_add_permission(request, obj) and _is_own(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_own(request, obj)

    current_price = money_column("unit_price", _("list price"))


SHELF_MOVES = {
    "resume_sales_button": ProductStatus.ON_SALE,
    "stop_sales_button": ProductStatus.NO_NEW_SALES,
    "retire_product_button": ProductStatus.RETIRED,
}


@admin.register(Product)
class ProductAdmin(RequestsApproval, SafeExportMixin, CatalogueAdmin):
    requests = (LISTING,)
    resource_classes = (ProductResource,)
    list_display = (
        "name",
        "code",
        "vendor",
        "category",
        "status_tag",
        "from_price",
        "sku_count",
        "tenant",
        "on_sale_at",
    )
    list_select_related = ("vendor", "category", "tenant")
    list_filter = ("status", "vendor", "category", "tenant")
    search_fields = ("name", "code__istartswith", "summary", "skus__code__istartswith")
    search_help_text = _("Name, code or summary, or the code of a SKU")
    readonly_fields = (
        "status",
        "on_sale_at",
        "sales_stopped_at",
        "retired_at",
        "price_history",
        "used_by",
    )
    fieldsets = (
        (None, {"fields": (("name", "code"), ("vendor", "category"), "summary", "description")}),
        (
            _("Sale"),
            {
                "fields": (
                    ("status", "tenant"),
                    ("tax_rate", "position"),
                    "vendor_code",
                    ("on_sale_at", "sales_stopped_at", "retired_at"),
                )
            },
        ),
        (_("Price history"), {"fields": ("price_history",), "classes": ("tab",)}),
        (_("Where used"), {"fields": ("used_by",), "classes": ("tab",)}),
    )
    inlines = (SkuInline,)
    actions = (
        service_action(PUBLISH, services.resume_sales, "product", ProductPerm.PUBLISH),
        service_action(STOP, services.stop_sales, "product", ProductPerm.PUBLISH),
        service_action(RETIRE, services.retire_product, "product", ProductPerm.PUBLISH),
    )
    actions_submit_line = (
        "resume_sales_button",
        "stop_sales_button",
        "retire_product_button",
    )
    resume_sales_button = service_button(
        PUBLISH,
        services.resume_sales,
        arg="product",
        permission="publish",
        icon="storefront",
    )
    stop_sales_button = service_button(
        STOP, services.stop_sales, arg="product", permission="publish", icon="block"
    )
    retire_product_button = service_button(
        RETIRE, services.retire_product, arg="product", permission="publish", icon="archive"
    )
    status_tag = status_column("status", PRODUCT_COLORS)
    from_price = money_column("price_from", _("price from"))

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        products = super().get_queryset(request).with_price_from(timezone.now())
        return products.annotate(n_skus=Count("skus", filter=Q(skus__is_active=True)))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """What waits for its review may not change under the reviewers' eyes."""
        super().save_related(request, form, formsets, change)
        services.refresh_shelf(product_ids=[form.instance.pk], now=timezone.now())
        if change and (form.has_changed() or any(rows.has_changed() for rows in formsets)):
            services.void_listing_request(product=form.instance, now=timezone.now())

    def get_actions_submit_line(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """What may not be done now is greyed, with the reason."""
        buttons = super().get_actions_submit_line(request, object_id)
        product = Product.objects.filter(pk=object_id).first() if object_id else None
        for button in buttons:
            reason = why_not(product, SHELF_MOVES[button.path]) if product else ""
            if reason:
                button.attrs = {**(button.attrs or {}), "disabled": "disabled", "title": reason}
        return buttons

    def has_publish_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(ProductPerm.PUBLISH)

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Product | None:
        product = super().get_object(request, *args, **kwargs)
        if product is not None:
            product.viewer = request.user
        return product

    @display(description=_("SKUs"), ordering="n_skus")
    def sku_count(self, product: Product) -> int:
        return product.n_skus

    @display(description=_("Price history"))
    def price_history(self, product: Product) -> str:
        if product.pk is None:
            return "—"
        viewer = product.viewer
        is_own = Product.objects.editable_by(viewer).filter(pk=product.pk).exists()
        prices = list(selectors.prices_of(product=product).visible_to(viewer)[:MOST_PRICES])
        now = timezone.now()
        shows_cost = is_own and viewer.has_perm(ProductPerm.VIEW_COST)
        history = tables.price_history(prices, shows_cost=shows_cost, now=now)
        return (price_chart(prices, now=now) if prices else SafeString()) + history

    @display(description=_("Where used"))
    def used_by(self, product: Product) -> str:
        if product.pk is None:
            return "—"
        return tables.where_used(selectors.where_used(thing=product, user=product.viewer))


def why_not(product: Product, to: ProductStatus) -> str:
    """The reason why the shelf has no such move for this product now; "" if it has."""
    if not PRODUCT_FLOW.may(product.status, to):
        names = {"current": ProductStatus(product.status).label, "to": to.label}
        return str(IllegalTransition(thing=product, **names))
    if to == ProductStatus.ON_SALE and product.on_sale_at is None:
        return str(ListingNeedsReview(product=product))
    return ""


class PriceInline(ReadOnlyTabularInline):
    model = Price
    fields = ("list_price", "valid_from", "valid_until", "created_by", "created_at")
    readonly_fields = fields
    ordering = ("-valid_from",)
    tab = True
    list_price = money_column("unit_price", _("list price"))


@admin.register(Sku)
class SkuAdmin(SafeExportMixin, CatalogueAdmin):
    resource_classes = (SkuResource,)
    list_display = (
        "name",
        "code",
        "product",
        "billing_mode",
        "region",
        "current_price",
        "stock",
        "is_active",
    )
    list_select_related = ("product",)
    list_filter = ("is_active", "billing_mode", "region", "product__vendor", "product__category")
    search_fields = ("code__istartswith", "name", "product__name", "vendor_sku__istartswith")
    search_help_text = _("Code, name, product or vendor's SKU")
    autocomplete_fields = ("product",)
    readonly_fields = ("specification_text", "used_by")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "product",
                    ("code", "name"),
                    ("billing_mode", "region"),
                    ("stock", "vendor_sku"),
                    "specification",
                    "specification_text",
                    ("position", "is_active"),
                )
            },
        ),
        (_("Where used"), {"fields": ("used_by",), "classes": ("tab",)}),
    )
    inlines = (PriceInline,)
    current_price = money_column("unit_price", _("list price"))

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_unit_price(timezone.now())

    def get_readonly_fields(self, request: HttpRequest, obj: Sku | None = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        may_set_stock = request.user.has_perm(ProductPerm.SET_STOCK)
        fixed = fixed if obj is None else (*fixed, "product")
        return fixed if may_set_stock else (*fixed, "stock")

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Sku | None:
        sku = super().get_object(request, *args, **kwargs)
        if sku is not None:
            sku.viewer = request.user
        return sku

    def save_model(self, request: HttpRequest, obj: Sku, form: Any, change: bool) -> None:
        """Stock moves with every sale, so a new figure goes through its service, under the lock."""
        if change and "stock" in form.changed_data:
            form.changed_data.remove("stock")
            services.set_stock(sku=obj, stock=obj.stock, actor=request.user, now=timezone.now())
        super().save_model(request, obj, form, change)
        services.refresh_shelf(product_ids=[obj.product_id], now=timezone.now())

    @display(description=_("Specification"))
    def specification_text(self, sku: Sku) -> str:
        return str(sku.specs)

    @display(description=_("Where used"))
    def used_by(self, sku: Sku) -> str:
        if sku.pk is None:
            return "—"
        return tables.where_used(selectors.where_used(thing=sku, user=sku.viewer))


def _is_own(request: HttpRequest, product: Product | None) -> bool:
    """A product that is being made is one's own."""
    if product is None:
        return True
    return Product.objects.editable_by(request.user).filter(pk=product.pk).exists()
