"""Limits on guessing, in the database: no cache to empty, no session to throw away, no race.

A try is taken *before* a secret is compared and given back when it was right, so that a thousand
guesses at once pass no more often than a thousand in a row.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from apps.rbac.models import TryCounter, User


@dataclass(frozen=True)
class Limit:
    """At most `tries` wrong tries; forgotten after `window` without a further one."""

    purpose: str
    tries: int
    window: timedelta


SIGN_IN = Limit("sign-in", tries=7, window=timedelta(minutes=30))
RESET = Limit("reset", tries=7, window=timedelta(minutes=30))
CODE = Limit("code", tries=5, window=timedelta(minutes=10))
SMS = Limit("sms", tries=10, window=timedelta(hours=1))
ROUNDS = 3


def account_key(user: User | None, login: str) -> str:
    """Who is being guessed: the account, however it was named; or the name that is nobody's."""
    return f"user:{user.pk}" if user else f"login:{login.strip().casefold()}"


def factor_key(user: User) -> str:
    """Guesses at what only somebody who knows the password, or is signed in, is asked for. They
    are the account's wherever they come from, and no stranger can use them up."""
    return f"user:{user.pk}:factor"


def take_try(*, limit: Limit, key: str, now: datetime) -> bool:
    """Count one try against `limit`; False if there is none left. Trusted: asked by the doors."""
    rows = TryCounter.objects.filter(key=_digest(limit, key))
    until = now + limit.window
    for _round in range(ROUNDS):
        if rows.filter(counts_until__gt=now, tries__lt=limit.tries).update(
            tries=F("tries") + 1, counts_until=until
        ):
            return True
        if rows.filter(counts_until__lte=now).update(tries=1, counts_until=until):
            return True
        if rows.filter(counts_until__gt=now, tries__gte=limit.tries).exists():
            return False
        try:
            with transaction.atomic():
                TryCounter.objects.create(key=_digest(limit, key), tries=1, counts_until=until)
        except IntegrityError:
            continue  # somebody counted the first try meanwhile: count ours on top
        return True
    return False


def give_back(*, limit: Limit, key: str) -> None:
    """Uncount one try that turned out right. Trusted: asked by the doors."""
    TryCounter.objects.filter(key=_digest(limit, key), tries__gt=0).update(tries=F("tries") - 1)


def forget_tries(*, limit: Limit, key: str) -> None:
    """Start counting anew. Trusted: asked by the doors after a complete sign-in."""
    TryCounter.objects.filter(key=_digest(limit, key)).update(tries=0)


def purge_tries(*, now: datetime) -> int:
    """Drop counters that no longer count; how many. Trusted: housekeeping."""
    return TryCounter.objects.filter(counts_until__lt=now).delete()[0]


def _digest(limit: Limit, key: str) -> str:
    return hashlib.sha256(f"{limit.purpose}\0{key}".encode()).hexdigest()
