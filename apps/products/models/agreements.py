"""What is agreed with a customer: prices for a time, and what he promises in return."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import history
from apps.core.money import MoneyField
from apps.products.agreement_enums import (
    AGREED,
    AGREEMENT_FLOW,
    AgreementKind,
    AgreementStatus,
    CommitmentKind,
    OnExpiry,
)
from apps.products.enums import ChangeType
from apps.products.models.rule_constraints import rule_constraints
from apps.products.models.rule_rows import RuleRow
from apps.products.models.rules import PricingRule, RuleQuerySet
from apps.products.pricing import Audience, Kind, Rule, Tiers
from apps.rbac.enums import UserKind
from apps.rbac.models import User
from apps.rbac.scoping import ScopedQuerySet


def stored_name(agreement: "PriceAgreement", name: str) -> str:
    """Where the signed file lies: under a name that nobody can guess, without the sender's."""
    suffix = f".{name.rpartition('.')[2].lower()}" if "." in name else ""
    return f"agreements/{agreement.tenant_id}/{uuid.uuid4().hex}{suffix}"


class PriceAgreementQuerySet(ScopedQuerySet["PriceAgreement"]):
    def visible_to(self, user: User) -> Self:
        """Customers see what was agreed, not what is being written."""
        rows = super().visible_to(user)
        return rows.filter(status__in=AGREED) if user.kind == UserKind.PORTAL else rows

    def in_force_at(self, moment: datetime) -> Self:
        """Those whose prices hold at the moment."""
        return self.filter(
            status=AgreementStatus.IN_FORCE, valid_from__lte=moment, prices_until__gt=moment
        )

    def to_expire(self, moment: datetime) -> Self:
        return self.filter(status=AgreementStatus.IN_FORCE, prices_until__lte=moment)


class PriceAgreement(models.Model):
    """One version of an agreement. Its term is [valid_from, valid_until): whole days in Shanghai.

    `prices_until` is where its prices end: at the end of the term or of the grace after it, or
    where it was terminated or a new version took over.
    """

    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, related_name="agreements", verbose_name=_("tenant")
    )
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        related_name="agreements",
        verbose_name=_("customer"),
    )
    number = models.CharField(_("number"), max_length=32)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    name = models.CharField(_("name"), max_length=100, help_text=_("Customers see it."))
    kind = models.CharField(
        _("kind"), max_length=16, choices=AgreementKind, default=AgreementKind.FRAMEWORK
    )
    project = models.CharField(
        _("project code"),
        max_length=64,
        blank=True,
        help_text=_("Its prices hold for purchases of this project alone."),
    )
    status = models.CharField(
        _("status"), max_length=16, choices=AgreementStatus, default=AgreementStatus.DRAFT
    )
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"))
    on_expiry = models.CharField(
        _("when it expires"), max_length=16, choices=OnExpiry, default=OnExpiry.LIST_PRICE
    )
    grace_days = models.PositiveSmallIntegerField(_("days of grace"), default=0)
    prices_until = models.DateTimeField(_("prices until"), editable=False)
    commitment_kind = models.CharField(
        _("minimum commitment"),
        max_length=16,
        choices=CommitmentKind,
        default=CommitmentKind.NONE,
    )
    commitment = MoneyField(_("amount committed"), default=0)
    counts_use = models.BooleanField(
        _("metered use counts"),
        default=True,
        help_text=_("Billed use counts towards the commitment and the steps, like paid orders."),
    )
    signed_file = models.FileField(
        _("signed file"), upload_to=stored_name, max_length=200, blank=True
    )
    signed_file_name = models.CharField(_("file name"), max_length=200, blank=True)
    signed_file_sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    previous = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="successor",
        verbose_name=_("previous version"),
    )
    noticed_days = models.PositiveSmallIntegerField(null=True, editable=False)
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    created_at = models.DateTimeField(_("written at"))
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = PriceAgreementQuerySet.as_manager()
    history = history(secret=["noticed_days"])

    class Meta:
        verbose_name = _("price agreement")
        verbose_name_plural = _("price agreements")
        ordering = ("-pk",)
        permissions = [
            ("draft_priceagreement", _("Can write and submit price agreements")),
            ("terminate_priceagreement", _("Can terminate price agreements")),
        ]
        constraints = [
            *AGREEMENT_FLOW.constraints(
                stamps={
                    AgreementStatus.IN_FORCE: "approved_at",
                    AgreementStatus.EXPIRED: "ended_at",
                    AgreementStatus.TERMINATED: "ended_at",
                    AgreementStatus.SUPERSEDED: "ended_at",
                }
            ),
            models.UniqueConstraint(fields=["number", "version"], name="agreement_version_once"),
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("valid_from")),
                name="agreement_term_not_empty",
                violation_error_message=_("The period must end after it starts."),
            ),
            models.CheckConstraint(
                condition=~Q(kind=AgreementKind.PROJECT) | ~Q(project=""),
                name="agreement_project_has_code",
                violation_error_message=_("An agreement on a project needs the project's code."),
            ),
            models.CheckConstraint(
                condition=Q(on_expiry=OnExpiry.GRACE, grace_days__gte=1)
                | (~Q(on_expiry=OnExpiry.GRACE) & Q(grace_days=0)),
                name="agreement_grace_has_days",
                violation_error_message=_("Days of grace go with grace, and with nothing else."),
            ),
            models.CheckConstraint(
                condition=Q(commitment_kind=CommitmentKind.NONE, commitment=0)
                | (~Q(commitment_kind=CommitmentKind.NONE) & Q(commitment__gt=0)),
                name="agreement_commitment_has_amount",
                violation_error_message=_("A minimum commitment needs its amount."),
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "status"], name="agreement_of_customer"),
            models.Index(fields=["status", "prices_until"], name="agreement_to_expire"),
        ]

    def __str__(self) -> str:
        return f"{self.number} v{self.version}"

    @property
    def starts_on(self) -> str:
        return f"{timezone.localtime(self.valid_from):%Y-%m-%d}"

    @property
    def ends_on(self) -> str:
        """The last day."""
        last = timezone.localtime(self.valid_until - timedelta(microseconds=1))
        return f"{last:%Y-%m-%d}"

    def days_left(self, now: datetime) -> int:
        """Whole days in Shanghai until the term is over; the last day is 1."""
        today = timezone.localdate(now)
        return (timezone.localdate(self.valid_until) - today).days


class AgreementPriceQuerySet(RuleQuerySet["AgreementPrice"]):
    tenant_path = "agreement__tenant"
    customer_path = "agreement__customer"
    owner_path = "agreement__customer__owner"

    def visible_to(self, user: User) -> Self:
        rows = super().visible_to(user)
        return rows.filter(agreement__status__in=AGREED) if user.kind == UserKind.PORTAL else rows

    def agreed(self) -> Self:
        """The prices that customers had or have by agreement."""
        return self.filter(
            agreement__status__in=AGREED,
            agreement__prices_until__gt=F("agreement__valid_from"),
        )


class AgreementPrice(PricingRule):
    """One price of an agreement: a share of the list price, a fixed price, or steps."""

    agreement = models.ForeignKey(
        PriceAgreement, models.CASCADE, related_name="prices", verbose_name=_("agreement")
    )

    objects = AgreementPriceQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("agreed price")
        verbose_name_plural = _("agreed prices")
        ordering = ("agreement", "pk")
        constraints = rule_constraints("agreementprice")

    def __str__(self) -> str:
        return self.name

    def to_rule(self) -> Rule:
        agreement = self.agreement
        terms = (getattr(agreement, name) for name in AgreementTerms._fields)
        return agreed_rule(self.as_row(), AgreementTerms(*terms))


class AgreementTerms(NamedTuple):
    """What an agreement says of all its prices."""

    customer_id: int
    kind: str
    project: str
    counts_use: bool


def agreed_rule(row: RuleRow, terms: AgreementTerms) -> Rule:
    """A price as the engine reads it."""
    kind = Kind.TIERED if row.change == ChangeType.TIERS else Kind.FRAMEWORK
    rule = row.as_rule(
        key_prefix="agreement-price",
        kind=Kind.PROJECT if terms.kind == AgreementKind.PROJECT else kind,
        audience=Audience(customers=frozenset({terms.customer_id})),
        may_break_floor=True,  # an approval looked at the margin
    )
    if isinstance(rule.change, Tiers) and not terms.counts_use:
        rule = replace(rule, change=replace(rule.change, counts_use=False))
    if not terms.project:
        return rule
    return replace(rule, where=replace(rule.where, projects=frozenset({terms.project})))
