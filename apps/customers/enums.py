from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.flow import Flow


class VerificationStatus(models.TextChoices):
    """Real-name states (CUS-4)."""

    UNVERIFIED = "unverified", _("Unverified")
    PENDING = "pending", _("In review")
    VERIFIED = "verified", _("Verified")
    REJECTED = "rejected", _("Rejected")
    CHANGING = "changing", _("Being changed")
    EXPIRED = "expired", _("Expired")


VERIFICATION_FLOW = Flow(
    "customers.Customer",
    {
        VerificationStatus.UNVERIFIED: {VerificationStatus.PENDING},
        VerificationStatus.PENDING: {VerificationStatus.VERIFIED, VerificationStatus.REJECTED},
        VerificationStatus.REJECTED: {VerificationStatus.PENDING},
        VerificationStatus.VERIFIED: {VerificationStatus.CHANGING, VerificationStatus.EXPIRED},
        VerificationStatus.CHANGING: {VerificationStatus.VERIFIED, VerificationStatus.REJECTED},
        VerificationStatus.EXPIRED: {VerificationStatus.PENDING},
    },
    field="verification",
)


class ContactRole(models.TextChoices):
    """What a contact is there for: notices find their readers by it (CUS-6)."""

    PRIMARY = "primary", _("Primary account")
    SUB_ACCOUNT = "sub_account", _("Sub-account")
    TECHNICAL = "technical", _("Technical")
    BUSINESS = "business", _("Business")
    FINANCE = "finance", _("Finance")


class CustomerTier(models.TextChoices):
    """How much a customer means to the seller: prices and approvals may ask for it."""

    STANDARD = "standard", _("Standard")
    SILVER = "silver", _("Silver")
    GOLD = "gold", _("Gold")
    STRATEGIC = "strategic", _("Strategic")


class CustomerPerm(models.TextChoices):
    VIEW = "customers.view_customer", _("view customers")
    ADD = "customers.add_customer", _("add customers")
    CHANGE = "customers.change_customer", _("edit customers")
    VERIFY = "customers.verify_customer", _("review real-name applications")
    CLASSIFY = "customers.classify_customer", _("set customers' tiers and tags")
    SUBMIT = "customers.submit_verification", _("apply for real-name verification")


class ContactPerm(models.TextChoices):
    VIEW = "customers.view_contact", _("view contacts")
    ADD = "customers.add_contact", _("add contacts")
    CHANGE = "customers.change_contact", _("edit contacts")
    REVEAL = "customers.reveal_contact", _("see contacts' phone numbers")


class TagPerm(models.TextChoices):
    VIEW = "customers.view_customertag", _("view customer tags")
    ADD = "customers.add_customertag", _("add customer tags")
    CHANGE = "customers.change_customertag", _("edit customer tags")


_SEE = [CustomerPerm.VIEW, "customers.view_membership", ContactPerm.VIEW, TagPerm.VIEW]
_CALL = [*_SEE, ContactPerm.REVEAL]
_CLERK = [*_CALL, CustomerPerm.ADD, CustomerPerm.CHANGE, ContactPerm.ADD, ContactPerm.CHANGE]
_CLASSIFY = [CustomerPerm.CLASSIFY, TagPerm.ADD, TagPerm.CHANGE]

STANDARD_GRANTS: dict[str, list[str]] = {
    "operations": [*_CLERK, *_CLASSIFY, CustomerPerm.VERIFY],
    "sales": _CLERK,
    "sales-manager": [*_CLERK, *_CLASSIFY],
    "finance": _CALL,
    "support": _CALL,
    "auditor": _SEE,
    "portal-owner": [CustomerPerm.VIEW, CustomerPerm.SUBMIT, *ContactPerm],
    "portal-finance": [CustomerPerm.VIEW, ContactPerm.VIEW],
    "portal-technician": [CustomerPerm.VIEW, ContactPerm.VIEW],
}
