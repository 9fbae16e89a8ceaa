from typing import Any

from django.utils.translation import pgettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.billing import selectors
from apps.billing.enums import CURRENCY, Channel, RechargeStatus
from apps.billing.models import Bill, BillItem, Entry, Recharge
from apps.billing.qr import as_svg
from apps.core.drf import ScopedRelatedField, YuanField
from apps.customers.models import Customer

SOURCES = {
    "billing.Recharge": pgettext_lazy("source of an entry", "Recharge"),
    "billing.Bill": pgettext_lazy("source of an entry", "Bill"),
    "orders.Order": pgettext_lazy("source of an entry", "Order"),
    "customers.Customer": pgettext_lazy("source of an entry", "Gift"),
}


class PartOut(serializers.Serializer):
    label = serializers.CharField()
    amount = YuanField()


class WhyOut(serializers.Serializer):
    """The parts of an amount, in the order in which they are spent."""

    available = PartOut(many=True)


class WalletOut(serializers.Serializer):
    """`available` is what a purchase may cost; `owed` is used credit and unpaid usage."""

    cash = YuanField()
    gift = YuanField()
    credit_limit = YuanField()
    frozen = YuanField()
    owed = YuanField()
    available = YuanField()
    currency = serializers.CharField(default=CURRENCY)
    why = WhyOut()


class SourceOut(serializers.Serializer):
    label = serializers.CharField()
    number = serializers.CharField()


class EntryOut(serializers.ModelSerializer):
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    amount = YuanField(read_only=True)
    balance = YuanField(read_only=True)
    source = serializers.SerializerMethodField()

    class Meta:
        model = Entry
        fields = (
            "id",
            "number",
            "kind",
            "kind_label",
            "amount",
            "balance",
            "posted_at",
            "source",
            "note",
        )
        read_only_fields = fields

    @extend_schema_field(SourceOut)
    def get_source(self, entry: Entry) -> dict[str, str]:
        is_gift = entry.source_label == "customers.Customer"
        label = str(SOURCES.get(entry.source_label, ""))
        return {"label": label, "number": "" if is_gift else entry.note}


class RechargeOut(serializers.ModelSerializer):
    """Address and QR code are there while the recharge can be paid."""

    amount = YuanField(read_only=True)
    status_label = serializers.CharField(source="get_status_display", read_only=True)
    channel_label = serializers.CharField(source="get_channel_display", read_only=True)
    pay_url = serializers.SerializerMethodField()
    qr_svg = serializers.SerializerMethodField()

    class Meta:
        model = Recharge
        fields = (
            "id",
            "number",
            "amount",
            "status",
            "status_label",
            "channel",
            "channel_label",
            "pay_url",
            "qr_svg",
            "created_at",
            "expires_at",
            "paid_at",
        )
        read_only_fields = fields

    def get_pay_url(self, recharge: Recharge) -> str:
        return recharge.pay_url if recharge.status == RechargeStatus.CREATED else ""

    def get_qr_svg(self, recharge: Recharge) -> str:
        return as_svg(self.get_pay_url(recharge))


class RechargeBriefOut(RechargeOut):
    """In lists: without the QR code."""

    class Meta(RechargeOut.Meta):
        fields = tuple(name for name in RechargeOut.Meta.fields if name != "qr_svg")
        read_only_fields = fields


class RechargeIn(serializers.Serializer):
    customer = ScopedRelatedField(
        queryset=Customer.objects.all(),
        required=False,
        help_text="For staff; a portal user recharges his own wallet.",
    )
    amount = YuanField()
    channel = serializers.ChoiceField(choices=[Channel.ALIPAY.value])


class BillOut(serializers.ModelSerializer):
    month = serializers.SerializerMethodField()
    status_label = serializers.CharField(source="get_status_display", read_only=True)
    list_total = YuanField(read_only=True)
    total = YuanField(read_only=True)
    owed = YuanField(read_only=True)

    class Meta:
        model = Bill
        fields = (
            "id",
            "number",
            "month",
            "status",
            "status_label",
            "list_total",
            "total",
            "owed",
            "items_count",
            "revision",
            "issued_at",
            "paid_at",
        )
        read_only_fields = fields

    def get_month(self, bill: Bill) -> str:
        return f"{bill.month:%Y-%m}"


class ProductSumOut(serializers.Serializer):
    product = serializers.CharField()
    name = serializers.CharField()
    amount = YuanField()


class BillDetailOut(BillOut):
    by_product = serializers.SerializerMethodField()

    class Meta(BillOut.Meta):
        fields = (*BillOut.Meta.fields, "by_product")
        read_only_fields = fields

    @extend_schema_field(ProductSumOut(many=True))
    def get_by_product(self, bill: Bill) -> Any:
        return ProductSumOut(self.context["by_product"], many=True).data


class BillItemOut(serializers.ModelSerializer):
    """Amounts have twelve decimals: only the bill is rounded."""

    product = serializers.CharField(source="product_code", read_only=True)
    resource = serializers.CharField(source="resource_id", read_only=True)
    is_adjustment = serializers.BooleanField(read_only=True)
    reason_label = serializers.CharField(source="get_reason_display", read_only=True)
    used_in = serializers.DateField(source="use_month", format="%Y-%m", read_only=True)
    explanation = serializers.SerializerMethodField()

    class Meta:
        model = BillItem
        fields = (
            "id",
            "product",
            "product_name",
            "resource",
            "region",
            "list_cost",
            "payable",
            "is_adjustment",
            "reason",
            "reason_label",
            "used_in",
            "project",
            "explanation",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_explanation(self, item: BillItem) -> list[str]:
        """The rules that made the price, one sentence each."""
        return selectors.explain_item(item)
