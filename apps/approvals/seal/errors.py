from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, Invalid, Unavailable


class NotApprovedYet(Conflict):
    code = "approvals.not_approved_yet"
    message = _("{number} is not approved: there is nothing to seal.")


class SealIsMissing(Unavailable):
    code = "approvals.seal_is_missing"
    message = _("No certificate has been imported for the electronic seal.")


class SealFileIsUnreadable(Invalid):
    code = "approvals.seal_file_unreadable"
    message = _("The certificate cannot be read: {reason}")
