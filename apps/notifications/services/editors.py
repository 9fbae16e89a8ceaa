from apps.core.errors import Forbidden
from apps.notifications.enums import TextPerm
from apps.rbac import services as rbac
from apps.rbac.enums import TenantKind
from apps.rbac.models import User


def require_editor(*, actor: User) -> None:
    """
    The words are one for the installation: the platform's staff edit them, nobody below.

    :raises Forbidden: if the actor may not
    """
    rbac.require(actor, TextPerm.CHANGE)
    if actor.tenant.kind != TenantKind.PLATFORM:
        raise Forbidden(permission=TextPerm.CHANGE.label)
