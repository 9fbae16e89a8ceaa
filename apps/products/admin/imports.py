"""Sheets of the catalogue in the admin: upload, preview, yes or no, result."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
)
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget

from apps.core.importadmin import ImportAdmin, UploadForm
from apps.core.modeladmin import AMBER, BLUE, GREEN, GREY, RED, status_column
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


class ImportForm(UploadForm):
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
        if "sheet" in self.fields:
            lines = (
                f"{kind.label}: {', '.join(column.name for column in COLUMNS[kind])}"
                for kind in Sheet
            )
            self.fields["sheet"].help_text = " · ".join(lines)


@admin.register(CatalogueImport)
class CatalogueImportAdmin(ImportAdmin):
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

    def get_fields(self, request: HttpRequest, obj: CatalogueImport | None = None) -> Any:
        if obj is not None:
            return self.shown
        may_set = request.user.has_perm(ProductPerm.SET_PRICE)
        return [name for name in self.fields if name != "is_direct" or may_set]

    def get_readonly_fields(self, request: HttpRequest, obj: CatalogueImport | None = None) -> Any:
        return () if obj is None else [name for line in self.shown for name in line]

    def is_running(self, job: CatalogueImport) -> bool:
        return job.status in RUNNING

    def get_urls(self) -> list[URLPattern]:
        return [self.act("decide", self.decide_view), *super().get_urls()]

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

    def error_file(self, job: CatalogueImport, request: HttpRequest) -> Iterable[bytes]:
        has_costs = job.sheet == Sheet.PRICES and job.created_by_id != request.user.pk
        if has_costs and not request.user.has_perm(ProductPerm.VIEW_COST):
            raise PermissionDenied
        return sheet_reports.error_file(job)

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = self.visible(request, pk)
        if not request.user.has_perm(ProductPerm.IMPORT):
            raise PermissionDenied
        if request.method != "POST":
            return self.page_of(pk)
        act = services.confirm_import if "confirm" in request.POST else services.discard_import
        decide = partial(
            retry_txn(act), catalogue_import=job, actor=request.user, now=timezone.now()
        )
        return self.decided(request, pk, decide)

    def report_of(self, job: CatalogueImport, request: HttpRequest) -> dict[str, Any]:
        hides = set() if request.user.has_perm(ProductPerm.VIEW_COST) else {"unit_cost"}
        refused = RefusedRow.objects.filter(catalogue_import=job).order_by("line")[:SHOWN]
        is_obstructed = job.mode == ImportMode.ALL and job.rows_bad
        return {
            "job": job,
            "is_running": self.is_running(job),
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
