from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.rbac.errors import StepUpRequired
from apps.rbac.services import step_up as gate


def step_up(action: str, *, without_mfa: bool = False) -> type[BasePermission]:
    """A DRF permission: the second factor within five minutes, in this session, for `action`.

        permission_classes = [IsAuthenticated, step_up("withdrawal")]

    An API token has no session and never passes. With `without_mfa`, who has no second factor
    passes; otherwise he confirms with his password.
    """

    class StepUp(BasePermission):
        def has_permission(self, request: Request, view: APIView) -> bool:
            if request.auth is not None:
                raise StepUpRequired(action=action)
            gate.ensure_confirmed(
                request.session,
                user=request.user,
                action=action,
                now=timezone.now(),
                without_mfa=without_mfa,
            )
            return True

    return StepUp
