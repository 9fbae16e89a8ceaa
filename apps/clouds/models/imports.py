"""Bill files and their imports."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.clouds.importing.problems import Code
from apps.clouds.importing.states import IMPORT_FLOW, BillFormat, ImportScope, ImportStatus
from apps.clouds.models.scoping import StaffQuerySet
from apps.core.models import ImportJob, history


def stored_name(bill_import: "BillImport", _name: str) -> str:
    """Nothing of the uploader's file name reaches the disk."""
    return f"bills/{bill_import.tenant_id}/{uuid.uuid4().hex}"


class BillImportQuerySet(StaffQuerySet["BillImport"]):
    pass


class BillImport(ImportJob):
    """One file of a vendor, and how far its import has come. The row is the job."""

    tenant = models.ForeignKey("rbac.Tenant", models.PROTECT, verbose_name=_("tenant"))
    account = models.ForeignKey(
        "clouds.CloudAccount",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="bill_imports",
        verbose_name=_("cloud account"),
    )
    format = models.CharField(
        _("format"), max_length=16, choices=BillFormat, default=BillFormat.FOCUS
    )
    version = models.CharField(_("format version"), max_length=8, blank=True)
    scope = models.CharField(
        _("what the file holds"), max_length=16, choices=ImportScope, default=ImportScope.COMPLETE
    )
    month = models.DateField(
        _("month"), null=True, blank=True, help_text=_("Rows of other months are bad rows.")
    )
    may_withdraw = models.BooleanField(
        _("allow withdrawals"),
        default=False,
        help_text=_("Even when many lines of an earlier file are missing here."),
    )
    file = models.FileField(_("file"), upload_to=stored_name, max_length=200)
    status = models.CharField(
        _("status"), max_length=16, choices=ImportStatus, default=ImportStatus.WAITING
    )
    problem = models.JSONField(_("problem"), default=dict)
    rows_good = models.PositiveIntegerField(_("good rows"), default=0)
    lines_written = models.PositiveIntegerField(_("lines written"), default=0)
    lines_withdrawn = models.PositiveIntegerField(_("lines withdrawn"), default=0)
    doubts = models.JSONField(_("warnings"), default=list)
    totals = models.JSONField(_("totals"), default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("imported by"),
    )
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = BillImportQuerySet.as_manager()
    history = history(secret=["claim", "claimed_until"])

    class Meta:
        verbose_name = _("bill import")
        verbose_name_plural = _("bill imports")
        ordering = ("-pk",)
        permissions = [("retry_billimport", "Can run a bill import again")]
        constraints = [
            *IMPORT_FLOW.constraints(
                stamps={
                    ImportStatus.RUNNING: "started_at",
                    ImportStatus.DONE: "finished_at",
                    ImportStatus.BLOCKED: "finished_at",
                    ImportStatus.FAILED: "finished_at",
                }
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "fingerprint"], name="billimport_fingerprint"),
            models.Index(fields=["status", "claimed_until"], name="billimport_waiting"),
        ]

    @property
    def progress(self) -> int:
        """Percent."""
        if self.status in (ImportStatus.DONE, ImportStatus.BLOCKED):
            return 100
        return self.percent_read


class BadBillRowQuerySet(StaffQuerySet["BadBillRow"]):
    tenant_path = "bill_import__tenant"


class BadBillRow(models.Model):
    """A row that did not enter the bill, with the reasons and its original cells."""

    bill_import = models.ForeignKey(BillImport, models.PROTECT, related_name="bad_rows")
    line_number = models.PositiveIntegerField(pgettext_lazy("file", "line"))
    problems = models.JSONField(_("reasons"))
    cells = models.JSONField(_("cells"))

    objects = BadBillRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("bad row")
        verbose_name_plural = _("bad rows")
        ordering = ("bill_import", "line_number")
        constraints = [
            models.UniqueConstraint(fields=["bill_import", "line_number"], name="badbillrow_once")
        ]

    def __str__(self) -> str:
        return str(self.line_number)

    @property
    def original(self) -> list[str]:
        """The cells to the byte; bytes that were not UTF-8 are lone surrogates again."""
        if all(problem["code"] != Code.NOT_UTF8 for problem in self.problems):
            return list(self.cells)
        return [cell.encode("latin-1").decode(errors="surrogateescape") for cell in self.cells]
