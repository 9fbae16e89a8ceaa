from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models.fields import ExactCharField


class ImportJob(models.Model):
    """One uploaded file, and how far its import has come. The row is the job."""

    file_name = models.CharField(_("file name"), max_length=200)
    fingerprint = ExactCharField(_("fingerprint"), max_length=64)
    header = models.JSONField(_("columns"), default=list)
    rows_expected = models.PositiveIntegerField(_("rows expected"), default=0)
    rows_read = models.PositiveIntegerField(_("rows read"), default=0)
    rows_bad = models.PositiveIntegerField(_("bad rows"), default=0)
    created_at = models.DateTimeField(_("created at"))
    # The lease: who works on the row, and until when nobody else may.
    claim = models.CharField(max_length=32, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.file_name} (#{self.pk})"

    @property
    def percent_read(self) -> int:
        """Never 100: the expected number counts line breaks, so it can be a little off."""
        return min(99, self.rows_read * 100 // self.rows_expected) if self.rows_expected else 0
