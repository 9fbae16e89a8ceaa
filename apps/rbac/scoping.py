"""The one answer to "which rows may this person see" (X-6)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from apps.core.models import LockableQuerySet
from apps.rbac.enums import DataScope, UserKind

if TYPE_CHECKING:
    from apps.rbac.models import User


@dataclass(frozen=True)
class Grant:
    """What one role gives its holder: permissions, and the rows they reach."""

    role: str
    permissions: frozenset[str]
    data_scope: str
    department_ids: frozenset[int]


class ScopedQuerySet[M: models.Model](LockableQuerySet[M]):
    """Rows that belong to a tenant, and mostly to a customer.

    The class attributes are lookup paths from the row: to its tenant, to its customer (None: not
    for portal users; "": the row is the customer) and to the staff member who owns it (None: the
    data scope of a role does not narrow these rows).
    """

    tenant_path: ClassVar[str] = "tenant"
    customer_path: ClassVar[str | None] = "customer"
    owner_path: ClassVar[str | None] = "customer__owner"

    def visible_to(self, user: "User") -> Self:
        """The rows that `user` may see: his tenant's subtree × the data scope of the roles that
        let him view this model; for portal users, the customers he is a member of."""
        if not user.is_active:
            return self.none()
        if user.is_superuser:
            return self if user.has_perm(self._view_permission()) else self.none()
        grants = user.grants_with(self._view_permission())
        if not grants:
            return self.none()
        if user.kind == UserKind.PORTAL:
            return self._of_member(user)
        subtree = {f"{self.tenant_path}__path__startswith": user.tenant.path}
        return self.filter(**subtree).filter(self._in_scope_of(user, grants))

    def _view_permission(self) -> str:
        return f"{self.model._meta.app_label}.view_{self.model._meta.model_name}"

    def _of_member(self, user: "User") -> Self:
        if self.customer_path is None:
            return self.none()
        return self.filter(**{_join(self.customer_path, "memberships__user"): user})

    def _in_scope_of(self, user: "User", grants: list[Grant]) -> Q:
        """The union of what each role shows."""
        if self.owner_path is None or any(g.data_scope == DataScope.ALL for g in grants):
            return Q()
        reach = Q(pk__in=[])
        for grant in grants:
            reach |= self._reach(user, grant, self.owner_path)
        return reach

    def _reach(self, user: "User", grant: Grant, owner: str) -> Q:
        department = _join(owner, "department")
        if grant.data_scope == DataScope.CHOSEN:
            return Q(**{f"{department}__in": grant.department_ids})
        if grant.data_scope == DataScope.OWN or user.department is None:
            return Q(**{owner or "pk": user.pk})
        if grant.data_scope == DataScope.DEPARTMENT:
            return Q(**{department: user.department})
        return Q(**{f"{department}__path__startswith": user.department.path})


def _join(path: str, rest: str) -> str:
    return f"{path}__{rest}" if path else rest


def visible(model: type[models.Model], user: "User") -> models.QuerySet[Any]:
    """The rows of `model` that `user` may see; models without a scope belong to everybody."""
    queryset = model._default_manager.all()
    visible_to = getattr(queryset, "visible_to", None)
    return visible_to(user) if visible_to else queryset
