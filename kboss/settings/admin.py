"""The admin's look and its sidebar."""

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _


def _admin_css(request: HttpRequest) -> str:
    return static("kboss/admin.css")


def _admin_js(request: HttpRequest) -> str:
    return static("kboss/admin.js")


def _live_js(request: HttpRequest) -> str:
    return static("kboss/live.js")


def _favicon(request: HttpRequest) -> str:
    return static("kboss/favicon.svg")


UNFOLD = {
    "SITE_TITLE": "Kboss",
    "SITE_HEADER": "Kboss",
    "SITE_SUBHEADER": _("Cloud reseller back office"),
    "SITE_SYMBOL": "cloud_circle",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _favicon}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "DASHBOARD_CALLBACK": "apps.insights.dashboard.dashboard",
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "kboss.navigation.sidebar",
    },
    "STYLES": [_admin_css],
    "SCRIPTS": [_admin_js, _live_js],
    # Deep blue #1F5EFF and its neighbours; text on 600 and darker has AA contrast with white.
    "COLORS": {
        "primary": {
            "50": "#eef3ff",
            "100": "#dbe5ff",
            "200": "#bfd0ff",
            "300": "#93b0ff",
            "400": "#6087ff",
            "500": "#3b6bff",
            "600": "#1f5eff",
            "700": "#1748d1",
            "800": "#163ca8",
            "900": "#173785",
            "950": "#122352",
        },
    },
}
