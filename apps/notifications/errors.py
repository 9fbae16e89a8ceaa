from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, Invalid, Unavailable


class TemplateIsUnknown(Invalid):
    code = "notifications.template_unknown"
    message = _("There is no message template “{template}”.")


class MessageWasRefused(Conflict):
    """The provider will never send this one. `provider_code` is its word for why."""

    code = "notifications.refused"
    message = _("The message could not be sent: {provider_code}.")

    def __init__(self, *, provider_code: str) -> None:
        self.provider_code = provider_code
        super().__init__(provider_code=provider_code)


class ProviderIsBusy(Unavailable):
    """Nothing was sent; trying again later may help."""

    code = "notifications.provider_busy"
    message = _("The message service is busy. Please try again later.")


class ProviderIsSilent(Unavailable):
    """No answer came: whether the message was sent is unknown."""

    code = "notifications.provider_silent"
    message = _("The message service does not answer. Please try again later.")


class MessageWasNotSent(Unavailable):
    code = "notifications.not_sent"
    message = _("The message could not be sent right now. Please try again later.")
