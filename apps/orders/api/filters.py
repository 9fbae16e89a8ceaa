from django.db.models import Exists, OuterRef, Q
from django_filters import rest_framework as filters

from apps.orders.enums import OrderStatus
from apps.orders.models import Order, OrderLine
from apps.orders.models.orders import OrderQuerySet


class OrderFilter(filters.FilterSet):
    status = filters.MultipleChoiceFilter(choices=OrderStatus.choices)
    search = filters.CharFilter(method="having", label="Number, or name of what was bought")

    class Meta:
        model = Order
        fields = ("status", "search")

    def having(self, orders: OrderQuerySet, name: str, value: str) -> OrderQuerySet:
        bought = OrderLine.objects.filter(order=OuterRef("pk"), name__icontains=value)
        return orders.filter(Q(number__istartswith=value) | Exists(bought))
