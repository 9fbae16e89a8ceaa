from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.flow import Flow


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")


class DeliveryStatus(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Unknown")


DELIVERY_FLOW = Flow(
    "notifications.Delivery",
    {
        DeliveryStatus.QUEUED: {
            DeliveryStatus.SENT,
            DeliveryStatus.FAILED,
            DeliveryStatus.UNKNOWN,
        },
        DeliveryStatus.SENT: set(),
        DeliveryStatus.FAILED: set(),
        DeliveryStatus.UNKNOWN: set(),
    },
)


class DeliveryPerm(models.TextChoices):
    VIEW = "notifications.view_delivery", _("view sent messages")


_SEE: list[str] = [DeliveryPerm.VIEW]
STANDARD_GRANTS: dict[str, list[str]] = {
    "administrator": _SEE,
    "operations": _SEE,
    "support": _SEE,
    "auditor": _SEE,
}
