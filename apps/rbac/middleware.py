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
# All that staff without a second factor reach: signing in, setting the factor up (the portal's
# page, which is empty without the API), their language, and who they are.
OPEN_PATHS = ("/_allauth/", "/i18n/")
OPEN_VIEWS = {"portal"}
OPEN_API = {("GET", "/api/v1/me/")}
SEEN_EVERY = timedelta(minutes=1)
SEEN_KEY = "rbac_seen_at"


def signed_in_with_mfa(request: HttpRequest) -> bool:
    """Whether a second factor was given in this session, by the user who is signed in now."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


class StaffMfaMiddleware:
    """Staff get nowhere without a second factor, and the admin has no door of its own.

    Everything is shut but what is listed above: a route that is added tomorrow is guarded today.
    API tokens carry no session; their own check is in `authentication.py`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        name = match.view_name if match else ""
        if name == "admin:login":
            target = request.GET.get("next", "/admin/")
            return _to_sign_in(target if get_adapter().is_safe_url(target) else "/admin/")
        if name in SECOND_DOORS:
            return HttpResponseRedirect("/account/security")
        return self._refuse(request) if self._must_stop(request, name) else None

    def _must_stop(self, request: HttpRequest, view_name: str) -> bool:
        if not settings.STAFF_MFA_REQUIRED or not request.user.is_authenticated:
            return False
        is_open = (
            view_name in OPEN_VIEWS
            or request.path_info.startswith(OPEN_PATHS)
            or (request.method, request.path_info) in OPEN_API
        )
        return not is_open and request.user.is_staff and not signed_in_with_mfa(request)

    def _refuse(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/admin/") and request.method == "GET":
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
