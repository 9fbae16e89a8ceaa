from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "apps.orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        from apps.clouds import ports as clouds
        from apps.customers import ports
        from apps.orders import messages, receivers, selectors
        from apps.products import ports as products
        from apps.products.selectors import rulebook

        ports.answer_checklist("bought", selectors.has_bought)
        products.register_purchases("orders", selectors.purchases)
        rulebook.register_first_order(selectors.is_first_order)
        products.register_buyers(selectors.buyers_before)
        products.register_ordered(selectors.ordered_quotes)
        clouds.set_origin(selectors.order_of)
        clouds.set_projects(selectors.projects_of)
