from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "apps.core"
    verbose_name = _("Platform core")

    def ready(self) -> None:
        from apps.core import append_only, checks, events, tasks
        from apps.core.encryption import checks as encryption_checks

        events.deliver_with(tasks.deliver_soon)
