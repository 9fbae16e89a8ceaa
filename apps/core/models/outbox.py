from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OutboxEvent(models.Model):
    """A fact that was published, written in the transaction that made it true."""

    kind = models.CharField(_("kind"), max_length=100, db_index=True)
    payload = models.JSONField(_("payload"))
    published_at = models.DateTimeField(_("published at"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class OutboxDeliveryQuerySet(models.QuerySet["OutboxDelivery"]):
    def due(self, now: datetime) -> Self:
        return self.filter(done_at__isnull=True, next_attempt_at__lte=now)


class OutboxDelivery(models.Model):
    """One receiver's share of an event. Done at least once: the receiver is idempotent."""

    event = models.ForeignKey(OutboxEvent, models.PROTECT, related_name="deliveries")
    receiver = models.CharField(_("receiver"), max_length=200)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"), default=timezone.now)
    done_at = models.DateTimeField(_("done at"), null=True)

    objects = OutboxDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("event delivery")
        verbose_name_plural = _("event deliveries")
        constraints = [
            models.UniqueConstraint(fields=["event", "receiver"], name="outbox_delivery_once")
        ]
        indexes = [models.Index(fields=["done_at", "next_attempt_at"], name="outbox_delivery_due")]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.receiver}"
