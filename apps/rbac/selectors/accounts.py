"""Reads about identity: factors, numbers, rights and why somebody has them."""

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.db.models import Q

from apps.rbac.models import PhoneVerification, RecoveryCode, User

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_mfa(user: User) -> bool:
    """Whether the user has finished setting up a second factor."""
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())


def factors_of(user: User) -> list[str]:
    """The second factors that the user may give: "totp", "webauthn", "recovery_codes"."""
    rows = Authenticator.objects.filter(user=user, type__in=FACTORS)
    found = [str(kind) for kind in rows.values_list("type", flat=True).distinct().order_by("type")]
    if found and RecoveryCode.objects.filter(user=user, used_at__isnull=True).exists():
        found.append(str(Authenticator.Type.RECOVERY_CODES))
    return found


def totp_secret_of(user: User) -> str | None:
    """The secret of the user's authenticator app; None if he has none."""
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    return str(decrypt(found.data["secret"])) if found else None


def user_named(login: str) -> User | None:
    """The account of an e-mail address or of a mobile number in E.164.

    Compared again in Python: a database may hold "ä" and "a" for the same letter, we do not.
    """
    name = login.strip().lower()
    if not name:
        return None
    found = User.objects.filter(Q(email=name) | Q(phone=name))
    return next((user for user in found if name in (user.email.lower(), user.phone)), None)


def is_phone_verified(user: User) -> bool:
    """Whether the user proved his number, or staff typed it for him."""
    pending = PhoneVerification.objects.filter(
        user=user, phone=user.phone or "", verified_at__isnull=True
    )
    return bool(user.phone) and not pending.exists()
