from django.db.models import QuerySet
from django_filters import rest_framework as filters

from apps.notifications.models import Message


class MessageFilter(filters.FilterSet):
    unread = filters.BooleanFilter(method="filter_unread", label="Unread, or read")
    kind = filters.CharFilter("kind", label="Kind of message")

    class Meta:
        model = Message
        fields = ("kind",)

    def filter_unread(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return queryset.filter(read_at__isnull=value)
