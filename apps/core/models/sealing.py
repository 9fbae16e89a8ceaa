from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models.audit import AuditEntry


class AuditLink(models.Model):
    """One link of the chain over the audit log: its digest covers the entry and the link before.

    Positions count from 1 without gaps and are written by the sealer, so that a second sealer at
    the same time runs into the primary key instead of starting a second chain.
    """

    position = models.BigIntegerField(_("position"), primary_key=True)
    entry = models.OneToOneField(
        AuditEntry, models.PROTECT, related_name="link", verbose_name=_("audit entry")
    )
    previous = models.CharField(_("previous digest"), max_length=64, unique=True)
    digest = models.CharField(_("digest"), max_length=64)
    sealed_at = models.DateTimeField(_("sealed at"), default=timezone.now)

    class Meta:
        verbose_name = _("audit seal")
        verbose_name_plural = _("audit seals")
        ordering = ("-position",)

    def __str__(self) -> str:
        return f"{self.position} {self.digest[:12]}"
