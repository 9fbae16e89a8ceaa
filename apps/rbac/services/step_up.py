"""Step-up: a sensitive act needs a second factor given within five minutes, for this act (SEC-2).

What was confirmed lives in the session, under the action's name: it neither opens another action
nor another session, and it is gone when the user changes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from apps.rbac.errors import CodeIsWrong, MfaIsNotSetUp, StepUpRequired, TooManyTries
from apps.rbac.models import User
from apps.rbac.selectors import factors_of, has_mfa, totp_secret_of
from apps.rbac.services import second_factor, tries

VALID_FOR = timedelta(minutes=5)
SESSION_KEY = "rbac_step_up"
PENDING_KEY = "rbac_step_up_pending"  # what was refused last: the next second factor is for it


class Session(Protocol):
    def get(self, key: str, default: Any = None) -> Any: ...

    def __setitem__(self, key: str, value: Any) -> None: ...


@dataclass(frozen=True)
class Proof:
    """What the person typed: a code of the second factor, or the password who has none."""

    code: str = ""
    password: str = ""


def is_confirmed(session: Session, *, user: User, action: str, now: datetime) -> bool:
    """Whether this session confirmed this action less than five minutes ago. Trusted: a read."""
    confirmed: dict[str, Any] = session.get(SESSION_KEY) or {}
    at = confirmed.get(action) if confirmed.get("user") == user.pk else None
    return at is not None and 0 <= now.timestamp() - at < VALID_FOR.total_seconds()


def ensure_confirmed(
    session: Session, *, user: User, action: str, now: datetime, without_mfa: bool = False
) -> None:
    """Pass only who confirmed `action`. With `without_mfa`, who has no second factor passes.

    The session remembers what was refused, so that the second factor given next is for this act.

    Trusted: it is a gate itself.
    :raises StepUpRequired: otherwise
    """
    if without_mfa and not has_mfa(user):
        return
    if not is_confirmed(session, user=user, action=action, now=now):
        session[PENDING_KEY] = {"user": user.pk, "action": action, "at": now.timestamp()}
        raise StepUpRequired(action=action)


def confirm(session: Session, *, user: User, action: str, proof: Proof, now: datetime) -> None:
    """Remember that `user` proved himself for `action`.

    A user with a second factor needs its code; the password of one without stands in for it.
    Trusted: it is a gate itself.
    :raises TooManyTries: after seven wrong tries on the account, whatever the door
    :raises CodeIsWrong: if the proof is no proof
    """
    key = tries.factor_key(user)
    if not tries.take_try(limit=tries.SIGN_IN, key=key, now=now):
        raise TooManyTries
    check: Callable[..., bool] = prove_by_code if has_mfa(user) else _prove_by_password
    if not check(user=user, proof=proof, now=now):
        raise CodeIsWrong(fields={"code" if has_mfa(user) else "password": CodeIsWrong.message})
    tries.give_back(limit=tries.SIGN_IN, key=key)
    remember(session, user=user, action=action, now=now)


def remember(session: Session, *, user: User, action: str, now: datetime) -> None:
    """Store the confirmation. Trusted: the caller has seen the proof."""
    confirmed: dict[str, Any] = session.get(SESSION_KEY) or {}
    if confirmed.get("user") != user.pk:
        confirmed = {"user": user.pk}
    session[SESSION_KEY] = {**confirmed, action: now.timestamp()}


def prove_by_code(*, user: User, proof: Proof, now: datetime) -> bool:
    """Whether the code is right: of the authenticator, or a recovery code. Uses it up.

    Trusted: asked by the doors.
    :raises MfaIsNotSetUp: if the user has no second factor
    """
    if not has_mfa(user):
        raise MfaIsNotSetUp
    secret = totp_secret_of(user)
    if secret and second_factor.use_totp(user=user, secret=secret, code=proof.code, now=now):
        return True
    return second_factor.use_recovery_code(user=user, code=proof.code, now=now)


def _prove_by_password(*, user: User, proof: Proof, now: datetime) -> bool:
    return bool(proof.password) and user.check_password(proof.password)


def confirm_pending(session: Session, *, user: User, now: datetime) -> None:
    """The user gave his second factor again: it counts for the act that was refused before.

    Trusted: the door has seen the factor.
    """
    pending: dict[str, Any] = session.get(PENDING_KEY) or {}
    session[PENDING_KEY] = None
    is_fresh = now.timestamp() - pending.get("at", 0) < VALID_FOR.total_seconds()
    if pending.get("user") == user.pk and is_fresh:
        remember(session, user=user, action=pending["action"], now=now)


def methods_of(user: User) -> list[str]:
    """How the user may confirm: what the dialog offers. Trusted: a read."""
    return factors_of(user) or ["password"]
