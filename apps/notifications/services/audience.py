"""Whom a message to staff concerns: those who may act, and may see what it is about."""

from typing import Any

from django.db.models import Model

from apps.rbac.enums import UserKind
from apps.rbac.models import Tenant, User

MOST = 200


def staff_who_may(*, permission: str, thing: Model, tenant: Tenant) -> list[User]:
    """
    Staff of the thing's tenant who hold `permission` and see the thing; those of the tenants above
    if nobody does. Trusted: people are told, nothing is shown.
    """
    app_label, codename = permission.split(".")
    holders = (
        User.objects.filter(
            kind=UserKind.STAFF,
            is_active=True,
            roles__role_permissions__permission__codename=codename,
            roles__role_permissions__permission__content_type__app_label=app_label,
        )
        .select_related("tenant", "department")
        .order_by("pk")
        .distinct()
    )
    step = Tenant.steplen
    paths = [tenant.path[:end] for end in range(step, len(tenant.path) + 1, step)]
    for level in Tenant.objects.filter(path__in=paths).order_by("-depth"):
        able = [user for user in holders.filter(tenant=level)[:MOST] if _sees(user, thing)]
        if able:
            return able
    return []


def _sees(user: User, thing: Model) -> bool:
    rows: Any = type(thing)._default_manager.filter(pk=thing.pk)
    return bool(rows.visible_to(user).exists())
