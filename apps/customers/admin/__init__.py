from apps.customers.admin.accounts import CustomerAdmin, CustomerTagAdmin
from apps.customers.admin.contacts import ContactAdmin

__all__ = ["ContactAdmin", "CustomerAdmin", "CustomerTagAdmin"]
