"""The customer portal: one page, built by Vite, that Django serves for each of its addresses."""

import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import URLPattern, re_path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

# First segments of the portal's addresses, as in frontend/src/router/routes.ts. Whatever is in
# neither is a true 404.
SECTIONS = (
    "login",
    "signup",
    "verify",
    "password",
    "products",
    "promotions",
    "my-prices",
    "cart",
    "vouchers",
    "checkout",
    "orders",
    "resources",
    "wallet",
    "bills",
    "approvals",
    "messages",
    "account",
)
POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "style-src 'self' 'unsafe-inline'",  # Element Plus places pop-ups by style attributes
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
CONFIG_SLOT = '<script type="application/json" id="kboss-config">{}</script>'


@lru_cache(maxsize=1)
def _page(path: Path, _changed_at: int) -> str:
    return path.read_text(encoding="utf-8")


def _config() -> dict[str, object]:
    return {
        "sandbox": settings.IS_SANDBOX,
        "mailboxUrl": settings.SANDBOX_URLS.get("mailbox"),
        "csrfCookie": settings.CSRF_COOKIE_NAME,
    }


def _as_script_text(facts: dict[str, object]) -> str:
    """JSON that can't end the script element around it."""
    return json.dumps(facts).replace("<", "\\u003c")


@never_cache
@require_safe
def portal(request: HttpRequest) -> HttpResponse:
    """The page; it needs the CSRF cookie before its first call that changes something."""
    path = settings.PORTAL_DIST / "index.html"
    if not path.exists():
        return HttpResponse(
            "The portal is not built: run `npm ci && npm run build` in frontend/.",
            status=503,
            content_type="text/plain",
        )
    get_token(request)
    script = CONFIG_SLOT.replace("{}", _as_script_text(_config()))
    page = _page(path, path.stat().st_mtime_ns).replace(CONFIG_SLOT, script)
    return HttpResponse(page, headers={"Content-Security-Policy": POLICY})


urlpatterns: list[URLPattern] = [
    re_path(rf"^(?:$|(?:{'|'.join(SECTIONS)})(?:/.*)?$)", portal, name="portal"),
]
