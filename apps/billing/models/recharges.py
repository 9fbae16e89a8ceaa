"""Money on its way in: recharges, and what payment channels told us about them."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.billing.enums import RECHARGE_FLOW, Channel, NoticeOutcome, RechargeStatus
from apps.core.models import ExactCharField, history
from apps.core.money import MoneyField
from apps.rbac.scoping import ScopedQuerySet


class RechargeQuerySet(ScopedQuerySet["Recharge"]):
    def waiting(self) -> Self:
        return self.filter(status=RechargeStatus.CREATED)

    def to_settle(self, *, created_before: datetime) -> Self:
        """Those for which a notice should have come by now."""
        return self.waiting().filter(created_at__lt=created_before)


class Recharge(models.Model):
    """A customer's wish to pay in; `number` is the channel's out_trade_no."""

    tenant = models.ForeignKey("rbac.Tenant", models.PROTECT, verbose_name=_("tenant"))
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        related_name="recharges",
        verbose_name=_("customer"),
    )
    number = ExactCharField(_("number"), max_length=32, unique=True)
    channel = models.CharField(_("channel"), max_length=16, choices=Channel)
    amount = MoneyField(_("amount"))
    status = models.CharField(
        _("status"), max_length=16, choices=RechargeStatus, default=RechargeStatus.CREATED
    )
    pay_url = models.TextField(_("payment address"), blank=True)
    channel_trade_no = ExactCharField(
        _("channel transaction"), max_length=64, null=True, blank=True
    )
    started_by = models.ForeignKey(
        "rbac.User", models.PROTECT, null=True, related_name="+", verbose_name=_("started by")
    )
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"))
    asked_at = models.DateTimeField(_("channel last asked at"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = RechargeQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("recharge")
        verbose_name_plural = _("recharges")
        ordering = ("-pk",)
        permissions = [
            ("start_recharge", _("Can recharge a wallet")),
            ("confirm_transfer", _("Can credit bank transfers")),
            ("settle_recharge", _("Can ask the channel about a recharge")),
        ]
        indexes = [models.Index(fields=["status", "created_at"], name="recharge_to_settle")]
        constraints = [
            *RECHARGE_FLOW.constraints(
                stamps={RechargeStatus.PAID: "paid_at", RechargeStatus.CLOSED: "closed_at"}
            ),
            models.CheckConstraint(name="recharge_amount_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(
                fields=["channel", "channel_trade_no"], name="recharge_trade_pays_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class PaymentNoticeQuerySet(ScopedQuerySet["PaymentNotice"]):
    tenant_path = "recharge__tenant"
    customer_path = "recharge__customer"
    owner_path = "recharge__customer__owner"


class PaymentNotice(models.Model):
    """A signed notification, inserted before it is acted on; its second copy finds it here."""

    provider = models.CharField(_("channel"), max_length=16, choices=Channel)
    event = ExactCharField(_("event"), max_length=128)
    recharge = models.ForeignKey(
        Recharge,
        models.PROTECT,
        null=True,
        related_name="notices",
        verbose_name=_("recharge"),
    )
    outcome = models.CharField(_("outcome"), max_length=16, choices=NoticeOutcome)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    facts = models.JSONField(_("facts"), default=dict)
    received_at = models.DateTimeField(_("received at"))

    objects = PaymentNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment notice")
        verbose_name_plural = _("payment notices")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(fields=["provider", "event"], name="notice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event}"
