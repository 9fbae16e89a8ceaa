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


def tries_key(*, user: User | None, login: str, client: Client) -> str:
    """Among whose tries a guess at the password counts: a device that signed in to this account
    before has a count of its own, all other devices share the account's. So nobody is locked out
    by guesses that others make. Trusted: asked by the doors."""
    device = _known_device(user, client)
    return f"device:{device.pk}" if device else tries.account_key(user, login)


def is_known(*, user: User, client: Client) -> bool:
    """Whether the user has signed in from this device before. Trusted: asked by the doors."""
    return _known_device(user, client) is not None


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
    # What others guess elsewhere goes on counting.
    key = tries_key(user=user, login=user.email, client=client)
    for mine in (key, tries.factor_key(user)):
        tries.forget_tries(limit=tries.SIGN_IN, key=mine)
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
    """Asked for accounts that there are not as well: they must not answer sooner."""
    owner = user.pk if user else 0
    return KnownDevice.objects.filter(user=owner, digest=_digest(client.device)).first()


def _digest(device: str) -> str:
    return hashlib.sha256(device.encode()).hexdigest()
