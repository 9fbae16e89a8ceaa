from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.approvals.requestadmin import RequestsApproval
from apps.clouds import services
from apps.clouds.admin.requests import RELEASE
from apps.clouds.enums import ResourcePerm, ResourceStatus
from apps.clouds.models import Resource
from apps.core.modeladmin import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    RED,
    KnownValuesFilter,
    ReadOnlyAdmin,
    service_action,
    status_column,
)
from apps.products.models import CloudRegion

STATUS_COLORS = {
    ResourceStatus.PENDING: BLUE,
    ResourceStatus.RUNNING: GREEN,
    ResourceStatus.STOPPED: AMBER,
    ResourceStatus.EXPIRED: RED,
    ResourceStatus.RELEASED: GREY,
    ResourceStatus.FAILED: RED,
}


class ExpiryFilter(admin.SimpleListFilter):
    title = _("expiry")
    parameter_name = "expiry"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("7", _("Within 7 days")),
            ("30", _("Within 30 days")),
            ("over", _("Over")),
            ("none", _("Pay by use")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        now = timezone.now()
        conditions: dict[str, dict[str, Any]] = {
            "7": {"expires_at__range": (now, now + timedelta(days=7))},
            "30": {"expires_at__range": (now, now + timedelta(days=30))},
            "over": {"expires_at__lt": now},
            "none": {"expires_at__isnull": True},
        }
        return queryset.filter(**conditions.get(self.value() or "", {}))


class RegionFilter(KnownValuesFilter):
    def values(self) -> list[str]:
        return list(CloudRegion.objects.names())


class DriftFilter(admin.SimpleListFilter):
    """The queue: what its cloud does not know waits for a person."""

    title = _("drift")
    parameter_name = "drift"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("missing", _("Missing at the cloud"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.drifting() if self.value() == "missing" else queryset


@admin.register(Resource)
class ResourceAdmin(RequestsApproval, ReadOnlyAdmin):
    requests = (RELEASE,)
    list_display = (
        "name",
        "customer",
        "vendor",
        "region",
        "status_tag",
        "missing_tag",
        "vendor_id",
        "public_ip",
        "expires_at",
        "created_at",
    )
    list_select_related = ("customer", "account__vendor")
    list_filter = (
        "status",
        "account__vendor",
        ("region", RegionFilter),
        "billing_mode",
        ExpiryFilter,
        DriftFilter,
    )
    search_fields = (
        "vendor_id__istartswith",
        "name__icontains",
        "customer__name__icontains",
        "customer__number__istartswith",
        "public_ip__startswith",
    )
    search_help_text = _("Cloud's id, name, customer or IP address")
    date_hierarchy = None
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "status_tag",
                    "customer",
                    "vendor",
                    "vendor_id",
                    "problem",
                )
            },
        ),
        (
            _("Configuration"),
            {"fields": ("sku", "region", "specification", "public_ip", "private_ip", "account")},
        ),
        (
            _("Term"),
            {
                "fields": (
                    "billing_mode",
                    "periods",
                    "created_at",
                    "activated_at",
                    "expires_at",
                    "released_at",
                    "synced_at",
                    "missing_since",
                    "token",
                )
            },
        ),
    )
    actions = (
        service_action(
            _("Ask the cloud for the state"),
            services.request_sync,
            arg="resource",
            permission=ResourcePerm.SYNC,
        ),
        service_action(
            _("Confirm that it is released"),
            services.confirm_released,
            arg="resource",
            permission=ResourcePerm.CONFIRM_RELEASE,
        ),
    )
    status_tag = status_column("status", STATUS_COLORS)

    @display(description=_("drift"), ordering="missing_since", label={True: RED, False: GREY})
    def missing_tag(self, resource: Resource) -> tuple[bool, Any]:
        is_missing = resource.missing_since is not None and resource.released_at is None
        return is_missing, _("Missing at the cloud") if is_missing else "—"

    @admin.display(description=_("vendor"), ordering="account__vendor__name")
    def vendor(self, resource: Resource) -> str:
        return resource.account.vendor.name
