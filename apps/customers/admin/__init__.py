from apps.customers.admin.accounts import CustomerAdmin
from apps.customers.admin.contacts import ContactAdmin

__all__ = ["ContactAdmin", "CustomerAdmin"]
