from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import ExactCharField
from apps.rbac.models.security import OfUserQuerySet


class ApiTokenQuerySet(OfUserQuerySet["ApiToken"]):
    def alive(self, now: datetime) -> Self:
        return self.filter(
            revoked_at__isnull=True,
            expires_at__gt=now,
            user__is_active=True,
            user__tenant__is_active=True,
        )


class ApiToken(models.Model):
    """A personal key of the API. The key itself is shown once; only its digest is kept.

    `scopes` are "read", "write" or permission codes; what the token may do is never more than
    what its owner may do at that moment.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", verbose_name=_("user")
    )
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("begins with"), max_length=16)
    digest = ExactCharField(_("digest"), max_length=64, unique=True)
    scopes = models.JSONField(_("scopes"), default=list)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))
    last_used_at = models.DateTimeField(_("last used at"), null=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                name="apitoken_expires_after_creation",
                condition=models.Q(expires_at__gt=models.F("created_at")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_alive(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now
