from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CloudsConfig(AppConfig):
    name = "apps.clouds"
    verbose_name = _("Clouds")

    def ready(self) -> None:
        from apps.clouds import approvals, asking, messages, receivers
