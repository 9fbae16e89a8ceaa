"""Names of the acts that this app writes into the audit log; moves of states name themselves."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "dingtalksettings.tested": _("Tested the connection to DingTalk"),
    "dingtalksettings.people_synced": _("Fetched people from DingTalk"),
    "dingtalkprocess.created": _("Linked a DingTalk process"),
    "dingtalkprocess.tested": _("Tested a DingTalk process"),
    "templatetext.edited": _("Edited a message's wording"),
    "templatetext.reset": _("Reset a message's wording"),
    "preference.changed": _("Changed which messages arrive"),
    "smstemplate.edited": _("Edited an SMS template"),
}
