"""Spreadsheets that change the catalogue. The row is the job."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import ImportJob
from apps.products.sheets import Sheet
from apps.products.sheets.states import IMPORT_FLOW, ImportMode, ImportStatus
from apps.rbac.scoping import ScopedQuerySet


def stored_name(sheet_import: "CatalogueImport", _name: str) -> str:
    """Nothing of the uploader's file name reaches the disk."""
    return f"catalogue/{sheet_import.tenant_id}/{uuid.uuid4().hex}"


class CatalogueImportQuerySet(ScopedQuerySet["CatalogueImport"]):
    tenant_path = "tenant"
    customer_path = None
    owner_path = None


class CatalogueImport(ImportJob):
    """One file: checked first, carried out once a person has seen what it would change."""

    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, related_name="+", verbose_name=_("tenant")
    )
    sheet = models.CharField(_("what it holds"), max_length=16, choices=Sheet)
    mode = models.CharField(
        _("with bad rows"), max_length=16, choices=ImportMode, default=ImportMode.ALL
    )
    is_direct = models.BooleanField(
        _("set prices at once"),
        default=False,
        help_text=_("Without it prices become price changes, which somebody approves."),
    )
    file = models.FileField(_("file"), upload_to=stored_name, max_length=200)
    status = models.CharField(
        _("status"), max_length=16, choices=ImportStatus, default=ImportStatus.UPLOADED
    )
    problem = models.CharField(_("problem"), max_length=500, blank=True)
    rows_new = models.PositiveIntegerField(_("new rows"), default=0)
    rows_changed = models.PositiveIntegerField(_("changed rows"), default=0)
    rows_same = models.PositiveIntegerField(_("unchanged rows"), default=0)
    preview = models.JSONField(_("preview"), default=list)
    created_by = models.ForeignKey(
        "rbac.User", models.PROTECT, related_name="+", verbose_name=_("imported by")
    )
    checked_at = models.DateTimeField(_("checked at"), null=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    objects = CatalogueImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("catalogue import")
        verbose_name_plural = _("catalogue imports")
        ordering = ("-pk",)
        constraints = [
            *IMPORT_FLOW.constraints(
                stamps={
                    ImportStatus.CHECKED: "checked_at",
                    ImportStatus.CONFIRMED: "confirmed_at",
                    ImportStatus.DONE: "finished_at",
                    ImportStatus.FAILED: "finished_at",
                }
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "fingerprint"], name="catalogueimport_file"),
            models.Index(fields=["status", "claimed_until"], name="catalogueimport_waiting"),
        ]

    @property
    def rows_good(self) -> int:
        return max(self.rows_read - self.rows_bad, 0)

    @property
    def progress(self) -> int:
        """Percent of the step that runs."""
        if self.status not in (ImportStatus.UPLOADED, ImportStatus.CONFIRMED):
            return 100
        return self.percent_read


class RefusedRowQuerySet(ScopedQuerySet["RefusedRow"]):
    tenant_path = "catalogue_import__tenant"
    customer_path = None
    owner_path = None


class RefusedRow(models.Model):
    """A row that changes nothing, with the reasons and its cells."""

    catalogue_import = models.ForeignKey(
        CatalogueImport, models.CASCADE, related_name="refused", verbose_name=_("catalogue import")
    )
    line = models.PositiveIntegerField(_("row number"))
    problems = models.JSONField(_("reasons"))
    cells = models.JSONField(_("cells"))

    objects = RefusedRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("refused row")
        verbose_name_plural = _("refused rows")
        ordering = ("catalogue_import", "line")
        constraints = [
            models.UniqueConstraint(fields=["catalogue_import", "line"], name="refusedrow_once")
        ]

    def __str__(self) -> str:
        return str(self.line)
