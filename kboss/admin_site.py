from typing import Any

from django.contrib.admin.apps import AdminConfig
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite


class KbossAdminSite(UnfoldAdminSite):
    """The back office. It has no route that reveals an object without asking its own page."""

    index_title = _("My day")

    def get_urls(self) -> list[URLResolver | URLPattern]:
        # /admin/r/<type>/<pk>/ would answer who exists, and where, to anybody on the staff.
        hidden = {"view_on_site"}
        return [url for url in super().get_urls() if getattr(url, "name", "") not in hidden]


class KbossAdminConfig(AdminConfig):
    default_site = "kboss.admin_site.KbossAdminSite"
    default: Any = False
