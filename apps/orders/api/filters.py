from django_filters import rest_framework as filters

from apps.orders.enums import OrderStatus
from apps.orders.models import Order


class OrderFilter(filters.FilterSet):
    status = filters.MultipleChoiceFilter(choices=OrderStatus.choices)
    search = filters.CharFilter(field_name="number", lookup_expr="istartswith")

    class Meta:
        model = Order
        fields = ("status", "search")
