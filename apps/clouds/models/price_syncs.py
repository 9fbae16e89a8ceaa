"""Fetching a cloud's price list. The row is the job (CAT-2)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.clouds.enums import PRICE_SYNC_FLOW, PriceSyncStatus
from apps.clouds.models.accounts import CloudAccount
from apps.clouds.models.scoping import StaffQuerySet

ALIVE = (PriceSyncStatus.WAITING, PriceSyncStatus.RUNNING)


class PriceSyncQuerySet(StaffQuerySet["PriceSync"]):
    pass


class PriceSync(models.Model):
    """One price list of a vendor, asked for at one account, and what became of its lines.

    `attempts` is the fence: whoever claims the row counts it up, and an older runner writes no
    more.
    """

    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, related_name="+", verbose_name=_("tenant")
    )
    vendor = models.ForeignKey(
        "products.Vendor", models.PROTECT, related_name="+", verbose_name=_("vendor")
    )
    account = models.ForeignKey(
        CloudAccount, models.PROTECT, related_name="price_syncs", verbose_name=_("cloud account")
    )
    status = models.CharField(
        _("status"), max_length=16, choices=PriceSyncStatus, default=PriceSyncStatus.WAITING
    )
    # True while it is alive, NULL afterwards: one of a tenant and vendor, so none overtakes.
    is_alive = models.BooleanField(null=True, default=True, editable=False)
    as_of = models.DateTimeField(_("price list of"), null=True, blank=True)
    lines_total = models.PositiveIntegerField(_("lines"), default=0)
    lines_done = models.PositiveIntegerField(_("lines done"), default=0)
    same = models.PositiveIntegerField(_("unchanged"), default=0)
    proposed = models.PositiveIntegerField(_("wait for approval"), default=0)
    automatic = models.PositiveIntegerField(_("applied within the band"), default=0)
    unknown = models.PositiveIntegerField(_("not in the catalogue"), default=0)
    unknown_skus = models.JSONField(_("among them"), default=list, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("started by"),
    )
    created_at = models.DateTimeField(_("asked for at"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    # The lease: until when nobody else may work on the row.
    claimed_until = models.DateTimeField(null=True, editable=False)

    objects = PriceSyncQuerySet.as_manager()

    class Meta:
        verbose_name = _("fetched price list")
        verbose_name_plural = _("fetched price lists")
        ordering = ("-pk",)
        constraints = [
            *PRICE_SYNC_FLOW.constraints(
                stamps={
                    PriceSyncStatus.RUNNING: "started_at",
                    PriceSyncStatus.DONE: "finished_at",
                    PriceSyncStatus.FAILED: "finished_at",
                }
            ),
            models.CheckConstraint(
                condition=Q(status__in=ALIVE, is_alive=True)
                | (~Q(status__in=ALIVE) & Q(is_alive__isnull=True)),
                name="pricesync_alive_is_marked",
            ),
            models.UniqueConstraint(
                fields=["tenant", "vendor", "is_alive"], name="pricesync_one_alive"
            ),
        ]
        indexes = [models.Index(fields=["status", "claimed_until"], name="pricesync_waiting")]

    def __str__(self) -> str:
        return f"{self.vendor} #{self.pk}"

    @property
    def progress(self) -> int:
        """Percent."""
        if self.status == PriceSyncStatus.DONE:
            return 100
        return min(99, self.lines_done * 100 // self.lines_total) if self.lines_total else 0
