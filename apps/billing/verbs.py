"""Names of the acts that this app writes into the audit log; moves of states name themselves."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "recharge.started": _("Started a recharge"),
    "recharge.settlement_requested": _("Asked the channel about a recharge"),
    "gift.granted": _("Granted a gift"),
    "gift.revoked": _("Took a gift back"),
    "wallet.credit_limit_set": _("Set the credit limit"),
    "wallet.adjusted": _("Adjusted the wallet"),
    "payouts.stopped": _("Payouts were stopped"),
    "payouts.resumed": _("Payouts were resumed"),
}
