"""The gates that every request passes, whatever view it asks for."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone
from rest_framework import views as _views  # noqa: F401  before problems: they import each other

from apps.core.problems import problem
from apps.rbac.clients import remember_device
from apps.rbac.errors import MfaRequired

# Views of Django's admin that would sign in, or change a password, past our own rules.
SECOND_DOORS = {"admin:login", "admin:password_change", "admin:password_change_done"}
# What staff without a second factor may reach: signing in, setting the factor up, who they are.
OPEN_API = {("GET", "/api/v1/me/")}
GUARDED_PATHS = ("/admin/", "/api/", "/graphql/")
SEEN_EVERY = timedelta(minutes=1)
SEEN_KEY = "rbac_seen_at"


def signed_in_with_mfa(request: HttpRequest) -> bool:
    """Whether a second factor was given in this session, by the user who is signed in now."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


class StaffMfaMiddleware:
    """Staff reach the admin and the API with a second factor only; the admin has no own door.

    It looks at paths, not at views: a route that is added tomorrow is guarded today. API tokens
    carry no session; their own check is in `authentication.py`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._must_stop(request):
            return self._refuse(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or match.view_name not in SECOND_DOORS:
            return None
        if match.view_name == "admin:login":
            target = request.GET.get("next", "/admin/")
            is_ours = get_adapter().is_safe_url(target)
            return _to_sign_in(target if is_ours else "/admin/")
        return HttpResponseRedirect("/account/security")

    def _must_stop(self, request: HttpRequest) -> bool:
        if not settings.STAFF_MFA_REQUIRED or not request.path.startswith(GUARDED_PATHS):
            return False
        if (request.method, request.path) in OPEN_API or not request.user.is_authenticated:
            return False
        return request.user.is_staff and not signed_in_with_mfa(request)

    def _refuse(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/admin/") and request.method == "GET":
            return HttpResponseRedirect(
                f"/account/security?{urlencode({'next': request.get_full_path()})}"
            )
        body = problem(
            status=HTTPStatus.FORBIDDEN,
            code=MfaRequired.code,
            detail=str(MfaRequired()),
            instance=request.path,
        )
        return JsonResponse(
            body, status=HTTPStatus.FORBIDDEN, content_type="application/problem+json"
        )


class SessionActivityMiddleware:
    """Notes once a minute that a session lives, and sends the cookie of a new device."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "rbac_new_device", ""):
            remember_device(request, response)
        self._note(request)
        return response

    def _note(self, request: HttpRequest) -> None:
        key = request.session.session_key
        if key is None or not request.user.is_authenticated:
            return
        now = timezone.now()
        seen = request.session.get(SEEN_KEY, 0)
        if now.timestamp() - seen < SEEN_EVERY.total_seconds():
            return
        request.session[SEEN_KEY] = int(now.timestamp())
        UserSession.objects.filter(session_key=key).update(
            last_seen_at=now, ip=get_adapter().get_client_ip(request)
        )


def _to_sign_in(target: str) -> HttpResponse:
    return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': target})}")
