from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import Permission
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.models import LockableQuerySet, history
from apps.rbac.enums import STANDARD_ROLES, DataScope, UserKind
from apps.rbac.models.organization import Department, Tenant

if TYPE_CHECKING:
    from apps.rbac.models.users import User


class RoleQuerySet(LockableQuerySet["Role"]):
    def visible_to(self, user: "User") -> Self:
        """Standard roles and those of the user's tenant subtree, for who may look at roles."""
        if user.is_active and user.is_superuser:
            return self
        if not user.is_active or not user.is_staff or not user.grants_with("rbac.view_role"):
            return self.none()
        return self.filter(Q(tenant=None) | Q(tenant__path__startswith=user.tenant.path))


class Role(models.Model):
    """What a person may do, and on which rows. Without a tenant it is a standard role."""

    tenant = models.ForeignKey(
        Tenant,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="roles",
        verbose_name=_("tenant"),
    )
    code = models.CharField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=16, choices=UserKind, default=UserKind.STAFF)
    data_scope = models.CharField(
        _("data scope"), max_length=32, choices=DataScope, default=DataScope.OWN
    )
    departments = models.ManyToManyField(
        Department, blank=True, related_name="+", verbose_name=_("chosen departments")
    )
    permissions: "models.ManyToManyField[Permission, RolePermission]" = models.ManyToManyField(
        Permission, through="RolePermission", related_name="+", verbose_name=_("permissions")
    )
    history = history()

    objects = RoleQuerySet.as_manager()

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ("pk",)

    def __str__(self) -> str:
        standard = STANDARD_ROLES.get(self.code)
        return gettext(str(standard[0])) if standard and self.tenant_id is None else self.name


class RolePermission(models.Model):
    """One permission of one role."""

    role = models.ForeignKey(Role, models.CASCADE, related_name="role_permissions")
    permission = models.ForeignKey(Permission, models.PROTECT, related_name="+")
    history = history()

    class Meta:
        verbose_name = _("role permission")
        verbose_name_plural = _("role permissions")
        constraints = [
            models.UniqueConstraint(fields=["role", "permission"], name="rolepermission_once")
        ]

    def __str__(self) -> str:
        return f"{self.role} · {self.permission.codename}"


class UserRole(models.Model):
    """One role of one person."""

    user = models.ForeignKey("rbac.User", models.PROTECT, related_name="user_roles")
    role = models.ForeignKey(Role, models.PROTECT, related_name="user_roles")
    granted_at = models.DateTimeField(_("granted at"), auto_now_add=True)
    history = history()

    class Meta:
        verbose_name = _("role of a user")
        verbose_name_plural = _("roles of users")
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="userrole_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.role}"
