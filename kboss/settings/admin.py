"""The admin's look and its sidebar."""

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

UNFOLD = {
    "SITE_TITLE": _("Kboss"),
    "SITE_HEADER": _("Kboss"),
    "SITE_SUBHEADER": _("Cloud reseller back office"),
    "SITE_SYMBOL": "cloud_circle",
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "STYLES": [lambda request: static("kboss/admin.css")],
}
