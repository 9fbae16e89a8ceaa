from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.drf import ScopedRelatedField, YuanField
from apps.customers.models import Customer
from apps.products.enums import BillingMode
from apps.products.models import AddOn, Category, Product, Quote, Sku, Vendor
from apps.products.selectors import ExplainedQuote, explain_quote, explain_snapshot
from apps.products.selectors.pricing import (
    MOST_LINES,
    MOST_PERIODS,
    MOST_UNITS,
    MOST_VOUCHERS,
)


class CategoryOut(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ("id", "slug", "name")
        read_only_fields = fields


class CategoryBriefOut(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ("slug", "name")
        read_only_fields = fields


class VendorOut(serializers.ModelSerializer):
    class Meta:
        model = Vendor
        fields = ("code", "name")
        read_only_fields = fields


class AddOnOut(serializers.ModelSerializer):
    """What is offered with a product: bought as a line of its own."""

    sku = serializers.IntegerField(source="sku_id", read_only=True)
    product = serializers.IntegerField(source="sku.product_id", read_only=True)
    name = serializers.SerializerMethodField()
    billing_mode = serializers.CharField(source="sku.billing_mode", read_only=True)
    billing_mode_label = serializers.CharField(
        source="sku.get_billing_mode_display", read_only=True
    )
    unit_price = YuanField(source="sku.unit_price", read_only=True, allow_null=True)

    class Meta:
        model = AddOn
        fields = (
            "sku",
            "product",
            "name",
            "billing_mode",
            "billing_mode_label",
            "unit_price",
            "is_default",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_name(self, add_on: AddOn) -> str:
        return f"{add_on.sku.product.name} {add_on.sku.name}"


class SkuOut(serializers.ModelSerializer):
    """A SKU as customers see it: its list price, never its cost."""

    region_name = serializers.CharField(source="get_region_display", read_only=True)
    billing_mode_label = serializers.CharField(source="get_billing_mode_display", read_only=True)
    specification = serializers.DictField(read_only=True)
    specification_text = serializers.CharField(source="specs", read_only=True)
    is_metered = serializers.SerializerMethodField()
    unit_price = YuanField(read_only=True, allow_null=True)

    class Meta:
        model = Sku
        fields = (
            "id",
            "code",
            "name",
            "specification",
            "specification_text",
            "region",
            "region_name",
            "zone",
            "spec_version",
            "billing_mode",
            "billing_mode_label",
            "is_metered",
            "unit_price",
            "stock",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.BooleanField())
    def get_is_metered(self, sku: Sku) -> bool:
        """Whether it is billed by use, afterwards."""
        return BillingMode(sku.billing_mode).is_metered


class OfferOut(serializers.Serializer):
    region = serializers.CharField(help_text="Empty: any region")
    billing_mode = serializers.CharField()


class ProductOut(serializers.ModelSerializer):
    vendor = VendorOut(read_only=True)
    category = CategoryBriefOut(read_only=True)
    price_from = YuanField(read_only=True, allow_null=True)
    billing_modes = serializers.SerializerMethodField()
    offers = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = (
            "id",
            "code",
            "name",
            "summary",
            "vendor",
            "category",
            "price_from",
            "billing_modes",
            "offers",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_billing_modes(self, product: Product) -> list[str]:
        return sorted({sku.billing_mode for sku in product.skus_on_sale})

    @extend_schema_field(OfferOut(many=True))
    def get_offers(self, product: Product) -> list[dict[str, str]]:
        """Where and how its SKUs are sold, each pair once: whether a promotion is for one of
        them."""
        pairs = {(sku.region, sku.billing_mode) for sku in product.skus_on_sale}
        return [{"region": region, "billing_mode": mode} for region, mode in sorted(pairs)]


class ProductDetailOut(ProductOut):
    tax_rate = serializers.DecimalField(
        9, 6, source="tax_rate_now", read_only=True, normalize_output=True
    )
    tax_code = serializers.CharField(
        source="tax_class.code", default=None, allow_null=True, read_only=True
    )
    skus = SkuOut(source="skus_on_sale", many=True, read_only=True)
    add_ons = AddOnOut(source="add_ons_on_offer", many=True, read_only=True)

    class Meta(ProductOut.Meta):
        fields = (
            *ProductOut.Meta.fields,
            "description",
            "tax_rate",
            "tax_code",
            "skus",
            "add_ons",
        )
        read_only_fields = fields


class FacetValueOut(serializers.Serializer):
    value = serializers.CharField(help_text="What the filter of the list takes")
    label = serializers.CharField()
    count = serializers.IntegerField()


class PriceRangeOut(serializers.Serializer):
    """[low, high): `high` null means and more."""

    low = YuanField()
    high = YuanField(allow_null=True)
    count = serializers.IntegerField()


class FacetsOut(serializers.Serializer):
    count = serializers.IntegerField(help_text="Products that fit all filters")
    category = FacetValueOut(many=True)
    vendor = FacetValueOut(many=True)
    region = FacetValueOut(many=True)
    billing_mode = FacetValueOut(many=True)
    compute_kind = FacetValueOut(many=True)
    gpu_model = FacetValueOut(many=True)
    price = PriceRangeOut(many=True)


class SuggestionOut(serializers.ModelSerializer):
    vendor = VendorOut(read_only=True)
    category = CategoryBriefOut(read_only=True)

    class Meta:
        model = Product
        fields = ("id", "code", "name", "vendor", "category")
        read_only_fields = fields


class QuoteLineInput(serializers.Serializer):
    sku = serializers.IntegerField(min_value=1)
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS, default=1)
    periods = serializers.IntegerField(min_value=1, max_value=MOST_PERIODS, default=1)


class QuoteIn(serializers.Serializer):
    customer = ScopedRelatedField(
        queryset=Customer.objects.all(),
        required=False,
        help_text="For staff. Portal users quote for their own company.",
    )
    lines: "serializers.ListSerializer[Any]" = serializers.ListSerializer(
        child=QuoteLineInput(), allow_empty=False, max_length=MOST_LINES
    )


class QuoteWithTermsIn(QuoteIn):
    voucher_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        max_length=MOST_VOUCHERS,
        default=list,
        help_text="Vouchers of the customer to pay with. Others are left out without a word.",
    )
    project = serializers.CharField(
        max_length=64,
        default="",
        allow_blank=True,
        help_text="What it is bought for, where prices were agreed for a project.",
    )


class PriceStepOut(serializers.Serializer):
    """One bar of the waterfall. Amounts are exact, so they can have more than two decimals."""

    kind = serializers.CharField()
    name = serializers.CharField()
    rule = serializers.CharField(allow_null=True)
    before = serializers.CharField()
    after = serializers.CharField()
    reason = serializers.CharField()


class RejectionOut(serializers.Serializer):
    rule = serializers.CharField()
    name = serializers.CharField()
    reason = serializers.CharField()


class SkuBriefOut(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class GiftOut(serializers.Serializer):
    """Balance that is given once the order is paid; the price stays."""

    rule = serializers.CharField()
    name = serializers.CharField()
    amount = YuanField()


class MarginOut(serializers.Serializer):
    """For staff who may see what we pay, and null for everybody else."""

    cost = YuanField(allow_null=True)
    margin = YuanField(allow_null=True)
    percent = serializers.DecimalField(9, 1, allow_null=True)
    floor = YuanField(allow_null=True)
    steps = PriceStepOut(many=True)
    hidden = RejectionOut(many=True)


class QuoteLineOut(serializers.Serializer):
    sku = SkuBriefOut()
    quantity = serializers.IntegerField()
    periods = serializers.IntegerField()
    billing_mode = serializers.CharField(source="unit")
    is_metered = serializers.BooleanField()
    unit_price = YuanField()
    list_amount = YuanField()
    amount = YuanField()
    savings = YuanField()
    steps = PriceStepOut(many=True)
    rejected = RejectionOut(many=True)
    tax = YuanField()
    margin = MarginOut(allow_null=True)


class PriceOut(serializers.Serializer):
    """A price with its explanation, promised to nobody."""

    list_total = YuanField()
    total = YuanField()
    due_now = YuanField()
    savings = YuanField()
    tax = YuanField()
    gifts = GiftOut(many=True)
    lines = QuoteLineOut(many=True)

    def to_representation(self, instance: str | ExplainedQuote) -> dict[str, object]:
        explained = explain_snapshot(instance) if isinstance(instance, str) else instance
        return super().to_representation(explained)


class QuoteOut(serializers.ModelSerializer):
    list_total = YuanField(read_only=True)
    total = YuanField(read_only=True)
    due_now = serializers.SerializerMethodField()
    savings = YuanField(read_only=True)
    tax = YuanField(read_only=True)
    gifts = serializers.SerializerMethodField()
    lines = serializers.SerializerMethodField()

    class Meta:
        model = Quote
        fields = (
            "id",
            "number",
            "created_at",
            "expires_at",
            "list_total",
            "total",
            "due_now",
            "savings",
            "tax",
            "gifts",
            "lines",
        )
        read_only_fields = fields

    @extend_schema_field(GiftOut(many=True))
    def get_gifts(self, quote: Quote) -> list[dict[str, object]]:
        return GiftOut(explain_quote(quote).gifts, many=True).data

    @extend_schema_field(YuanField(read_only=True))
    def get_due_now(self, quote: Quote) -> str:
        """What an order of it pays at once; metered lines are billed by their use."""
        return f"{quote.due_now:.2f}"

    @extend_schema_field(QuoteLineOut(many=True))
    def get_lines(self, quote: Quote) -> list[dict[str, object]]:
        explained = explain_quote(quote, with_margin=self.context.get("with_margin", False))
        return QuoteLineOut(explained.lines, many=True).data
