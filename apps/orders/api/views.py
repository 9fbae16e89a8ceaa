from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.drf import ScopedReadOnlyViewSet
from apps.core.schema import IDEMPOTENCY_KEY, problems
from apps.orders import services
from apps.orders.api import serializers
from apps.orders.api.filters import OrderFilter
from apps.orders.models import Order

ORDER = OpenApiExample(
    "A paid order",
    value={
        "id": 12,
        "number": "ORD20261122000012",
        "summary": "云服务器 2 核 4 GiB × 1，1 个月",
        "status": "provisioning",
        "status_label": "开通中",
        "total": "850.00",
        "list_total": "1000.00",
        "created_at": "2026-11-22T14:05:00+08:00",
        "paid_at": "2026-11-22T14:05:30+08:00",
        "completed_at": None,
        "quote": 34,
        "lines": [
            {
                "position": 1,
                "sku": 5,
                "name": "云服务器 2 核 4 GiB",
                "quantity": 1,
                "periods": 1,
                "list_amount": "1000.00",
                "amount": "850.00",
                "resources": [],
            }
        ],
        "steps": [
            {
                "name": "placed",
                "label": "已下单",
                "status": "done",
                "at": "2026-11-22T14:05:00+08:00",
            }
        ],
        "timeline": [],
        "expected_seconds": 60,
        "next_step": "云厂商正在开通您的资源。",
    },
    response_only=True,
    status_codes=["200", "201"],
)
REFUSALS = problems(
    _400="The body or the Idempotency-Key is malformed or missing.",
    _403="You may not do this.",
    _404="There is no such order or quote, or it is not yours.",
    _409="The state forbids it: expired quote, unverified customer, no stock, too little money.",
    _422="The Idempotency-Key was used for another request.",
)


@extend_schema_view(
    list=extend_schema(summary="Orders, newest first", responses=serializers.OrderOut(many=True)),
    retrieve=extend_schema(
        summary="An order with lines, milestones and time line", examples=[ORDER]
    ),
)
class OrderViewSet(ScopedReadOnlyViewSet):
    """Orders: placed from a quote, paid from the wallet, delivered by the cloud."""

    queryset = Order.objects.prefetch_related("lines").order_by("-pk")
    serializer_class = serializers.OrderDetailOut
    filterset_class = OrderFilter
    idempotency_required = {"create", "pay", "cancel"}

    def get_serializer_class(self) -> type[serializers.OrderOut]:
        return serializers.OrderOut if self.action == "list" else serializers.OrderDetailOut

    @extend_schema(
        summary="Place an order from a quote",
        request=serializers.OrderIn,
        parameters=[IDEMPOTENCY_KEY],
        responses={201: serializers.OrderDetailOut, **REFUSALS},
        examples=[ORDER],
    )
    def create(self, request: Request) -> Response:
        body = self.payload(serializers.OrderIn)
        order = services.place_order(quote=body["quote"], actor=request.user, now=timezone.now())
        return self.reply(order, status=201)

    @extend_schema(
        summary="Pay an order from the wallet",
        request=None,
        parameters=[IDEMPOTENCY_KEY],
        responses={200: serializers.OrderDetailOut, **REFUSALS},
        examples=[ORDER],
    )
    @action(detail=True, methods=["post"])
    def pay(self, request: Request, pk: str) -> Response:
        order = services.pay_order(order=self.get_object(), actor=request.user, now=timezone.now())
        return self.reply(order)

    @extend_schema(
        summary="Cancel an unpaid order",
        request=serializers.CancelIn,
        parameters=[IDEMPOTENCY_KEY],
        responses={200: serializers.OrderDetailOut, **REFUSALS},
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        body = self.payload(serializers.CancelIn)
        order = services.cancel_order(
            order=self.get_object(), actor=request.user, now=timezone.now(), reason=body["reason"]
        )
        return self.reply(order)
