"""Where a request comes from, and the cookie by which its browser is known again."""

import secrets

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from apps.rbac.services.sign_in import Client

COOKIE = "kb_device"
COOKIE_AGE = 2 * 365 * 24 * 3600
BITS = 32  # hexadecimal digits


def client_of(request: HttpRequest) -> Client:
    """Address, browser and device of a request. The device is new if the cookie is missing."""
    return Client(
        ip=get_adapter().get_client_ip(request),
        user_agent=request.META.get("HTTP_USER_AGENT", ""),
        device=device_of(request),
    )


def device_of(request: HttpRequest) -> str:
    """The device's cookie, made up now if it has none; `remember_device` then sends it."""
    if not hasattr(request, "rbac_device"):
        cookie = request.COOKIES.get(COOKIE, "")
        request.rbac_device = cookie if _is_ours(cookie) else ""  # type: ignore[attr-defined]
        request.rbac_new_device = ""  # type: ignore[attr-defined]
    if not request.rbac_device:  # type: ignore[attr-defined]
        request.rbac_device = request.rbac_new_device = secrets.token_hex(BITS // 2)  # type: ignore[attr-defined]
    return str(request.rbac_device)  # type: ignore[attr-defined]


def remember_device(request: HttpRequest, response: HttpResponse) -> None:
    """Send the cookie of a device that signed in for the first time."""
    device = getattr(request, "rbac_new_device", "")
    if device and request.user.is_authenticated:
        response.set_cookie(
            COOKIE,
            device,
            max_age=COOKIE_AGE,
            httponly=True,
            samesite="Lax",
            secure=bool(settings.SESSION_COOKIE_SECURE),
        )


def _is_ours(cookie: str) -> bool:
    return len(cookie) == BITS and all(c in "0123456789abcdef" for c in cookie)
