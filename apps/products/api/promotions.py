"""Promotions that run, and vouchers: what a customer has, may have, and can use for a basket."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.drf import ScopedReadOnlyViewSet
from apps.core.schema import IDEMPOTENCY_KEY, problems
from apps.customers.models import Customer
from apps.customers.selectors import customer_of
from apps.products import services
from apps.products.api import promotion_examples as examples
from apps.products.api import promotion_serializers as serializers
from apps.products.campaigns import PromotionKind, VoucherStatus
from apps.products.models import Promotion, Voucher
from apps.products.selectors.promotions import left_for, open_to
from apps.products.selectors.voucher_fits import fits_for
from apps.rbac.enums import UserKind

NOT_FOUND = problems(_404="There is none with this id, or it is not yours to see.")


class PromotionFilter(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=PromotionKind, label="Kind")

    class Meta:
        model = Promotion
        fields = ("kind",)


class VoucherFilter(filters.FilterSet):
    status = filters.ChoiceFilter(choices=VoucherStatus, label="Status")

    class Meta:
        model = Voucher
        fields = ("status",)


@extend_schema_view(
    list=extend_schema(
        summary="Promotions that run now",
        description="Those that the caller's company may use; the first to end comes first. "
        "`ends_at` is the second from which the price is gone, by the clock of `now`.",
        examples=[examples.PROMOTION],
    ),
    retrieve=extend_schema(
        summary="A promotion that runs now",
        examples=[examples.PROMOTION],
        responses={200: serializers.PromotionOut, **NOT_FOUND},
    ),
)
class PromotionViewSet(ScopedReadOnlyViewSet):
    """What costs less for a time, and how much of it is left."""

    queryset = Promotion.objects.select_related("campaign").with_targets().order_by("-pk")
    serializer_class = serializers.PromotionOut
    filterset_class = PromotionFilter

    def get_queryset(self) -> QuerySet:
        now = timezone.now()
        rows = super().get_queryset().live().at(now)
        return open_to(rows, customer=_buyer(self.request), at=now)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = self.filter_queryset(self.get_queryset()).order_by("valid_until", "pk")
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response(self._told(page, many=True))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self._told([self.get_object()], many=False))

    def _told(self, rows: Sequence[Promotion], *, many: bool) -> Any:
        now = timezone.now()
        left = left_for(promotions=rows, customer=_buyer(self.request), at=now)
        context = {**self.get_serializer_context(), "now": now, "left": left}
        shown = serializers.PromotionOut(rows if many else rows[0], many=many, context=context)
        return shown.data


@extend_schema_view(
    list=extend_schema(summary="My vouchers", examples=[examples.VOUCHER]),
    retrieve=extend_schema(
        summary="A voucher",
        examples=[examples.VOUCHER],
        responses={200: serializers.VoucherOut, **NOT_FOUND},
    ),
)
class VoucherViewSet(ScopedReadOnlyViewSet):
    """Vouchers of the caller's company."""

    queryset = Voucher.objects.with_batch().order_by("valid_until", "pk")
    serializer_class = serializers.VoucherOut
    filterset_class = VoucherFilter
    idempotency_required = {"redeem"}

    @extend_schema(
        summary="Claim a voucher by its code",
        request=serializers.CodeIn,
        parameters=[IDEMPOTENCY_KEY],
        responses={
            201: serializers.VoucherOut,
            **problems(
                _400="The code stands for no voucher that you can have.",
                _403="You may not claim vouchers.",
                _409="All are gone, or you have as many as one customer can have.",
                _422="The Idempotency-Key was used for another request.",
            ),
        },
        examples=[examples.CODE, examples.VOUCHER],
    )
    @action(detail=False, methods=["post"])
    def redeem(self, request: Request) -> Response:
        body = self.payload(serializers.CodeIn)
        voucher = services.redeem_code(
            code=body["code"],
            customer=customer_of(request.user),
            actor=request.user,
            now=timezone.now(),
        )
        return self.reply(Voucher.objects.with_batch().get(pk=voucher.pk), status=201)

    @extend_schema(
        summary="Which of my vouchers can be used for a basket",
        description="All that are not used, the most useful first; `best` is the choice that "
        "saves most. Nothing is written.",
        request=serializers.BasketIn,
        responses={
            200: serializers.FitsOut,
            **problems(
                _400="The lines make no sense, or a SKU is not on sale.",
                _404="There is no such customer, or it is not yours.",
                _409="A SKU has no price at the moment.",
            ),
        },
        examples=[examples.BASKET, examples.FITS],
    )
    @action(detail=False, methods=["post"])
    def usable(self, request: Request) -> Response:
        wanted = self.payload(serializers.BasketIn)
        fits = fits_for(
            customer=wanted.get("customer") or customer_of(request.user),
            lines=[
                services.QuoteLineIn(line["sku"], line["quantity"], line["periods"])
                for line in wanted["lines"]
            ],
            at=timezone.now(),
            order_type=wanted["order_type"],
        )
        return Response(serializers.FitsOut(fits, context=self.get_serializer_context()).data)


def _buyer(request: Request) -> Customer | None:
    """Whose share of a promotion is meant; staff see what is left in all."""
    return customer_of(request.user) if request.user.kind == UserKind.PORTAL else None
