from apps.customers.models.accounts import Customer, Membership
from apps.customers.models.contacts import Contact

__all__ = ["Contact", "Customer", "Membership"]
