"""Prices over time and price changes, for staff: customers see what the catalogue shows."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.drf import ScopedReadOnlyViewSet, ScopedViewSet, YuanField
from apps.core.errors import NotFound
from apps.core.schema import problems
from apps.products.enums import PriceChangeSource, PriceChangeStatus, ProductPerm
from apps.products.models import Price, PriceChange, Sku
from apps.products.selectors.price_changes import prices_of_sku
from apps.rbac.enums import UserKind

NOT_FOUND = problems(_404="There is none with this id, or it is not yours to see.")


class CostIsForFew(serializers.ModelSerializer):
    """Drops the vendor's prices for whoever may not see them, or whose product it is not."""

    cost_fields = ("unit_cost",)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if not self.context["sees_cost"](instance.sku.product):
            for name in self.cost_fields:
                shown.pop(name, None)
        return shown


class SkuPriceOut(CostIsForFew):
    unit_price = YuanField(read_only=True)
    unit_cost = YuanField(
        read_only=True, allow_null=True, required=False, help_text="With products.view_cost alone"
    )
    set_by = serializers.CharField(source="created_by.display_name", default=None, read_only=True)
    change = serializers.SerializerMethodField(help_text="The price change that brought it")

    class Meta:
        model = Price
        fields = ("id", "unit_price", "unit_cost", "valid_from", "valid_until", "set_by", "change")
        read_only_fields = fields

    def get_change(self, price: Price) -> int | None:
        change = getattr(price, "change", None)
        return change.pk if change else None


class SkuNameOut(serializers.ModelSerializer):
    product = serializers.CharField(source="product.name", read_only=True)

    class Meta:
        model = Sku
        fields = ("id", "code", "name", "product")
        read_only_fields = fields


class PriceChangeOut(CostIsForFew):
    cost_fields = ("before_cost", "unit_cost", "cost_percent")
    sku = SkuNameOut(read_only=True)
    before_price = YuanField(read_only=True, allow_null=True)
    unit_price = YuanField(read_only=True)
    before_cost = YuanField(read_only=True, allow_null=True, required=False)
    unit_cost = YuanField(read_only=True, allow_null=True, required=False)
    status_label = serializers.CharField(source="get_status_display", read_only=True)

    class Meta:
        model = PriceChange
        fields = (
            "id",
            "sku",
            "source",
            "before_price",
            "unit_price",
            "percent",
            "before_cost",
            "unit_cost",
            "cost_percent",
            "effective_from",
            "status",
            "status_label",
            "is_automatic",
            "reason",
            "proposed_at",
            "applied_at",
        )
        read_only_fields = fields


class SeesCost(ScopedViewSet):
    """Puts the question who sees costs into the serializers' context: one query a request."""

    def get_serializer_context(self) -> dict[str, Any]:
        user = self.request.user
        may = user.is_authenticated and user.has_perm(ProductPerm.VIEW_COST)

        def sees_cost(product: Any) -> bool:
            if not may:
                return False
            return user.is_superuser or product.tenant.path.startswith(user.tenant.path)

        return {**super().get_serializer_context(), "sees_cost": sees_cost}


class SkuViewSet(SeesCost):
    """SKUs as staff look at them."""

    queryset = Sku.objects.select_related("product__tenant").order_by("pk")
    serializer_class = SkuPriceOut

    @extend_schema(
        summary="Prices of a SKU over time",
        description="For staff. Newest first, planned ones included; with `at` the one that was, "
        "is or will be in effect at that moment.",
        parameters=[OpenApiParameter("at", str, description="A moment, like 2026-11-22T08:00:00Z")],
        responses={
            200: SkuPriceOut(many=True),
            **NOT_FOUND,
            **problems(_400="`at` is not a moment."),
        },
    )
    @action(detail=True, pagination_class=None)
    def prices(self, request: Request, pk: str) -> Response:
        if request.user.kind == UserKind.PORTAL:
            raise NotFound
        sku = self.get_object()
        given = request.query_params.get("at")
        at = serializers.DateTimeField().run_validation(given) if given else None
        found = prices_of_sku(sku=sku, at=at).visible_to(request.user)
        rows = list(found.select_related("sku__product__tenant")[:MOST_PRICES])
        return Response(self.get_serializer(rows, many=True).data)


MOST_PRICES = 1000


class PriceChangeFilter(filters.FilterSet):
    status = filters.ChoiceFilter(choices=PriceChangeStatus.choices, label="State")
    source = filters.ChoiceFilter(choices=PriceChangeSource.choices, label="Who asked for it")
    vendor = filters.CharFilter("sku__product__vendor__code", label="Code of the vendor")
    sku = filters.NumberFilter("sku_id", label="Id of the SKU")

    class Meta:
        model = PriceChange
        fields = ()


@extend_schema_view(
    list=extend_schema(
        summary="Price changes",
        description="For staff: what is proposed, waits, was applied or refused; newest first.",
    ),
    retrieve=extend_schema(summary="A price change", responses={200: PriceChangeOut, **NOT_FOUND}),
)
class PriceChangeViewSet(SeesCost, ScopedReadOnlyViewSet):
    """What prices are to become."""

    queryset = PriceChange.objects.select_related("sku__product__tenant").order_by("-pk")
    serializer_class = PriceChangeOut
    filterset_class = PriceChangeFilter
