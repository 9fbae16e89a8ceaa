"""Names of the acts that this app writes into the audit log; moves of states name themselves."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "user.registered": _("Signed up"),
    "user.sign_up_purged": _("Unfinished sign-up was removed"),
    "user.password_changed": _("Changed the password"),
    "user.phone_changed": _("Changed the mobile number"),
    "user.recovery_codes_issued": _("Got new recovery codes"),
    "user.second_factor_reset": _("Second factor was reset"),
    "apitoken.created": _("Created an API token"),
    "apitoken.revoked": _("Revoked an API token"),
    "role.completed": _("Standard role was completed after an update"),
    "rolegrant.requested": _("Asked for a role"),
    "rolepermissionchange.requested": _("Asked to change a role's permissions"),
}
