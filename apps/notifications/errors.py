from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, Invalid, NotFound, Unavailable


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


class KindIsUnknown(NotFound):
    code = "notifications.kind_unknown"
    message = _("There is no kind of message called “{kind}”.")


class KeyIsTooLong(ValueError):
    """A caller's mistake: keys are short names of a fact, like "order:12:completed"."""


class FactsDoNotFit(ValueError):
    """A caller's mistake: the facts are not those that the kind lists."""


class PlaceholderIsUnknown(Invalid):
    code = "notifications.placeholder_unknown"
    message = _("{strange} is no placeholder of this message. It knows: {known}.")


class TextIsEmpty(Invalid):
    code = "notifications.text_empty"
    message = _("A message needs a subject and a text.")


class ChannelHasNoText(Invalid):
    """The words of an SMS lie with the provider, who approved them."""

    code = "notifications.channel_has_no_text"
    message = _("This channel has no text of its own.")


class LanguageIsUnknown(Invalid):
    code = "notifications.language_unknown"
    message = _("There is no language “{language}”.")


class KindIsMandatory(Conflict):
    code = "notifications.kind_mandatory"
    message = _("“{kind}” cannot be switched off.")


class ChannelIsNotOffered(Conflict):
    code = "notifications.channel_not_offered"
    message = _("“{kind}” does not come by {channel}.")


class QuietHoursAreHalf(Invalid):
    code = "notifications.quiet_hours_half"
    message = _("Quiet hours need a beginning and an end that differ.")


class MessageIsForgotten(Conflict):
    code = "notifications.message_forgotten"
    message = _("This message held a code and is forgotten: it cannot be sent again.")
