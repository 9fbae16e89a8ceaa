"""Vendors' bills in the admin: their lines and their months."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from apps.approvals.requestadmin import RequestsApproval
from apps.clouds.admin.requests import SETTLEMENT
from apps.clouds.importing.states import BillImportPerm, ImportStatus
from apps.clouds.models import BillPeriod, VendorBillLine
from apps.clouds.services import mapping
from apps.core.modeladmin import AMBER, BLUE, GREEN, RED, ReadOnlyAdmin, service_action


class WrittenOnceAdmin(ReadOnlyAdmin):
    """Rows that are their own history: no history table stands behind the page."""

    object_history_template = "admin/object_history.html"

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        self._visible_or_404(request, object_id)
        return ModelAdmin.history_view(self, request, object_id, extra_context)


@admin.register(VendorBillLine)
class VendorBillLineAdmin(WrittenOnceAdmin):
    list_display = (
        "service_name",
        "resource_id",
        "sub_account",
        "charge_period_start",
        "charge_category",
        "list_cost",
        "billed_cost",
        "is_withdrawal",
    )
    list_select_related = ("sub_account",)
    list_filter = ("is_withdrawal", "charge_category", "period")
    lookups = ("bill_import", "sub_account")
    search_fields = ("resource_id__exact", "service_name__istartswith")
    exclude = ("raw", "identity", "occurrence")
    readonly_fields = ("raw_cells",)

    @display(description=_("the vendor's row"))
    def raw_cells(self, line: VendorBillLine) -> str:
        return "\n".join(f"{name}: {cell}" for name, cell in line.raw_row.items())


@admin.register(BillPeriod)
class BillPeriodAdmin(RequestsApproval, ReadOnlyAdmin):
    requests = (SETTLEMENT,)
    list_display = (
        "month_tag",
        "provider_name",
        "vendor",
        "billing_account_id",
        "currency",
        "lines",
        "list_total",
        "billed_total",
        "state_tag",
    )
    list_select_related = ("vendor", "held_by")
    list_filter = ("is_due", "currency", "vendor")
    search_fields = ("provider_name__istartswith", "billing_account_id__istartswith")
    ordering = ("-month", "provider_name")
    actions = (
        service_action(
            _("Bill the customers again"),
            mapping.ask_for_rating,
            arg="period",
            permission=BillImportPerm.RATE,
        ),
    )

    @display(description=_("month"), ordering="month")
    def month_tag(self, period: BillPeriod) -> str:
        return f"{period.month:%Y-%m}"

    @display(
        description=_("status"),
        label={"held": BLUE, "stuck": RED, "due": AMBER, "billed": GREEN},
    )
    def state_tag(self, period: BillPeriod) -> tuple[str, Any]:
        holder = period.held_by
        if holder is not None and holder.status == ImportStatus.RUNNING:
            return "held", _("Being imported")
        if holder is not None:
            return "stuck", _("Needs a decision")
        return ("due", _("To be billed")) if period.is_due else ("billed", _("Billed"))
