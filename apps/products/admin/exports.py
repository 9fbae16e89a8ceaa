"""What the export buttons give away: columns that every viewer of the list may have, so no cost."""

from django.http import HttpRequest
from import_export.fields import Field

from apps.core.spreadsheets import Kind
from apps.core.spreadsheets.resources import SafeExportMixin, ScopedResource
from apps.products.models import CustomerDiscount, Price, Product, Quote, Sku


class ExportMixin(SafeExportMixin):
    """Who may look at the list may take it along."""

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


class CatalogueResource(ScopedResource):
    """Names of related rows are text; the base knows only the columns of the model itself."""

    def _kind(self, field: Field) -> Kind:
        return "text" if "__" in (field.attribute or "") else super()._kind(field)


class ProductResource(CatalogueResource):
    class Meta:
        model = Product
        fields = ("code", "name", "vendor__name", "category__name", "summary", "status", "tax_rate")
        export_order = fields


class SkuResource(CatalogueResource):
    class Meta:
        model = Sku
        fields = (
            "product__code",
            "product__name",
            "code",
            "name",
            "billing_mode",
            "region",
            "specification",
            "stock",
            "vendor_sku",
            "is_active",
        )
        export_order = fields


class PriceResource(CatalogueResource):
    class Meta:
        model = Price
        fields = (
            "sku__product__name",
            "sku__code",
            "sku__name",
            "unit_price",
            "valid_from",
            "valid_until",
        )
        export_order = fields


class CustomerDiscountResource(CatalogueResource):
    class Meta:
        model = CustomerDiscount
        fields = (
            "customer__number",
            "customer__name",
            "name",
            "rate",
            "scope",
            "vendor__name",
            "category__name",
            "product__name",
            "sku__code",
            "valid_from",
            "valid_until",
        )
        export_order = fields


class QuoteResource(CatalogueResource):
    class Meta:
        model = Quote
        fields = (
            "number",
            "customer__number",
            "customer__name",
            "list_total",
            "total",
            "created_at",
            "expires_at",
        )
        export_order = fields
