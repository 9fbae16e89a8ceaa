from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.drf import ScopedReadOnlyViewSet, ScopedViewSet
from apps.core.schema import problems
from apps.customers.selectors import customer_of
from apps.products import selectors, services
from apps.products.api import examples, serializers
from apps.products.api.filters import ProductFilter
from apps.products.enums import ProductPerm
from apps.products.models import Category, Product, Quote, Vendor

NOT_FOUND = problems(_404="There is none with this id, or it is not yours to see.")
BAD_FILTER = problems(_400="A filter has a value that it does not know.")
LONGEST_QUESTION = 100
REFUSALS = problems(
    _400="The lines make no sense, or a SKU is not on sale.",
    _403="You may not make quotes.",
    _404="There is no such customer, or it is not yours.",
    _409="A SKU has no price at the moment.",
    _422="The Idempotency-Key was used for another request.",
)


@extend_schema_view(list=extend_schema(summary="Product categories"))
class CategoryViewSet(mixins.ListModelMixin, ScopedViewSet):
    """The departments of the shelf, in order."""

    queryset = Category.objects.order_by("position", "pk")
    serializer_class = serializers.CategoryOut


@extend_schema_view(
    list=extend_schema(
        summary="Vendors",
        description="The clouds that are sold here: the values of every filter `vendor`.",
    )
)
class VendorViewSet(mixins.ListModelMixin, ScopedViewSet):
    """The clouds on offer."""

    queryset = Vendor.objects.filter(is_active=True).order_by("name", "pk")
    serializer_class = serializers.VendorOut


@extend_schema_view(
    list=extend_schema(
        summary="Products",
        description="Portal users see what is on sale. `price_from` is the lowest list price. "
        "Several values of a filter, with commas between them, mean any of them.",
        examples=[examples.PRODUCT_EXAMPLE],
    ),
    retrieve=extend_schema(
        summary="A product with its SKUs and list prices",
        examples=[examples.PRODUCT_DETAIL_EXAMPLE],
        responses={200: serializers.ProductDetailOut, **NOT_FOUND},
    ),
)
class ProductViewSet(ScopedReadOnlyViewSet):
    """The catalogue."""

    queryset = Product.objects.order_by("category__position", "position", "pk")
    filterset_class = ProductFilter

    def get_queryset(self) -> QuerySet:
        products = super().get_queryset()
        if self.action != "retrieve":
            return products
        now = timezone.now()
        products = products.select_related("vendor", "category", "tax_class")
        products = products.with_price_from(now).with_skus(now).with_tax_rate(now)
        return selectors.with_add_ons(products, user=self.request.user, at=now)

    def paginate_queryset(self, queryset: QuerySet) -> list[Product]:
        """The page by its keys first: prices are asked for these rows, not for all that fit."""
        chosen = [row.pk for row in super().paginate_queryset(queryset.only("pk"))]
        products = Product.objects.filter(pk__in=chosen).select_related("vendor", "category")
        rows = {row.pk: row for row in products.with_price_from(timezone.now()).with_modes()}
        return [rows[pk] for pk in chosen]

    def get_serializer_class(self) -> Any:
        return serializers.ProductDetailOut if self.action == "retrieve" else serializers.ProductOut

    @extend_schema(
        summary="Counts of products by facet",
        description="Takes the filters of the list. Within a facet the counts are what choosing "
        "another of its values would find; values without a product are left out.",
        filters=True,
        responses={200: serializers.FacetsOut, **BAD_FILTER},
        examples=[examples.FACETS_EXAMPLE],
    )
    @action(detail=False, pagination_class=None)
    def facets(self, request: Request) -> Response:
        asked = ProductFilter(request.query_params, queryset=Product.objects.none())
        if not asked.is_valid():
            raise ValidationError(asked.errors)
        found = selectors.facets(user=request.user, filters=asked.wanted())
        return Response(serializers.FacetsOut(found).data)

    @extend_schema(
        summary="Products for what has been typed so far",
        parameters=[OpenApiParameter("search", str, description="The beginning of a search")],
        responses={200: serializers.SuggestionOut(many=True)},
        filters=False,
        examples=[examples.SUGGESTIONS_EXAMPLE],
    )
    @action(detail=False, pagination_class=None, filterset_class=None)
    def suggestions(self, request: Request) -> Response:
        question = request.query_params.get("search", "")[:LONGEST_QUESTION]
        found = selectors.suggestions(user=request.user, question=question)
        return Response(serializers.SuggestionOut(found, many=True).data)


@extend_schema_view(
    retrieve=extend_schema(
        summary="A quote with its explanation",
        examples=[examples.QUOTE_EXAMPLE],
        responses={200: serializers.QuoteOut, **NOT_FOUND},
    )
)
class QuoteViewSet(mixins.RetrieveModelMixin, ScopedViewSet):
    """Prices, promised for half an hour, with everything that led to them."""

    queryset = Quote.objects.order_by("-pk")
    serializer_class = serializers.QuoteOut

    @extend_schema(
        summary="Make a quote",
        request=serializers.QuoteWithTermsIn,
        responses={201: serializers.QuoteOut, **REFUSALS},
        examples=[
            examples.QUOTE_IN_EXAMPLE,
            examples.QUOTE_EXAMPLE,
            examples.UNKNOWN_SKU_EXAMPLE,
            examples.NO_PRICE_EXAMPLE,
        ],
    )
    def create(self, request: Request) -> Response:
        return self.reply(services.create_quote(**self._basket(request)), status=201)

    @extend_schema(
        summary="Look at a price without making a quote",
        request=serializers.QuoteWithTermsIn,
        responses={200: serializers.PriceOut, **REFUSALS},
        examples=[
            examples.QUOTE_IN_EXAMPLE,
            examples.PRICE_EXAMPLE,
            examples.UNKNOWN_SKU_EXAMPLE,
            examples.NO_PRICE_EXAMPLE,
        ],
    )
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        priced = services.preview_quote(**self._basket(request))
        explained = selectors.explain_priced(priced, with_margin=self._sees_cost())
        return Response(serializers.PriceOut(explained).data)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "with_margin": self._sees_cost()}

    def _sees_cost(self) -> bool:
        user = self.request.user
        return user.is_authenticated and user.is_staff and user.has_perm(ProductPerm.VIEW_COST)

    @extend_schema(
        summary="Make the same quote at the prices of now",
        description="For a quote that has expired or is outdated: same lines, same vouchers.",
        request=None,
        responses={201: serializers.QuoteOut, **REFUSALS},
        examples=[examples.QUOTE_EXAMPLE, examples.NO_PRICE_EXAMPLE],
    )
    @action(detail=True, methods=["post"])
    def renew(self, request: Request, pk: str) -> Response:
        quote = services.renew_quote(
            quote=self.get_object(), actor=request.user, now=timezone.now()
        )
        return self.reply(quote, status=201)

    def _basket(self, request: Request) -> dict[str, Any]:
        wanted = self.payload(serializers.QuoteWithTermsIn)
        return {
            "customer": wanted.get("customer") or customer_of(request.user),
            "lines": [
                services.QuoteLineIn(line["sku"], line["quantity"], line["periods"])
                for line in wanted["lines"]
            ],
            "voucher_ids": wanted["voucher_ids"],
            "project": wanted["project"],
            "actor": request.user,
            "now": timezone.now(),
        }
