"""
What notifications need from others; they register here in their AppConfig.ready.

`customers` knows who a customer's contacts are, the DingTalk part how a work notice is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from apps.rbac.models import User


@dataclass(frozen=True)
class Address:
    """Somebody who has no account. `reference` names him for good: "contact:12"."""

    reference: str
    email: str = ""
    phone: str = ""
    name: str = ""
    language: str = "zh-hans"


@dataclass(frozen=True)
class Recipients:
    users: Sequence[User] = ()
    addresses: Sequence[Address] = field(default_factory=tuple)


class DingtalkSender(Protocol):
    """Work notices. May raise MessageWasRefused, ProviderIsBusy, ProviderIsSilent."""

    def reaches(self, *, user: User) -> bool:
        """Whether the person's DingTalk id is known and his tenant has DingTalk."""

    def send(self, *, user_id: int, subject: str, text: str, link: str, key: str) -> str:
        """Send one work notice; the provider's id of it. `link` is a whole address, or ""."""


class ContactFinder(Protocol):
    """Who the people of a customer with one of these roles are."""

    def __call__(self, *, customer_id: int, roles: frozenset[str]) -> Recipients: ...


_contact_finder: list[ContactFinder] = []
_dingtalk: list[DingtalkSender] = []


def register_contacts(finder: ContactFinder) -> None:
    """Who the people of a customer with these roles are. The last one registered is asked."""
    _contact_finder[:] = [finder]


def contacts_of(customer_id: int, roles: frozenset[str]) -> Recipients:
    """Nobody, as long as nobody knows."""
    return (
        _contact_finder[0](customer_id=customer_id, roles=roles)
        if _contact_finder
        else Recipients()
    )


def register_dingtalk(sender: DingtalkSender) -> None:
    """The last one registered sends."""
    _dingtalk[:] = [sender]


def dingtalk() -> DingtalkSender | None:
    return _dingtalk[0] if _dingtalk else None
