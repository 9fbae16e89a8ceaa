"""Sheets of the catalogue in the admin: upload, preview, yes or no, result."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
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
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget

from apps.core.errors import DomainError
from apps.core.modeladmin import AMBER, BLUE, GREEN, GREY, RED, ScopedModelAdmin, status_column
from apps.core.retry import retry_txn
from apps.products import services, sheet_reports
from apps.products.admin.bases import STYLE
from apps.products.enums import ProductPerm
from apps.products.errors import ImportHasBadRows
from apps.products.models import CatalogueImport, RefusedRow
from apps.products.sheets import COLUMNS, Sheet
from apps.products.sheets.states import ImportMode, ImportStatus

SHOWN = 20
COLORS = {
    ImportStatus.UPLOADED: BLUE,
    ImportStatus.CHECKED: AMBER,
    ImportStatus.CONFIRMED: BLUE,
    ImportStatus.DONE: GREEN,
    ImportStatus.FAILED: RED,
    ImportStatus.DISCARDED: GREY,
}
RUNNING = (ImportStatus.UPLOADED, ImportStatus.CONFIRMED)


class ImportForm(forms.ModelForm):
    """The upload. The service makes the row."""

    upload = forms.FileField(
        label=_("file"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".xlsx,.csv"}),
        help_text=_("An .xlsx file or CSV in UTF-8, as the export of the list writes it."),
    )

    class Meta:
        model = CatalogueImport
        fields = ("sheet", "mode", "is_direct")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.label = capfirst(str(field.label))
        if "sheet" in self.fields:
            lines = (
                f"{kind.label}: {', '.join(column.name for column in COLUMNS[kind])}"
                for kind in Sheet
            )
            self.fields["sheet"].help_text = " · ".join(lines)


@admin.register(CatalogueImport)
class CatalogueImportAdmin(ScopedModelAdmin):
    form = ImportForm
    change_form_outer_before_template = "admin/products/import.html"
    list_display = (
        "file_name",
        "sheet",
        "status_tag",
        "rows_new",
        "rows_changed",
        "rows_same",
        "bad_tag",
        "created_by",
        "created_at",
    )
    list_select_related = ("created_by",)
    list_filter = ("status", "sheet", "created_at")
    search_fields = ("file_name__icontains",)
    fields = ("sheet", "upload", "mode", "is_direct")
    shown = (
        ("file_name", "sheet"),
        ("mode", "is_direct"),
        ("created_by", "created_at"),
        ("confirmed_at", "finished_at"),
    )
    status_tag = status_column("status", COLORS)

    class Media:
        css = STYLE

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ProductPerm.IMPORT)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: CatalogueImport | None = None) -> Any:
        if obj is not None:
            return self.shown
        may_set = request.user.has_perm(ProductPerm.SET_PRICE)
        return [name for name in self.fields if name != "is_direct" or may_set]

    def get_readonly_fields(self, request: HttpRequest, obj: CatalogueImport | None = None) -> Any:
        return () if obj is None else [name for line in self.shown for name in line]

    def get_urls(self) -> list[URLPattern]:
        guard, name = self.admin_site.admin_view, "products_catalogueimport"
        return [
            path("<int:pk>/errors/", guard(self.errors_view), name=f"{name}_errors"),
            path("<int:pk>/progress/", guard(self.progress_view), name=f"{name}_progress"),
            path("<int:pk>/decide/", guard(self.decide_view), name=f"{name}_decide"),
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

    def save_model(
        self, request: HttpRequest, obj: CatalogueImport, form: Any, change: bool
    ) -> None:
        data = form.cleaned_data
        started = services.start_import(
            sheet=Sheet(data["sheet"]),
            content=data["upload"],
            file_name=data["upload"].name,
            mode=ImportMode(data["mode"]),
            is_direct=data.get("is_direct", False),
            actor=request.user,
            now=timezone.now(),
        )
        if started.status != ImportStatus.UPLOADED:
            messages.info(request, _("This file is here already."))
        obj.pk = started.pk
        obj.refresh_from_db()

    def response_add(
        self, request: HttpRequest, obj: CatalogueImport, post_url_continue: Any = None
    ) -> HttpResponse:
        return HttpResponseRedirect(_address(obj.pk))

    def errors_view(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        job = self._visible(request, pk)
        has_costs = job.sheet == Sheet.PRICES and job.created_by_id != request.user.pk
        if has_costs and not request.user.has_perm(ProductPerm.VIEW_COST):
            raise PermissionDenied
        response = StreamingHttpResponse(
            sheet_reports.error_file(job), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = f'attachment; filename="import-{job.pk}-errors.csv"'
        return response

    def progress_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        job = self._visible(request, pk)
        return JsonResponse(
            {
                "percent": job.progress,
                "is_running": job.status in RUNNING,
                "read": job.rows_read,
                "expected": job.rows_expected,
                "good": max(job.rows_read - job.rows_bad, 0),
                "bad": job.rows_bad,
            }
        )

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = self._visible(request, pk)
        if not request.user.has_perm(ProductPerm.IMPORT):
            raise PermissionDenied
        if request.method == "POST":
            act = services.confirm_import if "confirm" in request.POST else services.discard_import
            try:
                retry_txn(act)(catalogue_import=job, actor=request.user, now=timezone.now())
            except DomainError as error:
                messages.error(request, str(error))
        return HttpResponseRedirect(_address(job.pk))

    def _visible(self, request: HttpRequest, pk: int) -> CatalogueImport:
        job = self.get_object(request, str(pk)) if self.has_view_permission(request) else None
        if job is None:
            raise Http404
        return job

    @display(description=_("bad rows"), ordering="rows_bad", label={True: RED, False: GREY})
    def bad_tag(self, job: CatalogueImport) -> tuple[bool, str]:
        return bool(job.rows_bad), str(job.rows_bad)


def report_of(job: CatalogueImport, request: HttpRequest) -> dict[str, Any]:
    """All that the page shows beside the row's own columns."""
    hides = set() if request.user.has_perm(ProductPerm.VIEW_COST) else {"unit_cost"}
    refused = RefusedRow.objects.filter(catalogue_import=job).order_by("line")[:SHOWN]
    is_obstructed = job.mode == ImportMode.ALL and job.rows_bad
    return {
        "job": job,
        "is_running": job.status in RUNNING,
        "may_decide": job.status == ImportStatus.CHECKED
        and request.user.has_perm(ProductPerm.IMPORT),
        "obstacle": str(ImportHasBadRows(count=job.rows_bad)) if is_obstructed else "",
        "preview": {
            "headers": [_("row number"), _("row"), _("column"), _("before"), _("after")],
            "rows": [
                [one["line"], one["key"], name, *values]
                for one in job.preview
                for name, values in one["changes"].items()
                if name not in hides
            ],
        },
        "refused": {
            "headers": [_("row number"), _("reasons")],
            "rows": [[row.line, sheet_reports.reasons(row)] for row in refused],
        },
    }


def _address(pk: int) -> str:
    return reverse("admin:products_catalogueimport_change", args=[pk])
