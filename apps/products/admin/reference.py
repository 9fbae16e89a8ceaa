"""Reference data of the catalogue: vendors, categories, tax classes, regions, grey releases."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.modeladmin import ScopedTabularInline
from apps.products import services
from apps.products.admin.bases import CarefulAdmin, SharedAdmin
from apps.products.enums import ProductPerm
from apps.products.models import (
    Category,
    CloudRegion,
    GreyRelease,
    Product,
    TaxClass,
    TaxRate,
    Vendor,
    Zone,
)


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
    fields = ("slug", "name", "position", "min_margin")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(n_products=Count("products"))

    @display(description=_("products"), ordering="n_products")
    def product_count(self, category: Category) -> int:
        return category.n_products


class SharedInline(ScopedTabularInline):
    """Rows that the platform's staff write, as the page that they stand on."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and self._is_platform(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._is_platform(request)

    def _is_platform(self, request: HttpRequest) -> bool:
        return not self.model._default_manager.editable_by(request.user).query.is_empty()


class TaxRateInline(SharedInline):
    model = TaxRate
    fields = ("rate", "valid_from")
    ordering = ("-valid_from",)
    can_delete = False


@admin.register(TaxClass)
class TaxClassAdmin(SharedAdmin):
    list_display = ("code", "name", "short_name", "product_count")
    search_fields = ("code__startswith", "name", "short_name")
    fields = ("code", "name", "short_name")
    inlines = (TaxRateInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(n_products=Count("products"))

    @display(description=_("products"), ordering="n_products")
    def product_count(self, tax_class: TaxClass) -> int:
        return tax_class.n_products


class ZoneInline(SharedInline):
    model = Zone
    fields = ("vendor", "code", "name", "is_active")
    can_delete = False


@admin.register(CloudRegion)
class CloudRegionAdmin(SharedAdmin):
    list_display = ("name", "name_en", "code", "zone_count", "position", "is_active")
    list_filter = ("is_active",)
    search_fields = ("code__startswith", "name", "name_en")
    fields = (("code", "position"), ("name", "name_en"), "is_active")
    inlines = (ZoneInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(n_zones=Count("zones"))

    @display(description=_("zones"), ordering="n_zones")
    def zone_count(self, region: CloudRegion) -> int:
        return region.n_zones


@admin.register(GreyRelease)
class GreyReleaseAdmin(CarefulAdmin):
    """How far each grey release reaches. It begins with a review and ends on the product."""

    list_display = ("product", "percent", "listed", "status", "started_at")
    list_select_related = ("product",)
    list_filter = ("product__status",)
    search_fields = ("product__name", "product__code__startswith")
    fields = ("product", "percent", "customers", "started_at")
    readonly_fields = ("product", "started_at")
    autocomplete_fields = ("customers",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(n_listed=Count("customers"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: GreyRelease | None = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and request.user.has_perm(ProductPerm.PUBLISH)

    def save_model(self, request: HttpRequest, obj: GreyRelease, form: Any, change: bool) -> None:
        """The service writes, with the list: see save_related."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        services.change_grey_release(
            product=Product.objects.get(pk=form.instance.product_id),
            percent=form.cleaned_data["percent"],
            customers=form.cleaned_data["customers"],
            actor=request.user,
            now=timezone.now(),
        )

    @display(description=_("customers on the list"), ordering="n_listed")
    def listed(self, release: GreyRelease) -> int:
        return release.n_listed

    @display(description=_("status"), ordering="product__status")
    def status(self, release: GreyRelease) -> str:
        return release.product.get_status_display()
