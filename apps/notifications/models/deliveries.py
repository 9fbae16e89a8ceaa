from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.encryption import (
    BlindIndexField,
    EncryptedTextField,
    RowKeyed,
    mask_email,
    mask_phone,
)
from apps.core.models import ExactCharField, history
from apps.notifications.enums import DELIVERY_FLOW, Channel, DeliveryPerm, DeliveryStatus
from apps.notifications.models.messages import Message
from apps.rbac.enums import TenantKind
from apps.rbac.models import User
from apps.rbac.scoping import ScopedQuerySet

ASKED_FOR = timedelta(days=3)


class DeliveryQuerySet(ScopedQuerySet["Delivery"]):
    customer_path = None
    owner_path = None

    def visible_to(self, user: User) -> Self:
        """Messages of nobody's tenant, such as codes before the sign-up, are the platform's."""
        visible = super().visible_to(user)
        is_platform = user.is_staff and user.tenant.kind == TenantKind.PLATFORM
        if user.is_active and is_platform and user.has_perm(DeliveryPerm.VIEW):
            return visible | self.filter(tenant__isnull=True)
        return visible

    def due(self, now: datetime) -> Self:
        return self.filter(status=DeliveryStatus.QUEUED, next_attempt_at__lte=now)

    def to_ask_about(self, now: datetime) -> Self:
        """Text messages that may be out, and whose provider may know by now."""
        return self.filter(
            status=DeliveryStatus.UNKNOWN,
            channel=Channel.SMS,
            next_attempt_at__lte=now,
            failed_at__gt=now - ASKED_FOR,
        )


class Delivery(RowKeyed):
    """One message to one recipient. The row is the queue; its text is encrypted."""

    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, null=True, blank=True, verbose_name=_("tenant")
    )
    message = models.ForeignKey(
        Message,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="deliveries",
        verbose_name=_("message"),
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    template = models.CharField(_("template"), max_length=64)
    recipient = EncryptedTextField(_("recipient"))
    recipient_index = BlindIndexField(source="recipient")
    recipient_masked = models.CharField(_("recipient"), max_length=254)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = EncryptedTextField(_("text"), blank=True)
    link = models.CharField(_("link"), max_length=300, blank=True)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    is_secret = models.BooleanField(
        _("secret"), default=False, help_text=_("The text is forgotten once it is sent.")
    )
    key = ExactCharField(pgettext_lazy("idempotency", "key"), max_length=128, unique=True)
    status = models.CharField(
        _("status"), max_length=16, choices=DeliveryStatus, default=DeliveryStatus.QUEUED
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    inquiries = models.PositiveSmallIntegerField(_("inquiries"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"))
    # Set while an SMS is on its way: a process killed there leaves the outcome open. It stays
    # until the outcome is known: the provider is asked for the messages of that day.
    sending_since = models.DateTimeField(null=True, blank=True, editable=False)
    provider_id = models.CharField(_("provider's id"), max_length=128, blank=True)
    problem = models.CharField(_("problem"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), db_index=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    failed_at = models.DateTimeField(_("failed at"), null=True, blank=True)
    history = history(secret=["recipient", "recipient_index", "body", "sending_since"])

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("message sent")
        verbose_name_plural = _("messages sent")
        ordering = ("-pk",)
        permissions = [("retry_delivery", "Can send failed messages again")]
        constraints = [
            *DELIVERY_FLOW.constraints(
                stamps={
                    DeliveryStatus.SENT: "sent_at",
                    DeliveryStatus.FAILED: "failed_at",
                    DeliveryStatus.UNKNOWN: "failed_at",
                }
            )
        ]
        indexes = [models.Index(fields=["status", "next_attempt_at"], name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.template} {self.recipient_masked}"


def masked(channel: str, recipient: str) -> str:
    """What lists show of a recipient; of a person in DingTalk it is his id with us."""
    if channel == Channel.DINGTALK:
        return recipient
    return mask_phone(recipient) if channel == Channel.SMS else mask_email(recipient)
