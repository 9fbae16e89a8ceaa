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


class CustomerPerm(models.TextChoices):
    VIEW = "customers.view_customer", _("view customers")
    ADD = "customers.add_customer", _("add customers")
    CHANGE = "customers.change_customer", _("edit customers")
    VERIFY = "customers.verify_customer", _("review real-name applications")
    SUBMIT = "customers.submit_verification", _("apply for real-name verification")


_SEE = [CustomerPerm.VIEW, "customers.view_membership"]
_CLERK = [
    *_SEE,
    CustomerPerm.ADD,
    CustomerPerm.CHANGE,
]

STANDARD_GRANTS: dict[str, list[str]] = {
    "operations": [*_CLERK, CustomerPerm.VERIFY],
    "sales": _CLERK,
    "sales-manager": _CLERK,
    "finance": _SEE,
    "support": _SEE,
    "auditor": _SEE,
    "portal-owner": [CustomerPerm.VIEW, CustomerPerm.SUBMIT],
    "portal-finance": [CustomerPerm.VIEW],
    "portal-technician": [CustomerPerm.VIEW],
}
