"""Trying a rule on what was ordered, before it goes live."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.products.agreement_enums import DRY_RUN_FLOW, DryRunStatus
from apps.rbac.scoping import ScopedQuerySet


class RuleDryRunQuerySet(ScopedQuerySet["RuleDryRun"]):
    customer_path = None
    owner_path = None


class RuleDryRun(models.Model):
    """The last 90 days of orders, priced with and without a rule (PRC-3). The row is the job.

    `subject` and `subject_pk` name what the rules belong to ("products.PriceAgreement", 7);
    `fingerprint` is of the rules as they were: another one makes the result stale.
    """

    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, related_name="+", verbose_name=_("tenant")
    )
    subject = models.CharField(_("subject"), max_length=64)
    subject_pk = models.PositiveBigIntegerField(_("key of the subject"))
    subject_name = models.CharField(_("rule"), max_length=200)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"))
    status = models.CharField(
        _("status"), max_length=16, choices=DryRunStatus, default=DryRunStatus.WAITING
    )
    orders_done = models.PositiveIntegerField(_("orders done"), default=0)
    orders_total = models.PositiveIntegerField(pgettext_lazy("pricing", "orders"), default=0)
    result = models.JSONField(_("result"), default=dict)
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("started by")
    )
    created_at = models.DateTimeField(_("asked for at"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    # The lease: until when nobody else may work on the row.
    claimed_until = models.DateTimeField(null=True, editable=False)

    objects = RuleDryRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("dry run of a rule")
        verbose_name_plural = _("dry runs of rules")
        ordering = ("-pk",)
        permissions = [("dry_run_rules", _("Can try rules on past orders"))]
        constraints = [
            *DRY_RUN_FLOW.constraints(
                stamps={
                    DryRunStatus.RUNNING: "started_at",
                    DryRunStatus.DONE: "finished_at",
                    DryRunStatus.FAILED: "finished_at",
                }
            )
        ]
        indexes = [
            models.Index(fields=["subject", "subject_pk", "-created_at"], name="dryrun_of_subject"),
            models.Index(fields=["status", "claimed_until"], name="dryrun_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_name} (#{self.pk})"

    @property
    def progress(self) -> int:
        """Percent."""
        if self.status == DryRunStatus.DONE:
            return 100
        return min(99, self.orders_done * 100 // self.orders_total) if self.orders_total else 0
