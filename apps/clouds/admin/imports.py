"""Vendors' bills in the admin: upload, progress and result of an import."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
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
from apps.core.errors import DomainError
from apps.core.modeladmin import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    RED,
    ScopedModelAdmin,
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


class BillImportForm(forms.ModelForm):
    """The upload. The service makes the row."""

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

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.label = capfirst(str(field.label))

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
class BillImportAdmin(ScopedModelAdmin):
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

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: BillImport | None = None) -> Any:
        return self.fieldsets if obj is None else self.shown

    def get_readonly_fields(self, request: HttpRequest, obj: BillImport | None = None) -> Any:
        names = [name for _title, part in self.shown for name in part["fields"]]
        return () if obj is None else names

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("<int:pk>/errors/", guard(self.errors_view), name="clouds_billimport_errors"),
            path(
                "<int:pk>/progress/", guard(self.progress_view), name="clouds_billimport_progress"
            ),
            path("<int:pk>/retry/", guard(self.retry_view), name="clouds_billimport_retry"),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: Any = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        job = self.get_object(request, object_id) if object_id else None
        context = {**(extra_context or {}), "report": report_of(job, request) if job else None}
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except DomainError as error:  # the service said no: nothing was saved
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())

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

    def response_add(
        self, request: HttpRequest, obj: BillImport, post_url_continue: Any = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:clouds_billimport_change", args=[obj.pk]))

    def errors_view(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        job = self._visible(request, pk)
        response = StreamingHttpResponse(
            bill_reports.error_file(job), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = f'attachment; filename="import-{job.pk}-errors.csv"'
        return response

    def progress_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        job = self._visible(request, pk)
        return JsonResponse(
            {
                "percent": job.progress,
                "is_running": job.status in imports.OPEN,
                "read": job.rows_read,
                "expected": job.rows_expected,
                "good": job.rows_good,
                "bad": job.rows_bad,
            }
        )

    def retry_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = self._visible(request, pk)
        if request.method == "POST":
            try:
                retry_txn(imports.retry_import)(
                    bill_import=job,
                    actor=request.user,
                    now=timezone.now(),
                    may_withdraw="may_withdraw" in request.POST,
                )
            except DomainError as error:
                messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:clouds_billimport_change", args=[job.pk]))

    def _visible(self, request: HttpRequest, pk: int) -> BillImport:
        job = self.get_object(request, str(pk))
        if job is None:
            raise Http404
        return job

    @display(description=_("month"))
    def month_tag(self, job: BillImport) -> str:
        return f"{job.month:%Y-%m}" if job.month else "—"

    @display(description=_("progress"))
    def progress_tag(self, job: BillImport) -> str:
        return f"{job.progress} %"

    @display(description=_("bad rows"), ordering="rows_bad", label={True: RED, False: GREY})
    def bad_tag(self, job: BillImport) -> tuple[bool, str]:
        return bool(job.rows_bad), str(job.rows_bad)


def report_of(job: BillImport, request: HttpRequest) -> dict[str, Any]:
    """All that the result page shows beside the row's own columns."""
    periods = job.totals.get("periods", [])
    return {
        "job": job,
        "problem": sentence(job.problem),
        "is_running": job.status in imports.OPEN,
        "may_retry": job.status in (ImportStatus.FAILED, ImportStatus.BLOCKED)
        and request.user.has_perm(BillImportPerm.RETRY),
        "is_too_much": job.problem.get("code") == "clouds.too_much_is_missing",
        "periods": BillPeriod.objects.filter(pk__in=periods),
        "sums": _table([(title, job.totals[name]) for title, name in SUMS if name in job.totals]),
        "services": _table([(one["name"], one) for one in job.totals.get("by_service", [])]),
        "resources": _table(_resources(periods)),
        "doubts": [
            {**found, "text": doubt(found["code"]), "lines": ", ".join(map(str, found["lines"]))}
            for found in job.doubts
        ],
        "parked": selectors.parked_accounts().filter(tenant=job.tenant).count(),
    }


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
