from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "apps.billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        from apps.billing import approvals, messages, receivers, selectors
        from apps.billing.approvals import asking
        from apps.billing.selectors.purchases import billed_use
        from apps.customers import ports
        from apps.products import ports as products

        products.register_purchases("bills", billed_use)
        ports.answer_checklist("recharged", selectors.has_recharged)
