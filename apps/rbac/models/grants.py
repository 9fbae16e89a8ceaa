"""Requests to change who may do what. Each needs a second person (RBAC-2)."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import LockableQuerySet, history
from apps.rbac.enums import (
    PERMISSION_CHANGE_FLOW,
    ROLE_GRANT_FLOW,
    ChangeKind,
    RequestStatus,
)
from apps.rbac.models.roles import Role
from apps.rbac.scoping import ScopedQuerySet

if TYPE_CHECKING:
    from apps.rbac.models.users import User

STAMPS: dict[str, str] = {
    RequestStatus.APPROVED: "decided_at",
    RequestStatus.REJECTED: "decided_at",
    RequestStatus.WITHDRAWN: "decided_at",
}


class RoleGrantQuerySet(ScopedQuerySet["RoleGrant"]):
    tenant_path = "user__tenant"
    customer_path = None
    owner_path = None

    def pending(self) -> Self:
        return self.filter(status=RequestStatus.PENDING)


class RoleGrant(models.Model):
    """A request to give a role to a user, or to take it away."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="role_grants",
        verbose_name=_("user"),
    )
    role = models.ForeignKey(
        Role, models.PROTECT, related_name="role_grants", verbose_name=_("role")
    )
    kind = models.CharField(_("change"), max_length=16, choices=ChangeKind, default=ChangeKind.ADD)
    status = models.CharField(
        _("status"), max_length=16, choices=RequestStatus, default=RequestStatus.PENDING
    )
    reason = models.CharField(_("reason"), max_length=300)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="requested_role_grants",
        verbose_name=_("requested by"),
    )
    requested_at = models.DateTimeField(_("requested at"), default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="decided_role_grants",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    history = history()

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("role grant")
        verbose_name_plural = _("role grants")
        ordering = ("-pk",)
        permissions = [
            ("request_rolegrant", _("request roles for users")),
            ("decide_rolegrant", _("decide on roles for users")),
        ]
        constraints = [
            *ROLE_GRANT_FLOW.constraints(stamps=STAMPS),
            models.CheckConstraint(
                name="rolegrant_second_person",
                condition=~models.Q(status__in=[RequestStatus.APPROVED, RequestStatus.REJECTED])
                | (
                    models.Q(decided_by__isnull=False)
                    & ~models.Q(decided_by=models.F("requested_by"))
                    & ~models.Q(decided_by=models.F("user"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.user} · {self.role}"


class PermissionChangeQuerySet(LockableQuerySet["RolePermissionChange"]):
    def visible_to(self, user: "User") -> Self:
        """Changes of the roles that the user may see."""
        if user.is_active and user.is_superuser:
            return self
        if not user.is_active or not user.grants_with("rbac.view_rolepermissionchange"):
            return self.none()
        return self.filter(role__in=Role.objects.visible_to(user))

    def pending(self) -> Self:
        return self.filter(status=RequestStatus.PENDING)


class RolePermissionChange(models.Model):
    """A request to add a permission to a role, or to take it out."""

    role = models.ForeignKey(
        Role, models.PROTECT, related_name="permission_changes", verbose_name=_("role")
    )
    permission = models.ForeignKey(
        Permission, models.PROTECT, related_name="+", verbose_name=_("permission")
    )
    kind = models.CharField(_("change"), max_length=16, choices=ChangeKind, default=ChangeKind.ADD)
    status = models.CharField(
        _("status"), max_length=16, choices=RequestStatus, default=RequestStatus.PENDING
    )
    reason = models.CharField(_("reason"), max_length=300)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="requested_permission_changes",
        verbose_name=_("requested by"),
    )
    requested_at = models.DateTimeField(_("requested at"), default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="decided_permission_changes",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    history = history()

    objects = PermissionChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of a role's permissions")
        verbose_name_plural = _("changes of roles' permissions")
        ordering = ("-pk",)
        permissions = [
            ("request_rolepermissionchange", _("request changes of roles' permissions")),
            ("decide_rolepermissionchange", _("decide on changes of roles' permissions")),
        ]
        constraints = [
            *PERMISSION_CHANGE_FLOW.constraints(stamps=STAMPS),
            models.CheckConstraint(
                name="rolepermissionchange_second_person",
                condition=~models.Q(status__in=[RequestStatus.APPROVED, RequestStatus.REJECTED])
                | (
                    models.Q(decided_by__isnull=False)
                    & ~models.Q(decided_by=models.F("requested_by"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.role} · {self.permission.codename}"
