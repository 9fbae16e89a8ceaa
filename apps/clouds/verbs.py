"""Names of the acts that this app writes into the audit log; moves of states name themselves."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "cloudaccount.tested": _("Tested a cloud account"),
    "pricesync.requested": _("Asked for the cloud's price list"),
    "resource.created": _("Began to create a resource"),
    "resource.missed": _("Is missing at the cloud"),
    "resource.found_again": _("Was found at the cloud again"),
    "resource.sync_requested": _("Asked the cloud for the state"),
    "subaccount.mapped": _("Assigned a sub-account"),
    "exchangerate.entered": _("Entered an exchange rate"),
    "billperiod.rating_asked": _("Asked to rate a month again"),
    "billimport.started": _("Started the import of a bill"),
}
