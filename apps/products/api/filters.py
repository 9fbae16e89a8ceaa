from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from apps.products.enums import BillingMode
from apps.products.models import Product
from apps.products.selectors import Filters, find
from apps.products.selectors.carts import kept_by
from apps.products.selectors.search import OF_OFFER, OF_PRODUCT, ORDERINGS


class AnyOf(filters.BaseInFilter, filters.CharFilter):
    """`?vendor=aliyun,baidu`: either."""


class AnyChoiceOf(filters.BaseInFilter, filters.ChoiceFilter):
    """`?region=cn-beijing,cn-shanghai`: either."""


class ProductFilter(filters.FilterSet):
    """Region, billing mode, kind of computing, GPU and price: one and the same SKU has them."""

    search = filters.CharFilter(
        label="Words of a name, summary, code or specification, of the product or a SKU; all of "
        "them. Chinese words need no blanks"
    )
    category = AnyOf(label="Slugs of categories: any of them")
    vendor = AnyOf(label="Codes of vendors: any of them")
    region = AnyOf(label="Codes of regions of a SKU: any of them")
    billing_mode = AnyChoiceOf(
        choices=BillingMode.choices, label="Billing modes of a SKU: any of them"
    )
    compute_kind = AnyOf(label="Kinds of computing of a SKU: any of them")
    gpu_model = AnyOf(label="GPU models of a SKU: any of them")
    price_min = filters.NumberFilter(min_value=0, label="Lowest list price, included")
    price_max = filters.NumberFilter(min_value=0, label="Highest list price, not included")
    favorite = filters.BooleanFilter(label="Only what the caller has kept")
    ordering = filters.ChoiceFilter(
        choices=[(name, name) for name in ORDERINGS],
        label="Cheapest, dearest, by name or newest first; else as on the shelf",
    )

    class Meta:
        model = Product
        fields = ()

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        if self.form.cleaned_data["favorite"]:
            queryset = kept_by(self.request.user, queryset)
        return find(queryset, self.wanted(), ordering=self.form.cleaned_data["ordering"] or "")

    def wanted(self) -> Filters:
        """What a valid query asks for."""
        given: dict[str, Any] = self.form.cleaned_data
        return Filters(
            search=given["search"] or "",
            chosen={name: frozenset(given[name] or ()) for name in (*OF_PRODUCT, *OF_OFFER)},
            price_min=given["price_min"],
            price_max=given["price_max"],
        )
