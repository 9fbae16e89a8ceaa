from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework import generics, mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.billing import selectors, services
from apps.billing.api import examples, filters, serializers
from apps.billing.enums import WalletPerm
from apps.billing.models import Bill, BillItem, Entry, Recharge, WalletBalance
from apps.core.drf import ScopedReadOnlyViewSet, ScopedViewSet
from apps.customers.selectors import customer_of
from apps.rbac import services as rbac

KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="8 to 200 characters of your own; the same key and body never recharge twice.",
)


def refusal(description: str) -> OpenApiResponse:
    return OpenApiResponse(OpenApiTypes.OBJECT, description)


class WalletViewSet(ScopedViewSet):
    """The wallet of the customer that the caller acts for."""

    queryset = WalletBalance.objects.all()
    serializer_class = serializers.WalletOut
    pagination_class = None

    @extend_schema(
        summary="My balances",
        operation_id="wallet_retrieve",
        examples=[examples.WALLET],
        responses={200: serializers.WalletOut, 404: refusal("You act for no customer.")},
    )
    def retrieve(self, request: Request) -> Response:
        customer = customer_of(request.user)
        rbac.require(request.user, WalletPerm.VIEW)
        wallet = selectors.wallet_of(customer)
        why = [{"label": label, "amount": amount} for label, amount in wallet.why_available()]
        names = ("cash", "gift", "credit_limit", "frozen", "owed", "available", "currency")
        facts: dict[str, Any] = {name: getattr(wallet, name) for name in names}
        return Response(serializers.WalletOut({**facts, "why": {"available": why}}).data)


@extend_schema_view(
    list=extend_schema(
        summary="The flow of my wallet, newest first",
        operation_id="wallet_entries_list",
        examples=[examples.ENTRY],
    )
)
class EntryViewSet(mixins.ListModelMixin, ScopedViewSet):
    """What happened to the balance, each with the balance after it."""

    queryset = Entry.objects.filter(customer__isnull=False).order_by("-pk")
    serializer_class = serializers.EntryOut
    filterset_class = filters.EntryFilter


@extend_schema_view(
    list=extend_schema(summary="Recharges, newest first", responses=serializers.RechargeBriefOut),
    retrieve=extend_schema(
        summary="A recharge", examples=[examples.RECHARGE], responses=serializers.RechargeOut
    ),
)
class RechargeViewSet(ScopedReadOnlyViewSet):
    """Money on its way in."""

    queryset = Recharge.objects.order_by("-pk")
    filterset_class = filters.RechargeFilter
    idempotency_required = {"create"}

    def get_serializer_class(self) -> Any:
        if self.action == "list":
            return serializers.RechargeBriefOut
        return serializers.RechargeOut

    @extend_schema(
        summary="Start a recharge",
        description="Send the customer to `pay_url`, or show `qr_svg`. The wallet is credited when"
        " the channel has confirmed the payment; ask for the recharge again to see it.",
        parameters=[KEY],
        request=serializers.RechargeIn,
        responses={
            201: serializers.RechargeOut,
            400: refusal("The amount is out of range or malformed."),
            403: refusal("You may not recharge."),
            409: refusal("A request with this key is still running."),
            422: refusal("The key was used for another request."),
        },
        examples=[examples.RECHARGE_IN, examples.RECHARGE, examples.OUT_OF_RANGE],
    )
    def create(self, request: Request) -> Response:
        wanted = self.payload(serializers.RechargeIn)
        recharge = services.start_recharge(
            customer=wanted.get("customer") or customer_of(request.user),
            amount=wanted["amount"],
            channel=wanted["channel"],
            actor=request.user,
            now=timezone.now(),
        )
        return self.reply(recharge, status=201)


@extend_schema_view(
    list=extend_schema(summary="Monthly bills, newest first"),
    retrieve=extend_schema(
        summary="A bill and what each product cost",
        examples=[examples.BILL],
        responses=serializers.BillDetailOut,
    ),
)
class BillViewSet(ScopedReadOnlyViewSet):
    """What was used in a month."""

    queryset = Bill.objects.order_by("-month", "-pk")
    filterset_class = filters.BillFilter
    serializer_class = serializers.BillOut

    def retrieve(self, request: Request, pk: str) -> Response:
        bill = self.get_object()
        context = {"by_product": selectors.totals_by_product(bill)}
        return Response(serializers.BillDetailOut(bill, context=context).data)

    @extend_schema(
        summary="The lines of a bill",
        examples=[examples.ITEM],
        responses=serializers.BillItemOut(many=True),
        filters=True,
    )
    @action(
        detail=True,
        serializer_class=serializers.BillItemOut,
        queryset=BillItem.objects.select_related("bill").order_by("pk"),
        filterset_class=filters.BillItemFilter,
    )
    def items(self, request: Request, pk: str) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self._items(request, pk)))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def _items(self, request: Request, pk: str) -> QuerySet:
        bill = generics.get_object_or_404(Bill.objects.visible_to(request.user), pk=pk)
        return self.get_queryset().filter(bill=bill)
