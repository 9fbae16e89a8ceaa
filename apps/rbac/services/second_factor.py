"""One-time codes and recovery codes: each is good for one sign-in, whoever races for it (SEC-1)."""

import base64
import hashlib
import hmac
import secrets
import struct
from collections.abc import Iterator
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import IntegrityError, transaction

from apps.core import audit
from apps.core.encryption import DecryptionFailed, key_ring
from apps.core.encryption.rotation import Rotation, is_current
from apps.rbac.models import RecoveryCode, TotpUse, User

SECRET_PLACE = "mfa_authenticator|secret"  # noqa: S105  a place in the database, no secret
PERIOD = 30  # seconds; RFC 6238
DIGITS = 6
TOLERANCE = 1  # steps that a clock may be off, either way
RECOVERY_CODES = 10
ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # nothing that reads like something else


def totp_at(secret: str, step: int) -> str:
    """The code of one time step. Trusted: arithmetic."""
    digest = hmac.new(
        base64.b32decode(secret, casefold=True), struct.pack(">Q", step), hashlib.sha1
    ).digest()
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code `code` is, among those that count now. Trusted: arithmetic."""
    typed = code.replace(" ", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) == DIGITS):
        return None
    current = int(now.timestamp()) // PERIOD
    steps = range(current - TOLERANCE, current + TOLERANCE + 1)
    return next((s for s in steps if hmac.compare_digest(totp_at(secret, s), typed)), None)


def use_step(*, user: User, step: int) -> bool:
    """Use up `step`; False if it, or a later one, was used before.

    Trusted: the door has compared the code. The conditional UPDATE decides between racers.
    """
    rows = TotpUse.objects.filter(user=user)
    if rows.filter(last_step__lt=step).update(last_step=step):
        return True
    if rows.exists():
        return False
    try:
        with transaction.atomic():
            TotpUse.objects.create(user=user, last_step=step)
    except IntegrityError:
        return bool(rows.filter(last_step__lt=step).update(last_step=step))
    return True


def use_totp(*, user: User, secret: str, code: str, now: datetime) -> bool:
    """Whether `code` is right and was not used before. Trusted: asked by the doors."""
    step = step_of(secret, code, now)
    return step is not None and use_step(user=user, step=step)


@transaction.atomic
def issue_recovery_codes(*, user: User, now: datetime) -> list[str]:
    """Ten new codes; the old ones die. They are shown now or never.

    Trusted: the door has made sure that it is the user himself.
    """
    User.objects.lock(user)
    RecoveryCode.objects.filter(user=user).delete()
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=_digest(user, code), created_at=now) for code in codes
    )
    audit.record(actor=user, verb="user.recovery_codes_issued", thing=user)
    return codes


def use_recovery_code(*, user: User, code: str, now: datetime) -> bool:
    """Whether `code` is one of the user's unused codes; it is used up. Trusted: asked by doors."""
    unused = RecoveryCode.objects.filter(
        user=user, digest=_digest(user, code), used_at__isnull=True
    )
    return bool(unused.update(used_at=now))


def drop_recovery_codes(*, user: User) -> None:
    """Without an authenticator there is nothing to recover. Trusted: asked by the doors."""
    RecoveryCode.objects.filter(user=user).delete()


@transaction.atomic
def reset_second_factor(*, user: User) -> None:
    """Remove every authenticator of a user who lost his. Trusted: run from the server's shell."""
    Authenticator.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    audit.record(actor=None, verb="user.second_factor_reset", thing=user)


def _new_code() -> str:
    text = "".join(secrets.choice(ALPHABET) for _ in range(12))
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


def _digest(user: User, code: str) -> str:
    plain = "".join(c for c in code.upper() if c.isalnum())
    key = f"kboss.rbac.recovery-code:{settings.SECRET_KEY}".encode()
    return hmac.new(key, f"{user.pk}:{plain}".encode(), hashlib.sha256).hexdigest()


def rotate_authenticators(batch: int, state: Rotation, /) -> Iterator[Rotation]:
    """Bring the secrets of authenticator apps under the first key; the state after each batch.

    Trusted: part of `rotate_secrets`. May be stopped and started again at any point.
    """
    apps = Authenticator.objects.filter(type=Authenticator.Type.TOTP).order_by("pk")
    last = 0
    while page := list(apps.filter(pk__gt=last).values_list("pk", flat=True)[:batch]):
        with transaction.atomic():
            for app in apps.select_for_update().filter(pk__in=page):
                _rotate(app, state)
        last = page[-1]
        yield state


def _rotate(app: Authenticator, state: Rotation) -> None:
    token = app.data["secret"]
    if is_current(token):
        return
    try:
        secret = key_ring().decrypt(token, SECRET_PLACE)
    except DecryptionFailed:
        state.unreadable.append(f"{SECRET_PLACE}|{app.pk}")
        return
    app.data = {**app.data, "secret": key_ring().encrypt(secret, SECRET_PLACE)}
    app.save(update_fields=["data"])
    state.rotated += 1
