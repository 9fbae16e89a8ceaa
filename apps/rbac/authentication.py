from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from apps.core.errors import Forbidden
from apps.rbac.errors import MfaRequired
from apps.rbac.models import ApiToken, User
from apps.rbac.selectors import has_mfa
from apps.rbac.services import tokens

KEYWORD = "Bearer"


class TokenIsReadOnly(Forbidden):
    code = "rbac.token_is_read_only"
    message = _("This API token may only read.")


class TokenScopeIsMissing(Forbidden):
    code = "rbac.token_scope_is_missing"
    message = _("This API token lacks the scope “{scope}”.")


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer kb_…`: a personal API token, on the API alone."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The owner, narrowed to the token's scopes.

        :raises AuthenticationFailed: if the token is unknown, expired, revoked or its owner gone
        :raises TokenIsReadOnly: if it may not change anything
        :raises TokenScopeIsMissing: if it names permissions alone, and the act needs none
        :raises MfaRequired: if its owner is staff without a second factor
        """
        parts = get_authorization_header(request).decode("latin-1").split()
        if not parts or parts[0].lower() != KEYWORD.lower():
            return None
        token = tokens.token_of(key=parts[-1], now=timezone.now()) if len(parts) == 2 else None
        if token is None:
            raise AuthenticationFailed(_("This API token is not valid."))
        if not _only_reads(request) and not tokens.may_write(scopes=token.scopes):
            raise TokenIsReadOnly
        if _is_of_the_account(request) and tokens.WRITE not in token.scopes:
            raise TokenScopeIsMissing(scope=tokens.WRITE)
        if settings.STAFF_MFA_REQUIRED and token.user.is_staff and not has_mfa(token.user):
            raise MfaRequired
        return tokens.narrowed_owner(token=token), token

    def authenticate_header(self, request: Request) -> str:
        return KEYWORD


def _only_reads(request: Request) -> bool:
    """A question that is too long for an address is posted: that changes nothing."""
    view = request.parser_context.get("view")
    return request.method in SAFE_METHODS or getattr(view, "reads_only", False)


def _is_of_the_account(request: Request) -> bool:
    """Whether the act changes the person's own account: no permission of his stands for it."""
    view = request.parser_context.get("view")
    return getattr(view, "action", None) in getattr(view, "account_acts", ())


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "apps.rbac.authentication.TokenAuthentication"
    name = "personalToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A personal API token (kb_…), made in the portal under Security.",
        }
