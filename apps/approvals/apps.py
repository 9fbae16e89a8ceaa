from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApprovalsConfig(AppConfig):
    name = "apps.approvals"
    verbose_name = _("Approvals")

    def ready(self) -> None:
        from apps.approvals import receivers  # noqa: F401
