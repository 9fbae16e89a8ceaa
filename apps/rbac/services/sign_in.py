"""What is remembered of every try to sign in, and whom it is told (SEC-1, SEC-3)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from apps.core.events import publish
from apps.rbac.enums import SignInOutcome, SignInReason
from apps.rbac.events import SignedInFromNewDevice
from apps.rbac.models import KnownDevice, SignInEvent, User
from apps.rbac.services import tries

KEPT = timedelta(days=400)  # at least six months by law; more than a year helps to compare


@dataclass(frozen=True)
class Client:
    """Where a request came from."""

    ip: str | None = None
    user_agent: str = ""
    device: str = ""  # the value of the device cookie


def record_failure(
    *, user: User | None, login: str, reason: SignInReason, client: Client, now: datetime
) -> SignInEvent:
    """Write down a refused try. Trusted: written for people who are not signed in."""
    return SignInEvent.objects.create(
        at=now,
        user=user,
        login=login[:254],
        outcome=SignInOutcome.FAILURE,
        reason=reason,
        ip=client.ip,
        user_agent=client.user_agent[:300],
        device=_known_device(user, client),
    )


@transaction.atomic
def record_success(*, user: User, method: str, client: Client, now: datetime) -> SignInEvent:
    """Write down a complete sign-in, forget the wrong tries and tell of a new device.

    The first device of an account is nobody's news. Trusted: the doors have let the user in.
    """
    tries.forget_tries(limit=tries.SIGN_IN, key=tries.account_key(user, user.email))
    had_devices = KnownDevice.objects.of(user).exists()
    device, is_new = _remember_device(user, client, now)
    event = SignInEvent.objects.create(
        at=now,
        user=user,
        login=user.email,
        outcome=SignInOutcome.SUCCESS,
        method=method,
        ip=client.ip,
        user_agent=client.user_agent[:300],
        device=device,
        is_new_device=is_new and had_devices,
    )
    if event.is_new_device:
        publish(SignedInFromNewDevice(user_id=user.pk, sign_in_event_id=event.pk))
    return event


def purge_events(*, now: datetime) -> int:
    """Drop sign-ins older than KEPT; how many. Trusted: housekeeping."""
    return SignInEvent.objects.filter(at__lt=now - KEPT).delete()[0]


def _remember_device(user: User, client: Client, now: datetime) -> tuple[KnownDevice, bool]:
    seen = {
        "last_seen_at": now,
        "last_ip": client.ip,
        "user_agent": client.user_agent[:300],
    }
    digest = _digest(client.device)
    try:
        with transaction.atomic():
            created = KnownDevice.objects.create(
                user=user, digest=digest, first_seen_at=now, **seen
            )
    except IntegrityError:
        KnownDevice.objects.filter(user=user, digest=digest).update(**seen)
        return KnownDevice.objects.get(user=user, digest=digest), False
    return created, True


def _known_device(user: User | None, client: Client) -> KnownDevice | None:
    if user is None or not client.device:
        return None
    return KnownDevice.objects.filter(user=user, digest=_digest(client.device)).first()


def _digest(device: str) -> str:
    return hashlib.sha256(device.encode()).hexdigest()
