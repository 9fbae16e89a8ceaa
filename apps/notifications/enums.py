from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.flow import Flow
from apps.notifications.dingtalk.states import RUN_DINGTALK, SEE_DINGTALK


class Channel(models.TextChoices):
    INBOX = "inbox", _("Inbox")
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    DINGTALK = "dingtalk", _("DingTalk")


# What leaves the house; the inbox is a row of ours.
OUTGOING = (Channel.EMAIL, Channel.SMS, Channel.DINGTALK)
OUTGOING_CHOICES = [(channel.value, channel.label) for channel in OUTGOING]


class Digest(models.TextChoices):
    """How often a person wants the mails that can wait."""

    NONE = "none", _("Each at once")
    HOURLY = "hourly", _("One mail an hour")
    DAILY = "daily", _("One mail a day, at 9:00")


class DeliveryStatus(models.TextChoices):
    QUEUED = "queued", pgettext_lazy("message", "Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", pgettext_lazy("message", "Unknown")


DELIVERY_FLOW = Flow(
    "notifications.Delivery",
    {
        DeliveryStatus.QUEUED: {
            DeliveryStatus.SENT,
            DeliveryStatus.FAILED,
            DeliveryStatus.UNKNOWN,
        },
        DeliveryStatus.SENT: set(),
        DeliveryStatus.FAILED: {DeliveryStatus.QUEUED},
        DeliveryStatus.UNKNOWN: {DeliveryStatus.SENT, DeliveryStatus.FAILED},
    },
)


class DeliveryPerm(models.TextChoices):
    VIEW = "notifications.view_delivery", _("view sent messages")
    RETRY = "notifications.retry_delivery", _("send failed messages again")


class TextPerm(models.TextChoices):
    VIEW = "notifications.view_templatetext", _("view the texts of messages")
    CHANGE = "notifications.change_templatetext", _("edit the texts of messages")


_SEE: list[str] = [DeliveryPerm.VIEW, TextPerm.VIEW]
STANDARD_GRANTS: dict[str, list[str]] = {
    "administrator": [*_SEE, DeliveryPerm.RETRY, TextPerm.CHANGE, *SEE_DINGTALK],
    "operations": [*_SEE, DeliveryPerm.RETRY, TextPerm.CHANGE, *RUN_DINGTALK],
    "support": [*_SEE, DeliveryPerm.RETRY],
    "auditor": [*_SEE, *SEE_DINGTALK],
}
