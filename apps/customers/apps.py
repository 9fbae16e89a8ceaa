from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "apps.customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from apps.customers import messages, receivers, services  # noqa: F401
        from apps.customers.services import telling
        from apps.notifications import ports as notifications
        from apps.rbac import ports

        ports.set_registration(services.register_customer)
        notifications.register_contacts(telling.recipients_of)
