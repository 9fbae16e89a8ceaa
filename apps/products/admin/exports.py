"""What the export buttons give away: columns that every viewer of the list may have, so no cost."""

import json
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.spreadsheets.resources import ScopedResource
from apps.products.models import (
    CustomerDiscount,
    ManualDiscount,
    Price,
    PriceAgreement,
    PriceChange,
    PriceList,
    Product,
    Quote,
    Sku,
)
from apps.products.models.visibility import in_effect


class ProductResource(ScopedResource):
    class Meta:
        model = Product
        fields = (
            "code",
            "name",
            "vendor__code",
            "vendor__name",
            "category__slug",
            "category__name",
            "summary",
            "description",
            "vendor_code",
            "tax_rate",
            "position",
            "status",
        )
        export_order = fields


class SkuResource(ScopedResource):
    def dehydrate_specification(self, sku: Sku) -> str:
        """As an import reads it."""
        return json.dumps(sku.specification, ensure_ascii=False)

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


class PriceResource(ScopedResource):
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


class PriceSheet(ScopedResource):
    """The prices in effect, to be edited and imported."""

    def filter_export(self, queryset: Any, **options: Any) -> Any:
        return super().filter_export(queryset, **options).filter(in_effect(timezone.now()))

    class Meta:
        name = _("Prices in effect, for editing")
        model = Price
        fields = ("sku__product__code", "sku__code", "sku__name", "unit_price")
        export_order = fields


class PriceChangeResource(ScopedResource):
    class Meta:
        model = PriceChange
        fields = (
            "sku__product__name",
            "sku__code",
            "sku__name",
            "before_price",
            "unit_price",
            "percent",
            "effective_from",
            "status",
            "source",
            "reason",
        )
        export_order = fields


class CustomerDiscountResource(ScopedResource):
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


class QuoteResource(ScopedResource):
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


class AgreementResource(ScopedResource):
    class Meta:
        model = PriceAgreement
        fields = (
            "number",
            "version",
            "name",
            "customer__number",
            "customer__name",
            "kind",
            "project",
            "status",
            "valid_from",
            "valid_until",
            "on_expiry",
            "grace_days",
            "commitment_kind",
            "commitment",
        )
        export_order = fields


class ManualDiscountResource(ScopedResource):
    class Meta:
        model = ManualDiscount
        fields = (
            "quote__number",
            "customer__number",
            "customer__name",
            "product__name",
            "sku__code",
            "list_amount",
            "before",
            "amount",
            "off",
            "reason",
            "given_by__email",
            "given_at",
        )
        export_order = fields


class PriceListResource(ScopedResource):
    class Meta:
        model = PriceList
        fields = (
            "name",
            "tenant__name",
            "status",
            "lowest",
            "highest",
            "valid_from",
            "valid_until",
        )
        export_order = fields
