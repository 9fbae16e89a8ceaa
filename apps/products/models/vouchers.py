from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import ExactCharField, history
from apps.core.money import MoneyField
from apps.customers.models import Customer
from apps.products.campaigns import (
    BATCH_FLOW,
    ISSUE_FLOW,
    VOUCHER_FLOW,
    BatchStatus,
    IssueStatus,
    VoucherStatus,
)
from apps.products.models.promotions import in_language
from apps.products.models.rule_constraints import TARGETS, rule_constraints
from apps.products.models.rules import PricingRule, RuleQuerySet
from apps.rbac.scoping import ScopedQuerySet


class VoucherBatchQuerySet(RuleQuerySet["VoucherBatch"]):
    customer_path = None
    owner_path = None


class VoucherBatch(PricingRule):
    """Vouchers of one kind: what each is worth, on what, and how many there may be.

    The window of the rule is the longest that a voucher of it can live.
    """

    number = models.CharField(_("number"), max_length=32, unique=True)
    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, related_name="voucher_batches", verbose_name=_("tenant")
    )
    name_en = models.CharField(_("name in English"), max_length=100, blank=True)
    valid_days = models.PositiveSmallIntegerField(
        _("days after receipt"),
        null=True,
        blank=True,
        help_text=_("Empty: until the end of the batch."),
    )
    total = models.PositiveIntegerField(_("how many"))
    issued = models.PositiveIntegerField(_("issued"), default=0, editable=False)
    per_customer = models.PositiveSmallIntegerField(_("for one customer at most"), default=1)
    claim_code = ExactCharField(
        _("code to claim it"),
        max_length=32,
        unique=True,
        null=True,
        blank=True,
        help_text=_("Whoever knows it can have one. Empty: staff issue them."),
    )
    with_promotions = models.BooleanField(_("together with promotions"), default=True)
    with_vouchers = models.BooleanField(_("together with other vouchers"), default=False)
    budget_owner = models.ForeignKey(
        "rbac.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("budget of"),
    )
    status = models.CharField(
        _("status"), max_length=16, choices=BatchStatus, default=BatchStatus.DRAFT
    )
    created_by = models.ForeignKey(
        "rbac.User", models.PROTECT, null=True, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made at"))
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = VoucherBatchQuerySet.as_manager()
    history = history(secret=["issued"])

    class Meta:
        verbose_name = _("voucher batch")
        verbose_name_plural = _("voucher batches")
        ordering = ("-pk",)
        permissions = [
            ("submit_voucherbatch", _("Can ask for vouchers to be approved")),
            ("close_voucherbatch", _("Can stop issuing vouchers of a batch")),
        ]
        constraints = [
            *rule_constraints("voucherbatch"),
            *BATCH_FLOW.constraints(
                stamps={BatchStatus.APPROVED: "approved_at", BatchStatus.CLOSED: "closed_at"}
            ),
            models.CheckConstraint(
                condition=Q(issued__lte=F("total")), name="voucherbatch_issued_within_total"
            ),
            models.CheckConstraint(
                condition=Q(total__gte=1, per_customer__gte=1), name="voucherbatch_gives_some"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        return in_language(self.name, self.name_en)


class VoucherQuerySet(ScopedQuerySet["Voucher"]):
    tenant_path = "batch__tenant"

    def with_batch(self) -> Self:
        """With all that its terms are told from."""
        return self.select_related("batch", *(f"batch__{target}" for target in TARGETS))

    def usable(self, now: datetime) -> Self:
        return self.filter(status=VoucherStatus.AVAILABLE, valid_from__lte=now, valid_until__gt=now)

    def over(self, now: datetime) -> Self:
        waiting = (VoucherStatus.ISSUED, VoucherStatus.AVAILABLE)
        return self.filter(status__in=waiting, valid_until__lte=now)


class Voucher(models.Model):
    """代金券: reduces what one order pays, once."""

    code = ExactCharField(_("code"), max_length=32, unique=True)
    batch = models.ForeignKey(
        VoucherBatch, models.PROTECT, related_name="vouchers", verbose_name=_("batch")
    )
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="vouchers",
        verbose_name=_("customer"),
    )
    status = models.CharField(
        _("status"), max_length=16, choices=VoucherStatus, default=VoucherStatus.ISSUED
    )
    issued_at = models.DateTimeField(pgettext_lazy("voucher", "issued at"))
    received_at = models.DateTimeField(
        pgettext_lazy("voucher", "received at"), null=True, blank=True
    )
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"))
    reserved_at = models.DateTimeField(_("reserved at"), null=True, blank=True)
    reserved_for = ExactCharField(_("for the order"), max_length=64, blank=True)
    saved = MoneyField(_("saved"), null=True, blank=True)
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("reminded at"), null=True, blank=True)

    objects = VoucherQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        ordering = ("-pk",)
        permissions = [
            ("issue_voucher", _("Can issue vouchers")),
            ("void_voucher", _("Can void vouchers")),
            ("redeem_voucher", _("Can claim vouchers by their codes")),
        ]
        constraints = [
            *VOUCHER_FLOW.constraints(
                stamps={
                    VoucherStatus.AVAILABLE: "received_at",
                    VoucherStatus.RESERVED: "reserved_at",
                    VoucherStatus.USED: "used_at",
                    VoucherStatus.EXPIRED: "closed_at",
                    VoucherStatus.VOID: "closed_at",
                }
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("valid_from")), name="voucher_period_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(status=VoucherStatus.ISSUED)
                | Q(status__in=[VoucherStatus.EXPIRED, VoucherStatus.VOID])
                | Q(customer__isnull=False),
                name="voucher_belongs_to_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "status", "valid_until"], name="voucher_of_customer"),
            models.Index(fields=["status", "valid_until"], name="voucher_over"),
            models.Index(fields=["reserved_for"], name="voucher_of_order"),
        ]

    def __str__(self) -> str:
        code: str = self.code
        return code

    @property
    def tenant_id(self) -> int:
        """Whose it is: the audit log asks."""
        return self.batch.tenant_id

    @property
    def rule_key(self) -> str:
        return f"voucher:{self.pk}"


class VoucherIssueQuerySet(ScopedQuerySet["VoucherIssue"]):
    tenant_path = "batch__tenant"
    customer_path = None
    owner_path = None


class VoucherIssue(models.Model):
    """Vouchers handed out to many customers, as a job that shows how far it is."""

    batch = models.ForeignKey(
        VoucherBatch, models.PROTECT, related_name="issues", verbose_name=_("batch")
    )
    customer_ids = models.JSONField(_("customers"), default=list)
    each = models.PositiveSmallIntegerField(_("for each"), default=1)
    status = models.CharField(
        _("status"), max_length=16, choices=IssueStatus, default=IssueStatus.WAITING
    )
    handled = models.PositiveIntegerField(_("customers handled"), default=0)
    issued = models.PositiveIntegerField(_("vouchers issued"), default=0)
    skipped = models.PositiveIntegerField(_("customers who have enough"), default=0)
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    created_by = models.ForeignKey(
        "rbac.User", models.PROTECT, null=True, related_name="+", verbose_name=_("started by")
    )
    created_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = VoucherIssueQuerySet.as_manager()

    class Meta:
        verbose_name = _("handing out of vouchers")
        verbose_name_plural = _("handing out of vouchers")
        ordering = ("-pk",)
        constraints = [
            *ISSUE_FLOW.constraints(
                stamps={IssueStatus.DONE: "ended_at", IssueStatus.STOPPED: "ended_at"}
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch} · {self.total}"

    @property
    def total(self) -> int:
        return len(self.customer_ids)

    @property
    def percent(self) -> int:
        return 100 * self.handled // self.total if self.total else 100
