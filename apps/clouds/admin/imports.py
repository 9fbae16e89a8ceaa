"""Vendors' bills in the admin: upload, progress and result of an import."""

from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import (
    HttpRequest,
    HttpResponse,
)
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from apps.clouds import bill_reports
from apps.clouds.admin.fields import MonthField
from apps.clouds.importing.reasons import doubt
from apps.clouds.importing.refusals import sentence
from apps.clouds.importing.states import BillImportPerm, ImportScope, ImportStatus
from apps.clouds.models import BillImport, BillPeriod
from apps.clouds.selectors import bills as selectors
from apps.clouds.services import imports, mapping
from apps.core.importadmin import ImportAdmin, UploadForm
from apps.core.modeladmin import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    RED,
    status_column,
)
from apps.core.retry import retry_txn

LARGEST_UPLOAD = 512 * 1024 * 1024
MOST_RESOURCES = 50
SUMS = ((_("File"), "file"), (_("By product"), "stored"), (_("By resource"), "over_resources"))
STATUS_COLORS = {
    ImportStatus.WAITING: GREY,
    ImportStatus.RUNNING: BLUE,
    ImportStatus.DONE: GREEN,
    ImportStatus.BLOCKED: AMBER,
    ImportStatus.FAILED: RED,
}


class BillImportForm(UploadForm):
    upload = forms.FileField(
        label=_("file"),
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("CSV, plain or gzip, at most 512 MB; larger files by manage.py import_bill."),
    )
    month = MonthField(
        label=_("month"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "2026-10"}),
        help_text=_("Rows of other months are bad rows. Empty: whatever months the file has."),
    )
    currency = forms.RegexField(
        "^[A-Z]{3}$",
        label=_("foreign currency"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "USD"}),
    )
    rate = forms.DecimalField(
        label=_("exchange rate"),
        required=False,
        max_digits=21,
        decimal_places=12,
        min_value=Decimal("0.000000000001"),
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "7.0651"}),
        help_text=_("Yuan for one unit. Without a rate lines are stored but nobody is billed."),
    )
    rate_source = forms.CharField(
        label=_("source of the rate"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "PBC 2026-10-31"}),
    )

    class Meta:
        model = BillImport
        fields = ("format", "account", "scope", "may_withdraw")

    def clean_upload(self) -> Any:
        upload = self.cleaned_data["upload"]
        if upload.size > LARGEST_UPLOAD:
            raise forms.ValidationError(_("The file is larger than 512 MB."))
        return upload

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        given = [bool(data.get(name)) for name in ("currency", "rate", "rate_source")]
        if any(given) and not (all(given) and data.get("month")):
            self.add_error("rate", _("A rate needs its month, currency and source."))
        return data


@admin.register(BillImport)
class BillImportAdmin(ImportAdmin):
    form = BillImportForm
    change_form_outer_before_template = "admin/clouds/bill_import.html"
    list_display = (
        "file_name",
        "account",
        "month_tag",
        "status_tag",
        "progress_tag",
        "rows_good",
        "bad_tag",
        "lines_written",
        "lines_withdrawn",
        "created_by",
        "created_at",
    )
    list_select_related = ("account", "created_by")
    list_filter = ("status", "format", "account", "created_at")
    search_fields = ("file_name__icontains",)
    fieldsets = (
        (None, {"fields": ("format", "account", "upload", "month", "scope", "may_withdraw")}),
        (_("Exchange rate"), {"fields": ("currency", "rate", "rate_source")}),
    )
    shown = (
        (
            None,
            {"fields": ("file_name", "account", "format", "version", "month_tag", "scope")},
        ),
        (
            pgettext_lazy("clouds", "Run"),
            {"fields": ("status", "created_by", "created_at", "started_at", "finished_at")},
        ),
    )
    status_tag = status_column("status", STATUS_COLORS)

    def get_fieldsets(self, request: HttpRequest, obj: BillImport | None = None) -> Any:
        return self.fieldsets if obj is None else self.shown

    def get_readonly_fields(self, request: HttpRequest, obj: BillImport | None = None) -> Any:
        names = [name for _title, part in self.shown for name in part["fields"]]
        return () if obj is None else names

    def is_running(self, job: BillImport) -> bool:
        return job.status in imports.OPEN

    def get_urls(self) -> list[URLPattern]:
        return [self.act("retry", self.retry_view), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: BillImport, form: Any, change: bool) -> None:
        data = form.cleaned_data
        account = data["account"]
        tenant = account.tenant if account else request.user.tenant
        now = timezone.now()
        if data["rate"]:
            mapping.enter_exchange_rate(
                tenant=tenant,
                currency=data["currency"],
                month=data["month"],
                rate=data["rate"],
                source=data["rate_source"],
                actor=request.user,
                now=now,
            )
        started = imports.start_import(
            tenant=tenant,
            content=data["upload"],
            file_name=data["upload"].name,
            actor=request.user,
            now=now,
            account=account,
            month=data["month"],
            scope=ImportScope(data["scope"]),
            may_withdraw=data["may_withdraw"],
        )
        if started.status == ImportStatus.DONE:
            messages.info(request, _("This file has been imported already."))
        obj.pk = started.pk
        obj.refresh_from_db()

    def error_file(self, job: BillImport, request: HttpRequest) -> Iterable[bytes]:
        return bill_reports.error_file(job)

    def retry_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = self.visible(request, pk)
        if request.method != "POST":
            return self.page_of(pk)
        decide = partial(
            retry_txn(imports.retry_import),
            bill_import=job,
            actor=request.user,
            now=timezone.now(),
            may_withdraw="may_withdraw" in request.POST,
        )
        return self.decided(request, pk, decide)

    @display(description=_("month"))
    def month_tag(self, job: BillImport) -> str:
        return f"{job.month:%Y-%m}" if job.month else "—"

    @display(description=_("progress"))
    def progress_tag(self, job: BillImport) -> str:
        return f"{job.progress} %"

    def report_of(self, job: BillImport, request: HttpRequest) -> dict[str, Any]:
        periods = job.totals.get("periods", [])
        return {
            "job": job,
            "problem": sentence(job.problem),
            "is_running": self.is_running(job),
            "may_retry": job.status in (ImportStatus.FAILED, ImportStatus.BLOCKED)
            and request.user.has_perm(BillImportPerm.RETRY),
            "is_too_much": job.problem.get("code") == "clouds.too_much_is_missing",
            "periods": BillPeriod.objects.filter(pk__in=periods),
            "sums": _table(
                [(title, job.totals[name]) for title, name in SUMS if name in job.totals]
            ),
            "services": _table([(one["name"], one) for one in job.totals.get("by_service", [])]),
            "resources": _table(_resources(periods)),
            "doubts": [
                {
                    **found,
                    "text": doubt(found["code"]),
                    "lines": ", ".join(map(str, found["lines"])),
                }
                for found in job.doubts
            ],
            "parked": selectors.parked_accounts().filter(tenant=job.tenant).count(),
        }


def _sums(job: BillImport) -> list[tuple[Any, dict[str, Any]]]:
    return [(title, job.totals[name]) for title, name in SUMS if name in job.totals]


def _doubt(found: dict[str, Any]) -> dict[str, Any]:
    lines = ", ".join(map(str, found["lines"]))
    return {**found, "text": doubt(found["code"]), "lines": lines}


def _resources(period_ids: list[int]) -> list[tuple[Any, dict[str, Any]]]:
    largest = selectors.totals_by_resource(period_ids=period_ids, limit=MOST_RESOURCES)
    return [
        (
            name or "—",
            {
                "lines": sums.lines,
                "list_cost": f"{sums.list_cost:f}",
                "billed_cost": f"{sums.billed_cost:f}",
            },
        )
        for name, sums in largest
    ]


def _table(rows: list[tuple[Any, dict[str, Any]]]) -> dict[str, Any]:
    return {
        "headers": [_("name"), _("lines"), _("list cost"), _("billed cost")],
        "rows": [[name, one["lines"], one["list_cost"], one["billed_cost"]] for name, one in rows],
    }
