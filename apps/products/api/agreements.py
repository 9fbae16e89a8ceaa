"""What is agreed with a customer, as he reads it: “我的价格”."""

from typing import Any

from django.http import FileResponse, Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from apps.core.drf import ScopedReadOnlyViewSet, YuanField
from apps.core.schema import problems
from apps.products import selectors
from apps.products.agreement_enums import AGREED, AgreementKind, AgreementStatus, CommitmentKind
from apps.products.enums import ChangeType, DiscountScope, TierMeasure, TierMethod, TierPeriod
from apps.products.models import AgreementPrice, PriceAgreement


class StepOut(serializers.Serializer):
    """From this quantity or spend on: `rate` of the list price, or a price for the unit."""

    start = serializers.CharField()
    rate = serializers.CharField(allow_null=True)
    unit_price = serializers.CharField(allow_null=True)


class AgreedPriceOut(serializers.ModelSerializer):
    change = serializers.ChoiceField(ChangeType.choices, read_only=True)
    change_label = serializers.CharField(source="get_change_display", read_only=True)
    scope = serializers.ChoiceField(DiscountScope.choices, read_only=True)
    target = serializers.SerializerMethodField()
    rate = serializers.DecimalField(9, 6, read_only=True, allow_null=True, normalize_output=True)
    unit_price = YuanField(read_only=True, allow_null=True)
    steps = serializers.SerializerMethodField()
    measure = serializers.ChoiceField(TierMeasure.choices, read_only=True)
    method = serializers.ChoiceField(TierMethod.choices, read_only=True)
    period = serializers.ChoiceField(TierPeriod.choices, read_only=True)
    summary = serializers.SerializerMethodField()

    class Meta:
        model = AgreementPrice
        fields = (
            "id",
            "name",
            "scope",
            "target",
            "change",
            "change_label",
            "rate",
            "unit_price",
            "steps",
            "measure",
            "method",
            "period",
            "summary",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_target(self, price: AgreementPrice) -> str:
        """What it covers, by name."""
        return str(price.target or price.get_scope_display())

    @extend_schema_field(StepOut(many=True))
    def get_steps(self, price: AgreementPrice) -> list[dict[str, Any]]:
        return [
            {"start": step["from"], "rate": step.get("rate"), "unit_price": step.get("unit_price")}
            for step in price.steps
        ]

    @extend_schema_field(serializers.CharField())
    def get_summary(self, price: AgreementPrice) -> str:
        """In one sentence of the active language."""
        return selectors.say_price(price)


class CommitmentMonthOut(serializers.Serializer):
    month = serializers.DateField(format="%Y-%m")
    committed = YuanField()
    bought = YuanField()
    shortfall = YuanField()
    is_over = serializers.BooleanField()


class CommitmentOut(serializers.Serializer):
    """The promise to buy at least `amount`. `shortfall` is what is missing of months that are
    over (or of a term that is), `missing` what is still to be bought in the current one."""

    kind = serializers.ChoiceField(CommitmentKind.choices)
    amount = YuanField()
    bought = YuanField()
    shortfall = YuanField()
    missing = YuanField()
    months = CommitmentMonthOut(many=True)


class MyPriceOut(serializers.ModelSerializer):
    """An agreement on prices, with what was promised in return."""

    kind = serializers.ChoiceField(AgreementKind.choices, read_only=True)
    status = serializers.ChoiceField([(s.value, s.label) for s in AGREED], read_only=True)
    status_label = serializers.CharField(source="get_status_display", read_only=True)
    on_expiry_label = serializers.CharField(source="get_on_expiry_display", read_only=True)
    days_left = serializers.SerializerMethodField()
    has_file = serializers.SerializerMethodField()
    commitment = serializers.SerializerMethodField()
    prices = AgreedPriceOut(many=True, read_only=True)

    class Meta:
        model = PriceAgreement
        fields = (
            "id",
            "number",
            "version",
            "name",
            "kind",
            "project",
            "status",
            "status_label",
            "valid_from",
            "valid_until",
            "prices_until",
            "days_left",
            "on_expiry",
            "on_expiry_label",
            "grace_days",
            "has_file",
            "commitment",
            "prices",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.IntegerField())
    def get_days_left(self, agreement: PriceAgreement) -> int:
        """Whole days until the term is over; 0 once it is."""
        is_open = agreement.status == AgreementStatus.IN_FORCE
        return max(agreement.days_left(timezone.now()), 0) if is_open else 0

    @extend_schema_field(serializers.BooleanField())
    def get_has_file(self, agreement: PriceAgreement) -> bool:
        return bool(agreement.signed_file)

    @extend_schema_field(CommitmentOut(allow_null=True))
    def get_commitment(self, agreement: PriceAgreement) -> dict[str, Any] | None:
        found = self.context["commitments"].get(agreement.pk)
        return CommitmentOut(found).data if found else None


AGREEMENT = {
    "id": 7,
    "number": "AGR20260101000001",
    "version": 1,
    "name": "2026 年度框架协议",
    "kind": "framework",
    "project": "",
    "status": "in_force",
    "status_label": "生效中",
    "valid_from": "2026-01-01T00:00:00+08:00",
    "valid_until": "2027-01-01T00:00:00+08:00",
    "prices_until": "2027-01-01T00:00:00+08:00",
    "days_left": 39,
    "on_expiry": "list_price",
    "on_expiry_label": "恢复目录价",
    "grace_days": 0,
    "has_file": True,
    "commitment": {
        "kind": "monthly",
        "amount": "50000.00",
        "bought": "482310.55",
        "shortfall": "12689.45",
        "missing": "9800.00",
        "months": [
            {
                "month": "2026-10",
                "committed": "50000.00",
                "bought": "37310.55",
                "shortfall": "12689.45",
                "is_over": True,
            }
        ],
    },
    "prices": [
        {
            "id": 21,
            "name": "云服务器 8.5 折",
            "scope": "category",
            "target": "云服务器",
            "change": "percent",
            "change_label": "按比例",
            "rate": "0.85",
            "unit_price": None,
            "steps": [],
            "measure": "quantity",
            "method": "whole",
            "period": "order",
            "summary": "云服务器：目录价的 85 %",
        }
    ],
}
EXAMPLE = OpenApiExample("An agreement", value=AGREEMENT, response_only=True, status_codes=["200"])
NOT_FOUND = problems(_404="There is none with this id, or it is not yours to see.")


@extend_schema_view(
    list=extend_schema(
        summary="What is agreed on prices",
        description="Agreements in force and those that have ended, the newest first, with their"
        " prices, the minimum commitment and what is missing of it.",
        examples=[EXAMPLE],
    ),
    retrieve=extend_schema(
        summary="An agreement with its prices",
        examples=[EXAMPLE],
        responses={200: MyPriceOut, **NOT_FOUND},
    ),
)
class MyPriceViewSet(ScopedReadOnlyViewSet):
    """Price agreements: portal users see their company's, once they are agreed."""

    queryset = PriceAgreement.objects.prefetch_related(
        "prices__sku", "prices__product", "prices__category", "prices__vendor"
    ).order_by("-valid_from", "-pk")
    serializer_class = MyPriceOut
    filterset_fields = ("status", "kind")

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        rows = args[0] if args else []
        shown = list(rows) if kwargs.get("many") else [rows] if rows else []
        kwargs["context"] = {
            **self.get_serializer_context(),
            "commitments": selectors.commitments_of(shown, now=timezone.now()),
        }
        return self.get_serializer_class()(*args, **kwargs)

    @extend_schema(
        summary="The signed file of an agreement",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **NOT_FOUND},
    )
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: str) -> FileResponse:
        agreement = self.get_object()
        if not agreement.signed_file:
            raise Http404
        return FileResponse(
            agreement.signed_file.open("rb"),
            as_attachment=True,
            filename=agreement.signed_file_name,
        )
