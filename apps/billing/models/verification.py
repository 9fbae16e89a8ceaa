from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.rbac.enums import TenantKind
from apps.rbac.scoping import ScopedQuerySet

if TYPE_CHECKING:
    from apps.rbac.models import User


class PayoutStopQuerySet(ScopedQuerySet["PayoutStop"]):
    def visible_to(self, user: "User") -> Self:
        """It is about the books of the whole house: for staff of the platform alone."""
        sees = user.is_active and user.is_staff and user.has_perm("billing.view_payoutstop")
        return self if sees and user.tenant.kind == TenantKind.PLATFORM else self.none()

    def in_force(self) -> Self:
        return self.filter(lifted_at__isnull=True)


class PayoutStop(models.Model):
    """Payouts are stopped from `raised_at` on, because the books do not agree."""

    raised_at = models.DateTimeField(_("raised at"))
    findings = models.JSONField(_("findings"))
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)

    objects = PayoutStopQuerySet.as_manager()

    class Meta:
        verbose_name = _("payout stop")
        verbose_name_plural = _("payout stops")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.raised_at:%Y-%m-%d %H:%M}"
