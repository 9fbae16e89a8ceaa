from apps.customers.models.accounts import Customer, Membership

__all__ = ["Customer", "Membership"]
