"""Text messages. The vendor's SDK is loaded by the first one, not by every start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import import_module
from typing import Protocol, cast


class Fate(Enum):
    """What the provider says of a message that we do not know the end of."""

    OUT = "out"
    FAILED = "failed"
    NOT_THERE = "not there"


@dataclass(frozen=True)
class Report:
    fate: Fate
    problem: str = ""


class Gateway(Protocol):
    """Neither number nor text reaches a log or an error."""

    def send(
        self,
        *,
        phone: str,
        sign_name: str,
        template_code: str,
        parameters: Mapping[str, str],
        key: str,
    ) -> str:
        """
        Send one text message; the provider's id of it.

        :raises MessageWasRefused: the provider will never send it
        :raises ProviderIsBusy: nothing was sent, try again later
        :raises ProviderIsSilent: it may have been sent
        """

    def find(self, *, phone: str, key: str, days: Sequence[str]) -> Report:
        """What became of the message with our `key`, sent on one of `days` ("20261122").

        :raises MessageWasRefused, ProviderIsBusy, ProviderIsSilent: it does not say
        """


@cache
def gateway() -> Gateway:
    """The vendor's side. Its SDK costs more than a second to import: not at the top of a file."""
    return cast(Gateway, import_module("apps.notifications.channels.dysms"))
