"""Names of the acts that this app writes into the audit log; moves of states name themselves."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "flowdefinition.created": _("Created an approval flow"),
    "flowversion.drafted": _("Drafted a version of a flow"),
    "approval.sealed": _("Sealed the approval form"),
    "sealcertificate.stored": _("Stored a seal certificate"),
    "delegation.created": _("Named a stand-in"),
    "delegation.ended": _("Ended a delegation"),
}
