from functools import partial
from typing import Any

from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite


class KbossAdminSite(UnfoldAdminSite):
    """The back office. It has no route that reveals an object without asking its own page."""

    index_title = _("My day")

    def get_sidebar_list(self, request: HttpRequest) -> Any:
        """kboss.navigation.sidebar as it is: templates/unfold/helpers/app_list.html draws it."""
        return self._get_value(self._get_config("SIDEBAR", request)["navigation"], request)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Built when something reads it: pages show the sidebar in its place."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))

    def get_urls(self) -> list[URLResolver | URLPattern]:
        # /admin/r/<type>/<pk>/ would answer who exists, and where, to anybody on the staff.
        hidden = {"view_on_site"}
        return [url for url in super().get_urls() if getattr(url, "name", "") not in hidden]


class KbossAdminConfig(AdminConfig):
    default_site = "kboss.admin_site.KbossAdminSite"
    default: Any = False
