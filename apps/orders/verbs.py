"""Names of the acts that this app writes into the audit log; moves of states name themselves."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "order.placed": _("Order placed"),
}
