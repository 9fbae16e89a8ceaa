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
from apps.core.modeladmin import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    RED,
    ScopedTabularInline,
    money_column,
    service_action,
    status_column,
)
from apps.core.spreadsheets.resources import SafeExportMixin
from apps.products import selectors, services
from apps.products.admin import glance, tables
from apps.products.admin.bases import CatalogueAdmin
from apps.products.admin.charts import price_chart
from apps.products.admin.exports import ProductResource
from apps.products.admin.moves import (
    BY_BUTTON,
    FREEZE,
    GO_ON,
    MOVES,
    PUBLISH,
    RETIRE,
    ROLL_BACK,
    STOP,
    THAW,
)
from apps.products.admin.requests import LISTING
from apps.products.enums import ProductPerm, ProductStatus
from apps.products.models import AddOn, Product, ProductInvitation, Sku

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
MOMENTS = (
    "submitted_at",
    "grey_at",
    "on_sale_at",
    "sales_stopped_at",
    "frozen_at",
    "retired_at",
)


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


class InvitationInline(ScopedTabularInline):
    """Whom a product by invitation is shown to."""

    model = ProductInvitation
    fields = ("customer", "tag", "tenant")
    autocomplete_fields = ("customer", "tag", "tenant")
    tab = True

    def has_add_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return super().has_add_permission(request, obj) and _may_say_who_sees(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_say_who_sees(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_say_who_sees(request, obj)


class AddOnInline(ScopedTabularInline):
    """What is offered with a product."""

    model = AddOn
    fields = ("sku", "is_default", "position")
    autocomplete_fields = ("sku",)
    tab = True

    def has_add_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return super().has_add_permission(request, obj) and _is_own(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_own(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_own(request, obj)


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
    list_filter = ("status", "visibility", "vendor", "category", "supplier", "tenant")
    search_fields = ("name", "code__istartswith", "summary", "skus__code__istartswith")
    search_help_text = _("Name, code or summary, or the code of a SKU")
    readonly_fields = ("status", *MOMENTS, "at_a_glance", "price_history", "used_by")
    fieldsets = (
        (_("At a glance"), {"fields": ("at_a_glance",)}),
        (None, {"fields": (("name", "code"), ("vendor", "category"), "summary", "description")}),
        (
            _("Sale"),
            {
                "fields": (
                    ("status", "visibility"),
                    ("tenant", "supplier"),
                    ("tax_class", "tax_rate"),
                    ("min_margin", "position"),
                    "vendor_code",
                    MOMENTS[:3],
                    MOMENTS[3:],
                )
            },
        ),
        (_("Price history"), {"fields": ("price_history",), "classes": ("tab",)}),
        (_("Where used"), {"fields": ("used_by",), "classes": ("tab",)}),
    )
    inlines = (SkuInline, AddOnInline, InvitationInline)
    autocomplete_fields = ("supplier", "tax_class")
    actions = tuple(
        service_action(move.label, move.service, "product", ProductPerm.PUBLISH) for move in MOVES
    )
    actions_submit_line = tuple(move.button for move in MOVES)
    resume_sales_button = PUBLISH.as_button()
    stop_sales_button = STOP.as_button()
    freeze_product_button = FREEZE.as_button()
    thaw_product_button = THAW.as_button()
    roll_back_grey_release_button = ROLL_BACK.as_button()
    resume_grey_release_button = GO_ON.as_button()
    retire_product_button = RETIRE.as_button()
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
        """What may not be done now is greyed, with the reason; what seldom can be is not there."""
        product = Product.objects.filter(pk=object_id).first() if object_id else None
        buttons = []
        for button in super().get_actions_submit_line(request, object_id):
            move = BY_BUTTON[button.path]
            reason = move.why_not(product) if product else ""
            if reason and move.is_rare:
                continue
            if reason:
                button.attrs = {**(button.attrs or {}), "disabled": "disabled", "title": reason}
            buttons.append(button)
        return buttons

    def get_fieldsets(self, request: HttpRequest, obj: Product | None = None) -> Any:
        """A product that is being made has nothing to look at yet."""
        parts = super().get_fieldsets(request, obj)
        return parts if obj else parts[1:3]

    def get_readonly_fields(self, request: HttpRequest, obj: Product | None = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        fixed = (*fixed, "tenant") if obj else fixed
        return fixed if _may_say_who_sees(request, obj) else (*fixed, "visibility")

    def has_publish_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(ProductPerm.PUBLISH)

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Product | None:
        product = super().get_object(request, *args, **kwargs)
        if product is not None:
            product.viewer = request.user
        return product

    @display(description=_("At a glance"))
    def at_a_glance(self, product: Product) -> str:
        viewer = product.viewer
        is_own = Product.objects.editable_by(viewer).filter(pk=product.pk).exists()
        return glance.at_a_glance(
            product,
            shows_cost=is_own and viewer.has_perm(ProductPerm.VIEW_COST),
            now=timezone.now(),
        )

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


def _is_own(request: HttpRequest, product: Product | None) -> bool:
    """A product that is being made is one's own."""
    if product is None:
        return True
    return Product.objects.editable_by(request.user).filter(pk=product.pk).exists()


def _may_say_who_sees(request: HttpRequest, product: Product | None) -> bool:
    return request.user.has_perm(ProductPerm.SET_VISIBILITY) and _is_own(request, product)
