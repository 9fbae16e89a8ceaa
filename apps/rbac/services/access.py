from django.contrib.auth.models import Permission
from django.db import models

from apps.core.errors import Forbidden, NotFound
from apps.rbac.models import User
from apps.rbac.scoping import visible


def require(actor: User, permission: str, thing: models.Model | None = None) -> None:
    """Let `actor` pass only with `permission`, and only to a thing that he may see.

    Trusted: it is the gate itself.
    :raises NotFound: if `thing` is not visible to the actor: he may not even learn that it exists
    :raises Forbidden: if the actor lacks the permission
    """
    if thing is not None and not visible(type(thing), actor).filter(pk=thing.pk).exists():
        raise NotFound
    if not actor.has_perm(permission):
        raise Forbidden(permission=getattr(permission, "label", permission))


def permission_named(code: str) -> Permission:
    """The permission row of "app.codename". Trusted: reads reference data."""
    app_label, codename = code.split(".")
    return Permission.objects.get(content_type__app_label=app_label, codename=codename)
