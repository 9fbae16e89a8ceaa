from collections import defaultdict
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import transaction
from django.utils import translation

from apps.core import audit
from apps.rbac.enums import STANDARD_ROLES
from apps.rbac.models import Role, RolePermission


def standard_grants() -> dict[str, set[str]]:
    """Role code → permissions, as each installed app declares in `enums.STANDARD_GRANTS`."""
    grants: dict[str, set[str]] = defaultdict(set)
    for config in apps.get_app_configs():
        if not config.name.startswith("apps.") or not find_spec(f"{config.name}.enums"):
            continue
        enums = import_module(f"{config.name}.enums")
        for code, permissions in getattr(enums, "STANDARD_GRANTS", {}).items():
            grants[code].update(str(permission) for permission in permissions)
    return grants


@dataclass(frozen=True)
class RoleChange:
    """What a standard role gained."""

    role: Role
    is_new: bool
    added: tuple[str, ...]


@transaction.atomic
def install_standard_roles() -> list[Role]:
    """Create the standard roles and add what they lack; nothing is taken away.

    Trusted: part of setting an installation up; safe to repeat.
    :raises KeyError: if an app grants a permission that no model has
    """
    return [change.role for change in _complete()]


@transaction.atomic
def sync_standard_roles() -> list[RoleChange]:
    """The same after an update, with an entry in the audit log for each role that gained something;
    those roles.

    Trusted: whoever has a shell on the installation.
    """
    changes = [change for change in _complete() if change.is_new or change.added]
    for change in changes:
        audit.record(
            actor=None, verb="role.completed", thing=change.role, after={"added": change.added}
        )
    return changes


def _complete() -> list[RoleChange]:
    grants = standard_grants()
    known = {
        f"{p.content_type.app_label}.{p.codename}": p
        for p in Permission.objects.select_related("content_type")
    }
    changes = []
    for code, (name, kind, data_scope) in STANDARD_ROLES.items():
        with translation.override("zh-hans"):
            defaults = {"name": str(name), "kind": kind, "data_scope": data_scope}
        role, is_new = Role.objects.get_or_create(code=code, defaults=defaults)
        held = set(role.role_permissions.values_list("permission_id", flat=True))
        added = [one for one in sorted(grants[code]) if known[one].pk not in held]
        RolePermission.objects.bulk_create(
            RolePermission(role=role, permission=known[one]) for one in added
        )
        changes.append(RoleChange(role, is_new, tuple(added)))
    return changes
