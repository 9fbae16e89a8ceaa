from apps.customers.models.accounts import Customer, CustomerTag, Membership
from apps.customers.models.contacts import Contact

__all__ = ["Contact", "Customer", "CustomerTag", "Membership"]
