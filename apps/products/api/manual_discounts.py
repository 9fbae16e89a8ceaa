"""Discounts by hand, for staff: look, make the quote within authority, ask beyond it (PRC-6)."""

from decimal import Decimal
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.approvals.models import Approval
from apps.core.drf import ScopedReadOnlyViewSet, ScopedRelatedField, YuanField
from apps.core.schema import problems
from apps.customers.models import Customer
from apps.products import services
from apps.products.api import manual_discount_examples as examples
from apps.products.api.serializers import QuoteLineInput, QuoteOut, SkuBriefOut
from apps.products.models import ManualDiscount
from apps.products.selectors.pricing import MOST_LINES
from apps.products.services import DiscountedLine, Look

HUNDRED = Decimal(100)
NOT_FOUND = problems(_404="There is none with this id, or it is not yours to see.")
REFUSALS = problems(
    _400="The lines make no sense, a SKU is not on sale, or a discount is none.",
    _403="You may not give discounts by hand.",
    _404="There is no such customer, or it is not yours.",
)


class DiscountedLineIn(QuoteLineInput):
    percent = serializers.DecimalField(
        5,
        2,
        min_value=0,
        max_value=100,
        default=HUNDRED,
        help_text="What the customer pays of the line's price: 85 is 15 % off. 100: no discount",
    )


class HandBasketIn(serializers.Serializer):
    customer = ScopedRelatedField(queryset=Customer.objects.all())
    lines = DiscountedLineIn(many=True, allow_empty=False, max_length=MOST_LINES)  # type: ignore[call-arg]
    project = serializers.CharField(max_length=64, default="", allow_blank=True)


class HandLookIn(HandBasketIn):
    rule = serializers.CharField(
        max_length=64,
        default="",
        allow_blank=True,
        help_text="Why does it not apply? promotion:7, agreement-price:7 or customer-discount:7",
    )


class HandQuoteIn(HandBasketIn):
    reason = serializers.CharField(max_length=300, help_text="It stands in the audit log")


class HandRequestIn(serializers.Serializer):
    customer = ScopedRelatedField(queryset=Customer.objects.all())
    lines = DiscountedLineIn(many=True, allow_empty=False, max_length=MOST_LINES)  # type: ignore[call-arg]
    reason = serializers.CharField(max_length=300, help_text="Who decides reads it")


class HandVerdictOut(serializers.Serializer):
    line = serializers.IntegerField(source="place", help_text="Which line, from 0")
    off = YuanField(help_text="What the discount by hand takes off")
    share = serializers.DecimalField(5, 2, help_text="Percent of the list price that is left")
    is_within = serializers.BooleanField()
    reasons = serializers.ListField(child=serializers.CharField(), help_text="Why it is not")


class RuleAnswerOut(serializers.Serializer):
    line = serializers.IntegerField(source="place", help_text="Which line, from 0")
    applies = serializers.BooleanField()
    reason = serializers.CharField(help_text="Why it does not; or how much it takes off")


class HandLookOut(serializers.Serializer):
    """What the customer would pay, promised to nobody."""

    list_total = YuanField(source="after.list_total")
    before = YuanField(source="before.total", help_text="Without the discounts by hand")
    total = YuanField(source="after.total")
    is_within_authority = serializers.BooleanField(source="is_within")
    verdicts = HandVerdictOut(many=True)
    why = RuleAnswerOut(many=True, help_text="Of the rule that was asked about, if you may see it")


class AskedForOut(serializers.ModelSerializer):
    """The approval that now runs; see /approvals/{id}/."""

    status_label = serializers.CharField(source="get_status_display", read_only=True)

    class Meta:
        model = Approval
        fields = ("id", "number", "kind", "status", "status_label")
        read_only_fields = fields


class ManualDiscountOut(serializers.ModelSerializer):
    customer = serializers.CharField(source="customer.name", read_only=True)
    quote = serializers.CharField(source="quote.number", read_only=True)
    sku = SkuBriefOut(read_only=True)
    list_amount = YuanField(read_only=True)
    before = YuanField(read_only=True)
    amount = YuanField(read_only=True)
    off = YuanField(read_only=True)
    given_by = serializers.CharField(source="given_by.display_name", read_only=True)

    class Meta:
        model = ManualDiscount
        fields = (
            "id",
            "customer",
            "quote",
            "sku",
            "list_amount",
            "before",
            "amount",
            "off",
            "reason",
            "given_by",
            "given_at",
        )
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(
        summary="Discounts given by hand",
        description="For staff, of the customers that they see; newest first.",
        examples=[examples.GIVEN],
    ),
    retrieve=extend_schema(
        summary="A discount given by hand",
        responses={200: ManualDiscountOut, **NOT_FOUND},
        examples=[examples.GIVEN],
    ),
)
class ManualDiscountViewSet(ScopedReadOnlyViewSet):
    """What sales take off by hand."""

    queryset = ManualDiscount.objects.select_related(
        "customer", "quote", "sku", "given_by"
    ).order_by("-pk")
    serializer_class = ManualDiscountOut

    @extend_schema(
        summary="Make a quote with discounts by hand",
        description="Within your discount authority, at once. Beyond it nothing is made: ask for "
        "an approval with `/manual-discounts/requests/`.",
        request=HandQuoteIn,
        responses={
            201: QuoteOut,
            **REFUSALS,
            **problems(
                _409="The discount is beyond your authority, or a SKU has no price at the moment."
            ),
        },
        examples=[examples.ASKED, examples.QUOTED, examples.BEYOND],
    )
    def create(self, request: Request) -> Response:
        wanted = self.payload(HandQuoteIn)
        quote = services.quote_by_hand(
            **_basket(wanted),
            project=wanted["project"],
            reason=wanted["reason"],
            actor=request.user,
            now=timezone.now(),
        )
        return Response(QuoteOut(quote, context=self.get_serializer_context()).data, status=201)

    @extend_schema(
        summary="Look at a price with discounts by hand",
        description="Whether they are within your authority, and if not, why; and what one `rule` "
        "does for each line, or why it does nothing. Nothing is written.",
        request=HandLookIn,
        responses={200: HandLookOut, **REFUSALS},
        examples=[examples.LOOKED_AT, examples.LOOK],
    )
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        wanted, user = self.payload(HandLookIn), request.user
        look: Look = services.look_at_price(
            **_basket(wanted), project=wanted["project"], actor=user, now=timezone.now()
        )
        why = services.why_answers(
            look=look, key=wanted["rule"], customer=wanted["customer"], user=user
        )
        facts = {name: getattr(look, name) for name in ("before", "after", "is_within", "verdicts")}
        return Response(HandLookOut({**facts, "why": why}).data)

    @extend_schema(
        summary="Ask for a discount beyond your authority",
        description="An approval of a special discount. Once agreed, it is the customer's for 30 "
        "days, and any quote of that time has it.",
        request=HandRequestIn,
        responses={
            201: AskedForOut,
            **REFUSALS,
            **problems(_409="The discount is within your authority, or nobody could decide it."),
        },
        examples=[examples.REQUESTED, examples.RUNNING, examples.WITHIN],
    )
    @action(detail=False, methods=["post"])
    def requests(self, request: Request) -> Response:
        wanted = self.payload(HandRequestIn)
        approval = services.request_discount_by_hand(
            **_basket(wanted), reason=wanted["reason"], actor=request.user, now=timezone.now()
        )
        return Response(AskedForOut(approval).data, status=201)


def _basket(wanted: dict[str, Any]) -> dict[str, Any]:
    lines = [
        DiscountedLine(line["sku"], line["quantity"], line["periods"], line["percent"])
        for line in wanted["lines"]
    ]
    return {"customer": wanted["customer"], "lines": lines}
