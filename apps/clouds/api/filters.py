from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters

from apps.clouds.enums import ResourceStatus
from apps.clouds.models import Resource


class ResourceFilter(filters.FilterSet):
    status = filters.MultipleChoiceFilter(
        choices=ResourceStatus, label="State; may be given more than once"
    )
    vendor = filters.CharFilter("account__vendor__code", label="Code of the vendor")
    region = filters.CharFilter(label="Code of the region")
    expires_before = filters.IsoDateTimeFilter(
        "expires_at", "lt", label="Only those whose paid time ends before this moment"
    )
    search = filters.CharFilter(
        method="by_text", label="Part of the name, or the beginning of the cloud's id or address"
    )

    class Meta:
        model = Resource
        fields = ()

    def by_text(self, resources: QuerySet, name: str, value: str) -> QuerySet:
        return resources.filter(
            Q(name__icontains=value)
            | Q(vendor_id__istartswith=value)
            | Q(public_ip__startswith=value)
        )
