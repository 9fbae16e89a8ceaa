from dataclasses import dataclass

from apps.core.events import Event


@dataclass(frozen=True)
class UserRegistered(Event):
    user_id: int


@dataclass(frozen=True)
class SignedInFromNewDevice(Event):
    user_id: int
    sign_in_event_id: int


@dataclass(frozen=True)
class PasswordChanged(Event):
    """`audit_entry_id` tells one change from the next."""

    user_id: int
    audit_entry_id: int


@dataclass(frozen=True)
class RoleGranted(Event):
    user_id: int
    role_id: int
    grant_id: int


@dataclass(frozen=True)
class RoleRevoked(Event):
    user_id: int
    role_id: int
    grant_id: int
