from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, Forbidden, Invalid, Unavailable


class DingtalkRefused(Conflict):
    """DingTalk will never do this one. `provider_code` is its word for why."""

    code = "notifications.dingtalk_refused"
    message = _("DingTalk refused: {provider_code}.")

    def __init__(self, *, provider_code: str) -> None:
        self.provider_code = provider_code[:150]
        super().__init__(provider_code=self.provider_code)


class DingtalkIsBusy(Unavailable):
    """Nothing happened there; trying again later may help."""

    code = "notifications.dingtalk_busy"
    message = _("DingTalk is busy. Please try again later.")


class DingtalkIsSilent(Unavailable):
    """No answer came: whether it happened is unknown."""

    code = "notifications.dingtalk_silent"
    message = _("DingTalk does not answer. Please try again later.")


class EnvelopeIsWrong(Forbidden):
    """What came to the callback was not sealed by this tenant's DingTalk, or long ago."""

    code = "notifications.dingtalk_envelope"
    message = _("The message is not from DingTalk.")


class FormIsUnknown(Invalid):
    code = "notifications.dingtalk_form_unknown"
    message = _("There is no kind of approval called “{kind}”.")
