from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "apps.customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from apps.approvals import ports as approvals
        from apps.customers import messages, receivers, selectors, services
        from apps.customers.services import telling
        from apps.notifications import ports as notifications
        from apps.rbac import ports

        ports.set_registration(services.register_customer)
        ports.set_unregistration(services.forget_registration)
        approvals.register_customers(selectors.customer_ids_of)
        approvals.register_customer_facts(selectors.facts_for_approvals)
        notifications.register_contacts(telling.recipients_of)
