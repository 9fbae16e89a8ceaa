from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.drf import ScopedRelatedField, YuanField
from apps.core.schema import HappeningOut
from apps.orders import selectors
from apps.orders.models import Order, OrderLine
from apps.products.models import Quote


class OrderIn(serializers.Serializer):
    quote = ScopedRelatedField(queryset=Quote.objects.select_related("customer"))


class CancelIn(serializers.Serializer):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class OrderLineOut(serializers.ModelSerializer):
    billing_mode_label = serializers.CharField(source="get_billing_mode_display", read_only=True)
    list_amount = YuanField(read_only=True)
    amount = YuanField(read_only=True)
    resources = serializers.SerializerMethodField()

    class Meta:
        model = OrderLine
        fields = (
            "position",
            "sku",
            "name",
            "quantity",
            "periods",
            "billing_mode",
            "billing_mode_label",
            "list_amount",
            "amount",
            "resources",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_resources(self, line: OrderLine) -> list[int]:
        return self.context["resources"].get(line.pk, [])


class MilestoneOut(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()
    status = serializers.ChoiceField(choices=["done", "current", "waiting", "failed"])
    at = serializers.DateTimeField(allow_null=True)


class OrderOut(serializers.ModelSerializer):
    """An order in a list."""

    status_label = serializers.CharField(source="get_status_display", read_only=True)
    total = YuanField(read_only=True)
    list_total = YuanField(read_only=True)
    created_at = serializers.DateTimeField(source="placed_at", read_only=True)
    summary = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = (
            "id",
            "number",
            "summary",
            "status",
            "status_label",
            "total",
            "list_total",
            "created_at",
            "paid_at",
            "completed_at",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_summary(self, order: Order) -> str:
        return selectors.summary(order)


class OrderDetailOut(OrderOut):
    """An order with its lines, its milestones and its time line."""

    lines = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()
    timeline = serializers.SerializerMethodField()
    expected_seconds = serializers.SerializerMethodField()
    next_step = serializers.SerializerMethodField()

    class Meta(OrderOut.Meta):
        fields = (
            *OrderOut.Meta.fields,
            "quote",
            "lines",
            "steps",
            "timeline",
            "expected_seconds",
            "next_step",
        )
        read_only_fields = fields

    @extend_schema_field(OrderLineOut(many=True))
    def get_lines(self, order: Order) -> list[dict[str, object]]:
        context = {**self.context, "resources": selectors.resource_ids(order)}
        return OrderLineOut(order.lines.all(), many=True, context=context).data

    @extend_schema_field(MilestoneOut(many=True))
    def get_steps(self, order: Order) -> list[dict[str, object]]:
        return MilestoneOut(selectors.milestones(order), many=True).data

    @extend_schema_field(HappeningOut(many=True))
    def get_timeline(self, order: Order) -> list[dict[str, object]]:
        return HappeningOut(selectors.timeline(order), many=True).data

    @extend_schema_field(serializers.IntegerField())
    def get_expected_seconds(self, order: Order) -> int:
        return selectors.expected_seconds(order, now=timezone.now())

    @extend_schema_field(serializers.CharField())
    def get_next_step(self, order: Order) -> str:
        return selectors.next_step(order)
