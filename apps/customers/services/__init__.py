"""What happens to customers: they register, are verified, and name who to turn to."""

from apps.customers.services.accounts import (
    confirm_verification,
    forget_registration,
    register_customer,
    reject_verification,
    submit_verification,
)
from apps.customers.services.classes import classify_customer
from apps.customers.services.contacts import (
    ContactFacts,
    add_contact,
    change_contact,
    deactivate_contact,
    restore_contact,
    reveal_phone,
)

__all__ = [
    "ContactFacts",
    "add_contact",
    "change_contact",
    "classify_customer",
    "confirm_verification",
    "deactivate_contact",
    "forget_registration",
    "register_customer",
    "reject_verification",
    "restore_contact",
    "reveal_phone",
    "submit_verification",
]
