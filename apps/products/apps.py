from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProductsConfig(AppConfig):
    name = "apps.products"
    verbose_name = _("Products")

    def ready(self) -> None:
        from apps.products import agreement_messages, approvals, messages, receivers, rule_sources
        from apps.products.approvals import asking

        rule_sources.register()
