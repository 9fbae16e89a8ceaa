from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models.fields import ExactCharField


class IdempotencyKey(models.Model):
    """The first answer to an unsafe request, kept so that a repeat gets it again."""

    scope = ExactCharField(_("scope"), max_length=200)
    key = ExactCharField(_("key"), max_length=200)
    request_digest = models.CharField(_("request digest"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    body = models.JSONField(_("body"), null=True)
    claimed_until = models.DateTimeField(_("claimed until"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="idempotency_key_once")
        ]

    def __str__(self) -> str:
        return str(self.key)
