"""Why somebody can, or can't, do something (RBAC-1)."""

from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from apps.rbac.enums import DataScope, UserKind
from apps.rbac.models import Department, Role, User
from apps.rbac.scoping import Grant, visible


@dataclass(frozen=True)
class Because:
    """One step of the reasoning; `holds` says which way it points."""

    holds: bool
    text: str


@dataclass(frozen=True)
class Verdict:
    """The answer and how it comes about."""

    is_allowed: bool
    reasons: list[Because] = field(default_factory=list)


def why(*, user: User, permission: str, thing: models.Model | None = None) -> Verdict:
    """Whether `user` may do `permission` (to `thing`), by which role, and on which rows."""
    if not user.is_active:
        return Verdict(False, [Because(False, _("The account is disabled."))])
    if user.is_superuser:
        return Verdict(True, [Because(True, _("A superuser may do everything, everywhere."))])
    roles = {role.code: role for role in Role.objects.filter(user_roles__user=user)}
    grants = user.grants_with(permission)
    reasons = [
        Because(True, _("Role “{role}” gives the permission.").format(role=roles[grant.role]))
        for grant in grants
    ]
    if not grants:
        names = "、".join(str(role) for role in roles.values()) or _("none")
        text = _("None of the roles gives the permission. Roles: {roles}.")
        return Verdict(False, [Because(False, text.format(roles=names))])
    if thing is None:
        return Verdict(True, [*reasons, *(_rows_of(user, grant, roles) for grant in grants)])
    is_visible, seen = _why_visible(user, thing, roles)
    return Verdict(is_visible, [*reasons, *seen])


def thing_named(model: type[models.Model], text: str) -> models.Model | None:
    """The row that somebody means by its number or its key; the caller checks who may see it."""
    queryset = model._default_manager.all()
    names = {f.name for f in model._meta.get_fields()}
    for name in ("number", "email", "code"):
        if name in names:
            found = queryset.filter(**{name: text}).first()
            if found is not None:
                return found
    return queryset.filter(pk=int(text)).first() if text.isdecimal() else None


def _why_visible(
    user: User, thing: models.Model, roles: dict[str, Role]
) -> tuple[bool, list[Because]]:
    model = type(thing)
    if not hasattr(model._default_manager.all(), "visible_to"):
        return True, [Because(True, _("Things of this kind belong to everybody."))]
    is_visible = visible(model, user).filter(pk=thing.pk).exists()
    view = f"{model._meta.app_label}.view_{model._meta.model_name}"
    seeing = user.grants_with(view)
    if not seeing:
        return False, [Because(False, _("No role lets him view things of this kind."))]
    word = (
        _("“{thing}” is visible to him.") if is_visible else _("“{thing}” is not visible to him.")
    )
    reasons = [Because(is_visible, word.format(thing=thing))]
    reasons += [_rows_of(user, grant, roles) for grant in seeing]
    tenant = _tenant_of(thing)
    if tenant is not None and user.kind == UserKind.STAFF:
        is_below = tenant.path.startswith(user.tenant.path)
        text = _("It belongs to tenant “{theirs}”, his own is “{own}”.")
        reasons.append(Because(is_below, text.format(theirs=tenant, own=user.tenant)))
    return is_visible, reasons


def _rows_of(user: User, grant: Grant, roles: dict[str, Role]) -> Because:
    role = roles[grant.role]
    if user.kind == UserKind.PORTAL:
        text = _("Role “{role}” reaches the customers that he is a member of.")
        return Because(True, text.format(role=role))
    text = _("Role “{role}” reaches: {scope} in “{tenant}” and below.")
    scope = f"{DataScope(grant.data_scope).label}{_departments(user, grant)}"
    return Because(True, text.format(role=role, scope=scope, tenant=user.tenant))


def _departments(user: User, grant: Grant) -> str:
    if grant.data_scope == DataScope.CHOSEN:
        chosen = Department.objects.filter(pk__in=grant.department_ids)
        return f" ({'、'.join(map(str, chosen)) or '—'})"
    if grant.data_scope in (DataScope.DEPARTMENT, DataScope.DEPARTMENT_AND_BELOW):
        return f" ({user.department or '—'})"
    return ""


def _tenant_of(thing: models.Model) -> Any:
    found: Any = thing
    path = getattr(type(thing)._default_manager.all(), "tenant_path", "tenant")
    for name in path.split("__"):
        found = getattr(found, name, None)
    return found
