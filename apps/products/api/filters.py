from django.db.models import Exists, OuterRef, Q, QuerySet
from django_filters import rest_framework as filters

from apps.products.enums import BillingMode, Region
from apps.products.models import Product, Sku


class ProductFilter(filters.FilterSet):
    category = filters.CharFilter("category__slug", label="Slug of the category")
    vendor = filters.CharFilter("vendor__code", label="Code of the vendor")
    region = filters.ChoiceFilter(choices=Region, method="by_sku", label="Region of a SKU")
    billing_mode = filters.ChoiceFilter(
        choices=BillingMode, method="by_sku", label="Billing mode of a SKU"
    )
    search = filters.CharFilter(
        method="by_text", label="Part of a name, summary or code, of the product or a SKU"
    )

    class Meta:
        model = Product
        fields = ()

    def by_sku(self, products: QuerySet, name: str, value: str) -> QuerySet:
        return products.filter(_has_sku(Q(**{name: value})))

    def by_text(self, products: QuerySet, name: str, value: str) -> QuerySet:
        """Every word must be found somewhere; Chinese words need no blanks around them."""
        for word in value.split():
            of_sku = _has_sku(Q(code__icontains=word) | Q(name__icontains=word))
            of_product = (
                Q(name__icontains=word)
                | Q(code__icontains=word)
                | Q(summary__icontains=word)
                | Q(vendor__name__icontains=word)
                | Q(category__name__icontains=word)
            )
            products = products.filter(of_product | of_sku)
        return products


def _has_sku(condition: Q) -> Q:
    return Q(Exists(Sku.objects.filter(condition, product=OuterRef("pk"), is_active=True)))
