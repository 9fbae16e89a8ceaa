"""The letters of sign-in: one plain layout, one table of subjects and sentences."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Letter:
    """`{code}`, `{email}`, … are filled by str.format from a fixed set of plain values."""

    subject: StrOrPromise
    text: StrOrPromise
    is_warning: bool = False  # says where the change came from


CODE_TEXT = _("Your code is below. It is valid for 10 minutes. Nobody of us will ever ask for it.")

LETTERS: dict[str, Letter] = {
    "account/email/email_confirmation_signup": Letter(_("Your verification code"), CODE_TEXT),
    "account/email/email_confirmation": Letter(_("Your verification code"), CODE_TEXT),
    "account/email/password_reset_code": Letter(_("Code to reset your password"), CODE_TEXT),
    "account/email/account_already_exists": Letter(
        _("You already have an account"),
        _(
            "Somebody, perhaps you, tried to sign up with {email}. There is an account with this "
            "address already: sign in, or reset the password here: {password_reset_url}"
        ),
    ),
    "account/email/unknown_account": Letter(
        _("There is no account with this address"),
        _(
            "Somebody, perhaps you, asked for a new password for {email}, but there is no such "
            "account. You can sign up here: {signup_url}"
        ),
    ),
    "account/email/email_changed": Letter(
        _("Your e-mail address was changed"),
        _("The e-mail address of your account was changed from {from_email} to {to_email}."),
        is_warning=True,
    ),
    "account/email/email_deleted": Letter(
        _("An e-mail address was removed"),
        _("The address {deleted_email} was removed from your account."),
        is_warning=True,
    ),
    "account/email/password_changed": Letter(
        _("Your password was changed"), _("The password was changed."), is_warning=True
    ),
    "account/email/password_reset": Letter(
        _("Your password was reset"), _("The password was reset by a code."), is_warning=True
    ),
    "account/email/password_set": Letter(
        _("Your password was set"), _("A password was set."), is_warning=True
    ),
    "mfa/email/totp_activated": Letter(
        _("Authenticator app set up"),
        _("An authenticator app now protects your account."),
        is_warning=True,
    ),
    "mfa/email/totp_deactivated": Letter(
        _("Authenticator app removed"),
        _("Your account is no longer protected by an authenticator app."),
        is_warning=True,
    ),
    "mfa/email/webauthn_added": Letter(
        _("Security key added"), _("A security key was added to your account."), is_warning=True
    ),
    "mfa/email/webauthn_removed": Letter(
        _("Security key removed"),
        _("A security key was removed from your account."),
        is_warning=True,
    ),
    "mfa/email/recovery_codes_generated": Letter(
        _("New recovery codes"),
        _("New recovery codes were made; the old ones no longer work."),
        is_warning=True,
    ),
}
