from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import history
from apps.notifications.enums import Channel, TextPerm
from apps.rbac.enums import TenantKind
from apps.rbac.models import User
from apps.rbac.scoping import ScopedQuerySet


class OfThePlatformQuerySet[M: models.Model](ScopedQuerySet[M]):
    """One for the installation: the platform's staff by right, nobody below."""

    customer_path = None
    owner_path = None

    def visible_to(self, user: User) -> Self:
        is_platform = user.is_staff and user.tenant.kind == TenantKind.PLATFORM
        allowed = user.is_active and is_platform and user.has_perm(TextPerm.VIEW)
        return self if allowed else self.none()


class TemplateText(models.Model):
    """The words of a kind, as staff changed them. Without a row the catalogue's hold."""

    kind = models.CharField(_("kind"), max_length=64)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    language = models.CharField(_("language"), max_length=10)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    is_default = models.BooleanField(
        _("default"), default=False, help_text=_("Set back: the words of the catalogue hold.")
    )
    changed_at = models.DateTimeField(_("changed at"))
    history = history()

    objects = OfThePlatformQuerySet["TemplateText"].as_manager()

    class Meta:
        verbose_name = _("text of messages")
        verbose_name_plural = _("texts of messages")
        ordering = ("kind", "channel", "language")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "channel", "language"], name="templatetext_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.get_channel_display()} · {self.language}"


class SmsTemplate(models.Model):
    """Signature and template code of a kind at the SMS provider, who approved both."""

    kind = models.CharField(_("kind"), max_length=64, unique=True)
    sign_name = models.CharField(
        _("signature"), max_length=50, blank=True, help_text=_("Empty: that of the installation.")
    )
    code = models.CharField(_("template code"), max_length=50, blank=True)
    changed_at = models.DateTimeField(_("changed at"))
    history = history()

    objects = OfThePlatformQuerySet["SmsTemplate"].as_manager()

    class Meta:
        verbose_name = _("SMS template")
        verbose_name_plural = _("SMS templates")

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"
