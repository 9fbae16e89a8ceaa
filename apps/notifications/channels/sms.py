"""Text messages. The vendor's SDK is loaded by the first one, not by every start."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from django.conf import settings

from apps.notifications.errors import TemplateIsUnknown


class Gateway(Protocol):
    def send(
        self, *, phone: str, template_code: str, parameters: Mapping[str, str], key: str
    ) -> str: ...


@cache
def gateway() -> Gateway:
    """The vendor's side. Its SDK costs more than a second to import: not at the top of a file."""
    return cast(Gateway, import_module("apps.notifications.channels.dysms"))


def template_code(template: str) -> str:
    """The provider's code of our template. :raises TemplateIsUnknown: if none is configured"""
    code = settings.SMS_TEMPLATES.get(template)
    if not code:
        raise TemplateIsUnknown(template=template)
    return str(code)


def send_sms(*, phone: str, template: str, parameters: Mapping[str, str], key: str) -> str:
    """
    Send one text message; the provider's id. Neither number nor text reaches a log or an error.

    :raises MessageWasRefused: the provider will never send it
    :raises ProviderIsBusy: nothing was sent, try again later
    :raises ProviderIsSilent: it may have been sent
    """
    return gateway().send(
        phone=phone, template_code=template_code(template), parameters=parameters, key=key
    )
