from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, user: Any) -> Self:
        """The acts in the user's tenant subtree, for who may read the audit log."""
        if user.is_active and user.is_superuser:
            return self
        if not user.is_active or not user.is_staff or not user.has_perm("core.view_auditentry"):
            return self.none()
        return self.filter(tenant_id__in=user.tenant_ids)


class AuditEntry(models.Model):
    """One act. Append-only, and without foreign keys: what it names is never held back by it."""

    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)
    actor_id = models.BigIntegerField(_("actor id"), null=True, db_index=True)
    actor_name = models.CharField(_("actor"), max_length=200, blank=True)
    on_behalf_of = models.CharField(_("on behalf of"), max_length=200, blank=True)
    tenant_id = models.BigIntegerField(_("tenant id"), null=True, db_index=True)
    verb = models.CharField(_("act"), max_length=100, db_index=True)
    target = models.CharField(_("thing"), max_length=120, db_index=True)
    target_name = models.CharField(_("name of the thing"), max_length=200, blank=True)
    before = models.JSONField(_("before"), default=dict, blank=True)
    after = models.JSONField(_("after"), default=dict, blank=True)
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    ip = models.GenericIPAddressField(_("IP address"), null=True)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.verb} {self.target}"
