from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import ExactCharField
from apps.rbac.models import User
from apps.rbac.scoping import ScopedQuerySet


class MessageQuerySet(ScopedQuerySet["Message"]):
    tenant_path = "user__tenant"
    customer_path = None
    owner_path = None

    def visible_to(self, user: User) -> Self:
        """Each his own, whatever his roles; an API token needs the scope."""
        by_token = user.token_scopes is not None
        if not user.is_active or (by_token and not user.has_perm(self._view_permission())):
            return self.none()
        return self.filter(user=user)

    def unread(self) -> Self:
        return self.filter(read_at__isnull=True)

    def waiting_for_digest(self, now: datetime) -> Self:
        return self.filter(digest_at__lte=now, digested_at__isnull=True)


class Message(models.Model):
    """One message in the inbox of one person. The same key is the same message."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="messages", verbose_name=_("reader")
    )
    kind = models.CharField(_("kind"), max_length=64)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    link = models.CharField(_("link"), max_length=300, blank=True)
    key = ExactCharField(pgettext_lazy("idempotency", "key"), max_length=128)
    created_at = models.DateTimeField(_("created at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    # The mail about it waits until then, to come with others.
    digest_at = models.DateTimeField(null=True, blank=True, editable=False)
    digested_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("inbox")
        ordering = ("-pk",)
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="message_key_once")]
        indexes = [
            models.Index(fields=["user", "read_at"], name="message_unread"),
            models.Index(fields=["digested_at", "digest_at"], name="message_digest_due"),
        ]

    def __str__(self) -> str:
        return self.subject


class ThrottleMark(models.Model):
    """Until when a person is not told of one kind again by mail, SMS or DingTalk."""

    reader = ExactCharField(max_length=64)  # "user:5", or the reference of an address
    kind = models.CharField(max_length=64)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reader", "kind"], name="throttlemark_once")]

    def __str__(self) -> str:
        return f"{self.reader} {self.kind}"
