"""What identity needs from apps above it: they register here when they start.

`notifications` knows how to send an SMS, `customers` what a new company is. Neither may be
imported from below, so each fills its port in `AppConfig.ready`.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from apps.rbac.models import RoleGrant, RolePermissionChange, User

    type RightsRequest = RoleGrant | RolePermissionChange


class SmsSender(Protocol):
    """Sends one text message. Returns once the provider has taken it over.

    `template` is a key ("rbac.verification_code"), `parameters` fill it; the sender knows the
    provider's own template code and signature. May raise `core.errors.Unavailable`.
    """

    def send(self, *, phone: str, template: str, parameters: dict[str, str]) -> None: ...


class Registration(Protocol):
    """Called once for a new portal user, in the transaction that creates him."""

    def __call__(self, *, user: "User", company_name: str, now: datetime) -> object: ...


class RightsDesk(Protocol):
    """Where requests for rights are decided. Both are called in the transaction of the act."""

    def asked(self, *, request: "RightsRequest", actor: "User", now: datetime) -> None: ...

    def decided(self, *, request: "RightsRequest", now: datetime) -> None: ...


class Unregistration(Protocol):
    """Undoes a registration that was never finished, in the transaction that ends the user."""

    def __call__(self, *, user: "User") -> None: ...


_unregistration: list[Unregistration] = []


def set_unregistration(unregistration: Unregistration) -> None:
    """The last one set is called for every sign-up that is purged."""
    _unregistration[:] = [unregistration]


def unregistration() -> Unregistration:
    """:raises ImproperlyConfigured: if no app registered one"""
    return _the_one(_unregistration, "set_unregistration")


_sms_sender: list[SmsSender] = []
_registration: list[Registration] = []


_rights_desk: list[RightsDesk] = []


def set_rights_desk(desk: RightsDesk) -> None:
    """The last one set hears of every request for rights."""
    _rights_desk[:] = [desk]


def tell_asked(request: "RightsRequest", *, actor: "User", now: datetime) -> None:
    """A role or a permission was asked for; without a desk it waits on the page of requests."""
    for desk in _rights_desk:
        desk.asked(request=request, actor=actor, now=now)


def tell_decided(request: "RightsRequest", *, now: datetime) -> None:
    """It was decided or taken back, wherever that happened."""
    for desk in _rights_desk:
        desk.decided(request=request, now=now)


def register_sms_sender(sender: SmsSender) -> None:
    """The last one registered sends."""
    _sms_sender[:] = [sender]


def sms_sender() -> SmsSender:
    """:raises ImproperlyConfigured: if no app registered one"""
    return _the_one(_sms_sender, "register_sms_sender")


def set_registration(registration: Registration) -> None:
    """The last one set is called for every sign-up."""
    _registration[:] = [registration]


def registration() -> Registration:
    """:raises ImproperlyConfigured: if no app registered one"""
    return _the_one(_registration, "set_registration")


def _the_one[Port](registered: list[Port], by: str) -> Port:
    if not registered:
        raise ImproperlyConfigured(f"Nobody has called apps.rbac.ports.{by} yet.")
    return registered[0]
