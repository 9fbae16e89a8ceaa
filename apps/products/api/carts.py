"""The cart and the favorites of the person who asks."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import (
    OpenApiExample,
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.drf import ScopedRelatedField, ScopedViewSet, YuanField
from apps.core.schema import IDEMPOTENCY_KEY, problems
from apps.customers.selectors import customer_of
from apps.products import services
from apps.products.api import examples
from apps.products.api.serializers import PriceOut, QuoteOut, VendorOut
from apps.products.enums import CartLineState
from apps.products.models import CartLine, Favorite, Product, Sku
from apps.products.selectors.carts import cart_of, favorites_of
from apps.products.selectors.pricing import MOST_LINES, MOST_PERIODS, MOST_UNITS

ADD = OpenApiExample(
    "One server for a year", value={"sku": 11, "quantity": 1, "periods": 12}, request_only=True
)
CHOOSE = OpenApiExample("Two of the lines", value={"lines": [71, 72]}, request_only=True)
LINE = {
    "id": 71,
    "sku": 11,
    "name": "2 核 8 GiB 北京 包月",
    "product": 1,
    "product_name": "云服务器 g7",
    "vendor": {"code": "aliyun", "name": "阿里云"},
    "specification": {"vcpu": 2, "memory_gib": 8},
    "region_name": "北京",
    "billing_mode": "monthly",
    "quantity": 1,
    "periods": 12,
    "unit_price": "168.00",
    "stock": None,
    "state": "available",
    "advice": "",
    "added_at": "2026-11-22T14:00:00+08:00",
}
CART = OpenApiExample(
    "A cart: one line can be bought, one is no longer on offer",
    value={
        "lines": [
            LINE,
            {
                **LINE,
                "id": 72,
                "sku": 12,
                "unit_price": None,
                "state": "not_offered",
                "advice": "已停止销售。请移除并另选规格。",
            },
        ],
        "price": examples.PRICE,
        "limit": 100,
    },
    response_only=True,
    status_codes=["200"],
)
FAVORITE_IN = OpenApiExample("A product", value={"product": 1}, request_only=True)
FAVORITE = OpenApiExample(
    "A product",
    value={
        "id": 3,
        "product": 1,
        "sku": None,
        "name": "云服务器 g7",
        "created_at": "2026-11-22T14:00:00+08:00",
    },
    response_only=True,
)
REFUSALS = problems(
    _400="The body is malformed, or the SKU is not on offer.",
    _403="You may not buy.",
    _404="There is no such row, or it is not yours.",
    _409="The cart has changed, is full, or a line cannot be bought.",
    _422="The Idempotency-Key was used for another request.",
)


class CartLineIn(serializers.Serializer):
    sku = serializers.IntegerField(min_value=1)
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS, default=1)
    periods = serializers.IntegerField(min_value=1, max_value=MOST_PERIODS, default=1)


class CartLineChangeIn(serializers.Serializer):
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS)
    periods = serializers.IntegerField(min_value=1, max_value=MOST_PERIODS)


class CartChoiceIn(serializers.Serializer):
    lines = serializers.ListField(
        child=serializers.IntegerField(min_value=1), allow_empty=False, max_length=MOST_LINES
    )
    voucher_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        required=False,
        default=list,
        max_length=MOST_LINES,
    )


class CartLineOut(serializers.Serializer):
    """A line as it stands at the moment. `advice` says what to do when it can't be bought."""

    id = serializers.IntegerField(source="line.pk")
    sku = serializers.IntegerField(source="line.sku_id")
    name = serializers.CharField(source="line.sku.name")
    product = serializers.IntegerField(source="line.sku.product_id")
    product_name = serializers.CharField(source="line.sku.product.name")
    vendor = VendorOut(source="line.sku.product.vendor")
    specification = serializers.DictField(source="line.sku.specification")
    region_name = serializers.CharField(source="line.sku.get_region_display")
    billing_mode = serializers.CharField(source="line.sku.billing_mode")
    quantity = serializers.IntegerField(source="line.quantity")
    periods = serializers.IntegerField(source="line.periods")
    unit_price = YuanField(allow_null=True)
    stock = serializers.IntegerField(source="line.sku.stock", allow_null=True)
    state = serializers.ChoiceField(choices=CartLineState)
    advice = serializers.CharField()
    added_at = serializers.DateTimeField(source="line.added_at")


@extend_schema_serializer(many=False)
class CartOut(serializers.Serializer):
    """The cart. `price` is of all lines that can be bought; null when there are none."""

    lines = CartLineOut(many=True)
    price = PriceOut(allow_null=True)
    limit = serializers.IntegerField()


class FavoriteIn(serializers.Serializer):
    product = ScopedRelatedField(queryset=Product.objects.all(), required=False)
    sku = ScopedRelatedField(queryset=Sku.objects.all(), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError({"product": "Exactly one of product and sku."})
        return attrs


class FavoriteOut(serializers.ModelSerializer):
    """`product` is set for a SKU as well: its page is where to go."""

    product = serializers.SerializerMethodField()
    name = serializers.SerializerMethodField()

    class Meta:
        model = Favorite
        fields = ("id", "product", "sku", "name", "created_at")
        read_only_fields = fields

    @extend_schema_field(int)
    def get_product(self, favorite: Favorite) -> int:
        return favorite.product_id or favorite.sku.product_id

    @extend_schema_field(str)
    def get_name(self, favorite: Favorite) -> str:
        return str(favorite.product or f"{favorite.sku.product} {favorite.sku}")


class CartViewSet(ScopedViewSet):
    """Everything in it at once: to look at, to price, to make a quote of."""

    queryset = CartLine.objects.all()
    idempotency_required = {"checkout"}
    pagination_class = None

    @extend_schema(summary="The own cart, priced now", responses={200: CartOut}, examples=[CART])
    def list(self, request: Request) -> Response:
        now, user = timezone.now(), request.user
        customer = customer_of(user)
        items = cart_of(customer=customer, user=user, at=now)
        ids = [item.line.pk for item in items if item.is_available]
        price = (
            ids
            and services.preview_cart(
                customer=customer, line_ids=ids, actor=user, now=now
            ).to_snapshot()
        )
        return Response(CartOut({"lines": items, "price": price or None, "limit": MOST_LINES}).data)

    @extend_schema(
        summary="What the chosen lines cost together",
        request=CartChoiceIn,
        responses={200: PriceOut, **REFUSALS},
        examples=[CHOOSE, examples.PRICE_EXAMPLE],
    )
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        priced = services.preview_cart(**self._choice(request))
        return Response(PriceOut(priced.to_snapshot()).data)

    @extend_schema(
        summary="One quote of the chosen lines",
        description="The lines stay in the cart until the quote is ordered.",
        request=CartChoiceIn,
        parameters=[IDEMPOTENCY_KEY],
        responses={201: QuoteOut, **REFUSALS},
        examples=[CHOOSE, examples.QUOTE_EXAMPLE],
    )
    @action(detail=False, methods=["post"])
    def checkout(self, request: Request) -> Response:
        quote = services.checkout_cart(**self._choice(request))
        return Response(QuoteOut(quote).data, status=status.HTTP_201_CREATED)

    def _choice(self, request: Request) -> dict[str, Any]:
        wanted = self.payload(CartChoiceIn)
        return {
            "customer": customer_of(request.user),
            "line_ids": wanted["lines"],
            "voucher_ids": wanted["voucher_ids"],
            "actor": request.user,
            "now": timezone.now(),
        }


class CartLineViewSet(ScopedViewSet):
    """The lines of the own cart, one by one."""

    queryset = CartLine.objects.select_related("sku__product__vendor", "customer__tenant")
    serializer_class = CartLineOut
    idempotency_required = {"create"}

    @extend_schema(
        summary="Put something into the cart",
        description="What is there of the SKU already is added up.",
        request=CartLineIn,
        parameters=[IDEMPOTENCY_KEY],
        responses={201: CartLineOut, **REFUSALS},
        examples=[ADD, examples.UNKNOWN_SKU_EXAMPLE],
    )
    def create(self, request: Request) -> Response:
        body, customer = self.payload(CartLineIn), customer_of(request.user)
        line = services.add_to_cart(
            customer=customer,
            wanted=services.QuoteLineIn(body["sku"], body["quantity"], body["periods"]),
            actor=request.user,
            now=timezone.now(),
        )
        return Response(self._shown(line, request), status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Take more or less of it, for longer or shorter",
        request=CartLineChangeIn,
        responses={200: CartLineOut, **REFUSALS},
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        line = services.change_cart_line(
            line=self.get_object(), actor=request.user, **self.payload(CartLineChangeIn)
        )
        return Response(self._shown(line, request))

    @extend_schema(summary="Take it out of the cart", responses={204: None, **REFUSALS})
    def destroy(self, request: Request, pk: str) -> Response:
        services.remove_cart_line(line=self.get_object(), actor=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _shown(self, line: CartLine, request: Request) -> dict[str, Any]:
        items = cart_of(customer=line.customer, user=request.user, at=timezone.now())
        return CartLineOut(next(item for item in items if item.line.pk == line.pk)).data


class FavoriteViewSet(ScopedViewSet):
    """What the person wants to find again, of what is on offer."""

    queryset = Favorite.objects.select_related("product", "sku__product")
    serializer_class = FavoriteOut
    idempotency_required = {"create"}

    def get_queryset(self) -> QuerySet:
        return favorites_of(super().get_queryset(), user=self.request.user)

    @extend_schema(summary="Favorites, newest first", examples=[FAVORITE])
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset().order_by("-pk"))
        return self.get_paginated_response(FavoriteOut(page, many=True).data)

    @extend_schema(
        summary="Keep a product or a SKU",
        description="Exactly one of both. A second time changes nothing.",
        request=FavoriteIn,
        parameters=[IDEMPOTENCY_KEY],
        responses={201: FavoriteOut, **REFUSALS},
        examples=[FAVORITE_IN, FAVORITE],
    )
    def create(self, request: Request) -> Response:
        [thing] = self.payload(FavoriteIn).values()
        favorite = services.add_favorite(
            customer=customer_of(request.user), thing=thing, actor=request.user, now=timezone.now()
        )
        return self.reply(favorite, status=status.HTTP_201_CREATED)

    @extend_schema(summary="Forget it", responses={204: None, **REFUSALS})
    def destroy(self, request: Request, pk: str) -> Response:
        services.remove_favorite(favorite=self.get_object(), actor=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
