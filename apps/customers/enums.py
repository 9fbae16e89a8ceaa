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
    OWNER = "owner", _("Account owner")
    TECHNICAL = "technical", _("Technical")
    BUSINESS = "business", _("Business")
    FINANCE = "finance", _("Finance")


class CustomerPerm(models.TextChoices):
    VIEW = "customers.view_customer", _("view customers")
    ADD = "customers.add_customer", _("add customers")
    CHANGE = "customers.change_customer", _("edit customers")
    VERIFY = "customers.verify_customer", _("review real-name applications")
    REVEAL = "customers.reveal_contact", _("reveal phone numbers")
    SUBMIT = "customers.submit_verification", _("apply for real-name verification")
    VIEW_CONTACT = "customers.view_contact", _("view contacts")


_CLERK = [
    CustomerPerm.VIEW,
    CustomerPerm.ADD,
    CustomerPerm.CHANGE,
    CustomerPerm.VIEW_CONTACT,
    "customers.add_contact",
    "customers.change_contact",
    CustomerPerm.REVEAL,
]

STANDARD_GRANTS: dict[str, list[str]] = {
    "operations": [*_CLERK, CustomerPerm.VERIFY],
    "sales": _CLERK,
    "sales-manager": _CLERK,
    "finance": [CustomerPerm.VIEW, CustomerPerm.VIEW_CONTACT],
    "support": [CustomerPerm.VIEW, CustomerPerm.VIEW_CONTACT],
    "auditor": [CustomerPerm.VIEW, CustomerPerm.VIEW_CONTACT],
    "portal-owner": [CustomerPerm.VIEW, CustomerPerm.VIEW_CONTACT, CustomerPerm.SUBMIT],
    "portal-finance": [CustomerPerm.VIEW],
    "portal-technician": [CustomerPerm.VIEW],
}
