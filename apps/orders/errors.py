from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict


class QuoteIsExpired(Conflict):
    code = "orders.quote_is_expired"
    message = _("Quote {number} has expired. Please check the price again.")


class QuoteWasOrdered(Conflict):
    code = "orders.quote_was_ordered"
    message = _("Quote {number} has been ordered already.")


class OrderIsNotPayable(Conflict):
    code = "orders.order_is_not_payable"
    message = _("Order {number} cannot be paid: it is “{status}”.")


class SkuIsNotProvisionable(Conflict):
    code = "orders.sku_is_not_provisionable"
    message = _("“{sku}” cannot be bought online. Please contact your sales manager.")
