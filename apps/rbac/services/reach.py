"""How far a person's rights go, and whether a role would go further (RBAC-2).

A permission is held *with* a reach: all rows of the tenant subtree, those of some departments, or
one's own. Whoever grants a role must reach, for each of its permissions, at least as far himself
as the holder will reach by it.
"""

from dataclasses import dataclass

from django.contrib.auth.models import Permission
from django.db.models import QuerySet

from apps.rbac.enums import DataScope, UserKind
from apps.rbac.models import Department, Role, Tenant, User
from apps.rbac.scoping import Grant
from apps.rbac.selectors.labels import code_of


@dataclass(frozen=True)
class Reach:
    """The rows of one grant: everything below `tenant_path`, or those of `departments` only.

    Without departments it is the holder's own rows, which everybody has.
    """

    tenant_path: str
    is_all: bool
    departments: frozenset[int] = frozenset()

    def covers(self, other: "Reach") -> bool:
        if not other.is_all and not other.departments:
            return True
        if not other.tenant_path.startswith(self.tenant_path):
            return False
        return self.is_all or (not other.is_all and other.departments <= self.departments)


def reach_of(
    *, scope: str, chosen: frozenset[int], tenant: Tenant, department: Department | None
) -> Reach:
    """What a data scope means for somebody of `tenant` and `department`. Trusted: a read."""
    if scope == DataScope.ALL:
        return Reach(tenant.path, is_all=True)
    if scope == DataScope.CHOSEN:
        return Reach(tenant.path, False, _within(Department.objects.filter(pk__in=chosen)))
    if scope == DataScope.OWN or department is None:
        return Reach(tenant.path, is_all=False)
    if scope == DataScope.DEPARTMENT:
        return Reach(tenant.path, False, frozenset({department.pk}))
    below = Department.objects.filter(path__startswith=department.path)
    return Reach(tenant.path, False, _within(below))


def lacks_for_role(actor: User, role: Role, *, holder: User) -> list[str]:
    """The permissions of `role` that `actor` lacks, or holds with a shorter reach than `holder`
    would. Trusted: a read for the services."""
    would_be = reach_of(
        scope=role.data_scope,
        chosen=frozenset(role.departments.values_list("pk", flat=True)),
        tenant=holder.tenant,
        department=holder.department,
    )
    if role.kind == UserKind.PORTAL:  # narrowed to the customers he is a member of
        would_be = Reach(holder.tenant.path, is_all=False)
    codes = [code_of(p) for p in role.permissions.select_related("content_type")]
    return _lacking(actor, codes, would_be)


def lacks_for_permission(actor: User, role: Role, permission: Permission) -> list[str]:
    """[the permission] if `actor` lacks it or reaches less far than every holder of `role` would.

    A role of departments means another one for each holder, so only who has all rows may add to
    it. Trusted: a read for the services.
    """
    tenant = role.tenant or actor.tenant
    is_own = role.kind == UserKind.PORTAL or role.data_scope == DataScope.OWN
    if role.data_scope == DataScope.CHOSEN:
        chosen = frozenset(role.departments.values_list("pk", flat=True))
        would_be = reach_of(scope=role.data_scope, chosen=chosen, tenant=tenant, department=None)
    else:
        would_be = Reach(tenant.path, is_all=not is_own)
    return _lacking(actor, [code_of(permission)], would_be)


def _lacking(actor: User, codes: list[str], would_be: Reach) -> list[str]:
    if actor.is_superuser:
        return []
    reaches: dict[str, Reach] = {grant.role: _of_grant(actor, grant) for grant in actor.grants}
    return sorted(
        code
        for code in codes
        if not any(reaches[grant.role].covers(would_be) for grant in actor.grants_with(code))
    )


def _of_grant(user: User, grant: Grant) -> Reach:
    return reach_of(
        scope=grant.data_scope,
        chosen=grant.department_ids,
        tenant=user.tenant,
        department=user.department,
    )


def _within(departments: QuerySet[Department]) -> frozenset[int]:
    return frozenset(departments.values_list("pk", flat=True))
