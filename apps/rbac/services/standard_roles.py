from collections import defaultdict
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import transaction
from django.utils import translation

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


@transaction.atomic
def install_standard_roles() -> list[Role]:
    """Create the standard roles and add what they lack; nothing is taken away.

    Trusted: part of setting an installation up; safe to repeat.
    :raises KeyError: if an app grants a permission that no model has
    """
    grants = standard_grants()
    known = {
        f"{p.content_type.app_label}.{p.codename}": p
        for p in Permission.objects.select_related("content_type")
    }
    roles = []
    for code, (name, kind, data_scope) in STANDARD_ROLES.items():
        with translation.override("zh-hans"):
            defaults = {"name": str(name), "kind": kind, "data_scope": data_scope}
        role, _created = Role.objects.get_or_create(code=code, defaults=defaults)
        held = set(role.role_permissions.values_list("permission_id", flat=True))
        RolePermission.objects.bulk_create(
            RolePermission(role=role, permission=known[permission])
            for permission in sorted(grants[code])
            if known[permission].pk not in held
        )
        roles.append(role)
    return roles
