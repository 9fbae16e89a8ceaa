from datetime import datetime

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.drf import YuanField
from apps.products.api.serializers import QuoteIn
from apps.products.enums import OrderType
from apps.products.models import Campaign, Promotion, Voucher
from apps.products.models.rules import PricingRule
from apps.products.selectors.promotions import modes_of
from apps.products.selectors.terms import change_in_words, scope_in_words


class TargetOut(serializers.Serializer):
    """What a rule covers. `product` is where its page is, for a SKU or a product."""

    type = serializers.ChoiceField(choices=["sku", "product", "category", "vendor", "all"])
    id = serializers.IntegerField(allow_null=True)
    code = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    product = serializers.IntegerField(allow_null=True)


def target_of(rule: PricingRule) -> dict[str, object]:
    target = rule.target
    sku = rule.sku
    return {
        "type": rule.scope,
        "id": target.pk if target else None,
        "code": getattr(target, "code", None) or getattr(target, "slug", None),
        "name": scope_in_words(rule),
        "product": sku.product_id if sku else rule.product_id,
    }


class RuleOut(serializers.ModelSerializer):
    """The terms of a rule that its customers may know; never its budget or its margins."""

    name = serializers.CharField(source="shown_name", read_only=True)
    summary = serializers.SerializerMethodField()
    covers = serializers.SerializerMethodField()
    amount = YuanField(read_only=True, allow_null=True)
    unit_price = YuanField(read_only=True, allow_null=True)
    threshold = YuanField(read_only=True, allow_null=True)

    @extend_schema_field(serializers.CharField())
    def get_summary(self, rule: PricingRule) -> str:
        """How much it takes off, in one sentence."""
        return change_in_words(rule)

    @extend_schema_field(TargetOut())
    def get_covers(self, rule: PricingRule) -> dict[str, object]:
        return target_of(rule)


class CampaignOut(serializers.ModelSerializer):
    name = serializers.CharField(source="shown_name", read_only=True)
    banner = serializers.CharField(source="shown_banner", read_only=True)

    class Meta:
        model = Campaign
        fields = ("id", "name", "banner")
        read_only_fields = fields


class PromotionOut(RuleOut):
    campaign = CampaignOut(read_only=True)
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    starts_at = serializers.DateTimeField(source="valid_from", read_only=True)
    ends_at = serializers.DateTimeField(source="valid_until", read_only=True)
    regions = serializers.ListField(child=serializers.CharField(), read_only=True)
    billing_modes = serializers.SerializerMethodField()
    order_types = serializers.ListField(child=serializers.CharField(), read_only=True)
    now = serializers.SerializerMethodField()
    stock = serializers.IntegerField(source="cap_total", read_only=True)
    left = serializers.SerializerMethodField()
    steps = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = Promotion
        fields = (
            "id",
            "campaign",
            "name",
            "kind",
            "kind_label",
            "summary",
            "change",
            "rate",
            "amount",
            "per",
            "unit_price",
            "threshold",
            "steps",
            "repeats",
            "is_gift",
            "covers",
            "regions",
            "billing_modes",
            "order_types",
            "starts_at",
            "ends_at",
            "now",
            "stock",
            "left",
            "cap_per_customer",
            "cap_per_day",
            "cap_counts",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_billing_modes(self, promotion: Promotion) -> list[str]:
        """Those that it is for; empty is all of them."""
        return modes_of(promotion)

    def get_now(self, promotion: Promotion) -> datetime:
        """The server's clock, for the countdown."""
        return self.context["now"]

    def get_left(self, promotion: Promotion) -> int | None:
        """How many more the caller's company can have now; null is no limit."""
        return self.context["left"][promotion.pk]


class VoucherOut(serializers.ModelSerializer):
    name = serializers.CharField(source="batch.shown_name", read_only=True)
    status_label = serializers.CharField(source="get_status_display", read_only=True)
    face_value = YuanField(source="batch.amount", read_only=True)
    threshold = YuanField(source="batch.threshold", read_only=True, allow_null=True)
    summary = serializers.SerializerMethodField()
    covers = serializers.SerializerMethodField()
    order_types = serializers.ListField(
        source="batch.order_types", child=serializers.CharField(), read_only=True
    )
    regions = serializers.ListField(
        source="batch.regions", child=serializers.CharField(), read_only=True
    )
    with_promotions = serializers.BooleanField(source="batch.with_promotions", read_only=True)
    with_vouchers = serializers.BooleanField(source="batch.with_vouchers", read_only=True)
    saved = YuanField(read_only=True, allow_null=True)

    class Meta:
        model = Voucher
        fields = (
            "id",
            "code",
            "name",
            "status",
            "status_label",
            "face_value",
            "threshold",
            "summary",
            "covers",
            "order_types",
            "regions",
            "with_promotions",
            "with_vouchers",
            "received_at",
            "valid_from",
            "valid_until",
            "used_at",
            "saved",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_summary(self, voucher: Voucher) -> str:
        return change_in_words(voucher.batch)

    @extend_schema_field(TargetOut())
    def get_covers(self, voucher: Voucher) -> dict[str, object]:
        return target_of(voucher.batch)


class CodeIn(serializers.Serializer):
    code = serializers.CharField(max_length=32, help_text="Blanks and lower case do not matter.")


class BasketIn(QuoteIn):
    order_type = serializers.ChoiceField(choices=OrderType.choices, default=OrderType.NEW)


class FitOut(serializers.Serializer):
    voucher = VoucherOut()
    is_usable = serializers.BooleanField()
    saves = YuanField()
    reason = serializers.CharField(help_text="Why it cannot be used, or empty.")


class FitsOut(serializers.Serializer):
    best = serializers.ListField(
        child=serializers.IntegerField(), help_text="Ids for `voucher_ids` of a quote."
    )
    vouchers = FitOut(many=True)
