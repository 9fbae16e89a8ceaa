from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.dateparse import parse_date
from django_filters import rest_framework as filters
from rest_framework.exceptions import ValidationError

from apps.billing.enums import BillStatus, EntryKind, RechargeStatus
from apps.billing.models import Bill, BillItem, Entry, Recharge

SHANGHAI = ZoneInfo("Asia/Shanghai")


class DayFilters(filters.FilterSet):
    """`from` and `to` are days in Shanghai, both included; "from" is no name for an attribute."""

    moment = ""

    def filter_from(self, queryset: QuerySet, name: str, value: date) -> QuerySet:
        return queryset.filter(**{f"{self.moment}__gte": _midnight(value)})

    def filter_to(self, queryset: QuerySet, name: str, value: date) -> QuerySet:
        return queryset.filter(**{f"{self.moment}__lt": _midnight(value + timedelta(days=1))})

    @classmethod
    def get_filters(cls) -> dict[str, filters.Filter]:
        days = {
            "from": filters.DateFilter(method="filter_from", label="First day"),
            "to": filters.DateFilter(method="filter_to", label="Last day"),
        }
        return super().get_filters() | (days if cls.moment else {})


class EntryFilter(DayFilters):
    moment = "posted_at"
    kind = filters.MultipleChoiceFilter(choices=EntryKind)
    customer = filters.NumberFilter("customer", label="Customer id (staff)")

    class Meta:
        model = Entry
        fields = ("kind", "customer")


class RechargeFilter(DayFilters):
    moment = "created_at"
    status = filters.MultipleChoiceFilter(choices=RechargeStatus)
    search = filters.CharFilter("number", lookup_expr="istartswith", label="Begin of the number")

    class Meta:
        model = Recharge
        fields = ("status", "search")


class BillFilter(filters.FilterSet):
    month = filters.CharFilter(method="by_month", label="Month, like 2026-10")
    status = filters.MultipleChoiceFilter(choices=BillStatus)

    class Meta:
        model = Bill
        fields = ("month", "status")

    def by_month(self, bills: QuerySet, name: str, value: str) -> QuerySet:
        try:
            month = parse_date(f"{value}-01")
        except ValueError:
            month = None
        if month is None:
            raise ValidationError({name: "2026-10"})
        return bills.filter(month=month)


class BillItemFilter(filters.FilterSet):
    product = filters.CharFilter("product_code", label="Product code")
    resource = filters.CharFilter("resource_id", lookup_expr="startswith", label="Begin of the id")
    region = filters.CharFilter("region")

    class Meta:
        model = BillItem
        fields = ("product", "resource", "region")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=SHANGHAI)
