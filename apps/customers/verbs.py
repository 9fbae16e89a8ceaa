"""Names of the acts that this app writes into the audit log; moves of states name themselves."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "customer.registered": _("Customer signed up"),
    "customer.classified": _("Classified a customer"),
    "contact.added": _("Added a contact"),
    "contact.changed": _("Changed a contact"),
    "contact.deactivated": _("Deactivated a contact"),
    "contact.restored": _("Restored a contact"),
    "contact.phone_revealed": _("Looked at a contact's phone number"),
}
