from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Field, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from apps.core.modeladmin import KnownValuesFilter, ReadOnlyTabularInline, money_column
from apps.core.spreadsheets.resources import SafeExportMixin
from apps.products import selectors, services
from apps.products.admin import tables
from apps.products.admin.bases import CatalogueAdmin
from apps.products.admin.exports import SkuResource
from apps.products.enums import ProductPerm
from apps.products.models import CloudRegion, Price, Sku, SkuVersion
from apps.products.specification import Specification


class PriceInline(ReadOnlyTabularInline):
    model = Price
    fields = ("list_price", "valid_from", "valid_until", "created_by", "created_at")
    readonly_fields = fields
    ordering = ("-valid_from",)
    tab = True
    list_price = money_column("unit_price", _("list price"))


class SkuVersionInline(ReadOnlyTabularInline):
    """What it consisted of before each change."""

    model = SkuVersion
    fields = ("number", "was", "became", "reason", "changed_by", "changed_at")
    readonly_fields = fields
    ordering = ("-number",)
    tab = True

    @display(description=_("before"))
    def was(self, version: SkuVersion) -> str:
        return str(Specification.parse(version.before))

    @display(description=_("after"))
    def became(self, version: SkuVersion) -> str:
        return str(Specification.parse(version.after))


class RegionFilter(KnownValuesFilter):
    def values(self) -> list[str]:
        return list(CloudRegion.objects.names())


@admin.register(Sku)
class SkuAdmin(SafeExportMixin, CatalogueAdmin):
    resource_classes = (SkuResource,)
    list_display = (
        "name",
        "code",
        "product",
        "billing_mode",
        "region_title",
        "current_price",
        "stock",
        "is_active",
    )
    list_select_related = ("product",)
    list_filter = (
        "is_active",
        "billing_mode",
        ("region", RegionFilter),
        "product__vendor",
        "product__category",
    )
    search_fields = ("code__istartswith", "name", "product__name", "vendor_sku__istartswith")
    search_help_text = _("Code, name, product or vendor's SKU")
    ordering = ("-pk",)
    autocomplete_fields = ("product",)
    readonly_fields = ("specification_text", "spec_version", "used_by")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "product",
                    ("code", "name"),
                    ("region", "zone"),
                    "billing_mode",
                    ("stock", "vendor_sku"),
                    "specification",
                    ("specification_text", "spec_version"),
                    ("position", "is_active"),
                )
            },
        ),
        (_("Where used"), {"fields": ("used_by",), "classes": ("tab",)}),
    )
    inlines = (PriceInline, SkuVersionInline)
    current_price = money_column("unit_price", _("list price"))

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_unit_price(timezone.now()).with_region_name()

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "region":
            return _region_field(db_field)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

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
        if change and "specification" in form.changed_data:
            form.changed_data.remove("specification")
            services.change_specification(
                sku=obj, specification=obj.specification, actor=request.user, now=timezone.now()
            )
        super().save_model(request, obj, form, change)
        services.refresh_shelf(product_ids=[obj.product_id], now=timezone.now())

    @display(description=_("region"), ordering="region")
    def region_title(self, sku: Sku) -> str:
        return sku.get_region_display() or "—"

    @display(description=_("Specification"))
    def specification_text(self, sku: Sku) -> str:
        return str(sku.specs)

    @display(description=_("Where used"))
    def used_by(self, sku: Sku) -> str:
        if sku.pk is None:
            return "—"
        return tables.where_used(selectors.where_used(thing=sku, user=sku.viewer))


def _region_field(db_field: Field) -> forms.Field:
    """The regions in use, and none."""
    return forms.ChoiceField(
        label=db_field.verbose_name,
        required=False,
        choices=lambda: [("", "—"), *CloudRegion.objects.names().items()],
        widget=UnfoldAdminSelectWidget,
    )
