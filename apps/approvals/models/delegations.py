from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.approvals.enums import ApprovalPerm
from apps.core.models import history
from apps.rbac.scoping import ScopedQuerySet

if TYPE_CHECKING:
    from apps.rbac.models import User


class DelegationQuerySet(ScopedQuerySet["Delegation"]):
    tenant_path = "person__tenant"
    customer_path = None
    owner_path = "person"

    def visible_to(self, user: "User") -> Self:
        """Those that concern the user; all of his reach for who names stand-ins for others."""
        if not user.is_active or not user.is_staff:
            return self.none()
        own = Q(person=user) | Q(stand_in=user)
        if not user.has_perm(ApprovalPerm.DELEGATE_FOR):
            return self.filter(own)
        by_role = super().visible_to(user).order_by().values("pk")
        return self.filter(own | Q(pk__in=by_role))

    def active(self, now: datetime) -> Self:
        return self.filter(starts_at__lte=now, ends_at__gt=now, ended_at__isnull=True)

    def overlapping(self, starts_at: datetime, ends_at: datetime) -> Self:
        return self.filter(starts_at__lt=ends_at, ends_at__gt=starts_at, ended_at__isnull=True)


class Delegation(models.Model):
    """Who decides for whom while he is away, in [from, until). Both may decide meanwhile."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="delegations",
        verbose_name=_("absent person"),
    )
    stand_in = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="stands_in",
        verbose_name=_("stand-in"),
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), db_index=True)
    kinds = models.JSONField(_("kinds"), default=list, blank=True, help_text=_("None: all kinds."))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created at"))
    ended_at = models.DateTimeField(_("ended early at"), null=True, blank=True)
    history = history()

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ("-starts_at",)
        permissions = [("delegate_for_others", "Can name stand-ins for others")]
        constraints = [
            models.CheckConstraint(
                name="delegation_to_somebody_else", condition=~Q(person=F("stand_in"))
            ),
            models.CheckConstraint(
                name="delegation_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} → {self.stand_in}"

    def covers(self, kind: str) -> bool:
        return not self.kinds or kind in self.kinds
