from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RbacConfig(AppConfig):
    name = "apps.rbac"
    verbose_name = _("Access control")

    def ready(self) -> None:
        from apps.core.encryption import rotation
        from apps.rbac import authentication
        from apps.rbac.services import second_factor

        rotation.also(second_factor.rotate_authenticators)
