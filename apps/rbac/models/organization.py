from typing import TYPE_CHECKING, Self, cast

from django.db import models
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node, MP_NodeManager, MP_NodeQuerySet

from apps.core.models import history
from apps.rbac.enums import TenantKind

if TYPE_CHECKING:
    from apps.rbac.models.users import User


class TenantQuerySet(MP_NodeQuerySet):
    def visible_to(self, user: "User") -> Self:
        """The user's own tenant and those below it, for staff who may look at tenants."""
        if user.is_active and user.is_superuser:
            return self
        if not user.is_active or not user.is_staff or not user.grants_with("rbac.view_tenant"):
            return cast("Self", self.none())
        return cast("Self", self.filter(path__startswith=user.tenant.path))


class TenantManager(MP_NodeManager):
    def get_queryset(self) -> TenantQuerySet:
        rows = TenantQuerySet(self.model, using=self._db)
        return cast("TenantQuerySet", rows.order_by("path"))


class Tenant(MP_Node):
    """The platform or a distributor: who sells. Tenants form a tree."""

    name = models.CharField(_("name"), max_length=100)
    code = models.CharField(_("code"), max_length=32, unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=TenantKind)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    history = history()

    objects = TenantManager()

    class Meta:
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")

    def __str__(self) -> str:
        return self.name


class DepartmentQuerySet(MP_NodeQuerySet):
    def visible_to(self, user: "User") -> Self:
        """The departments of the user's tenant and of those below it."""
        if user.is_active and user.is_superuser:
            return self
        if not user.is_active or not user.is_staff or not user.grants_with("rbac.view_department"):
            return cast("Self", self.none())
        return cast("Self", self.filter(tenant__path__startswith=user.tenant.path))


class DepartmentManager(MP_NodeManager):
    def get_queryset(self) -> DepartmentQuerySet:
        rows = DepartmentQuerySet(self.model, using=self._db)
        return cast("DepartmentQuerySet", rows.order_by("path"))


class Department(MP_Node):
    """Where staff belong: the tree along which data scopes reach."""

    tenant = models.ForeignKey(
        Tenant, models.PROTECT, related_name="departments", verbose_name=_("tenant")
    )
    name = models.CharField(_("name"), max_length=100)
    head = models.ForeignKey(
        "rbac.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("head"),
    )
    history = history()

    objects = DepartmentManager()

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")

    def __str__(self) -> str:
        return self.name
