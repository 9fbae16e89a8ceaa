"""With what somebody came in, and whether it still opens the door.

The API's own checks let people in (apps/notifications/api/live.py). An open stream outlives its
request by hours, so whatever may end meanwhile is asked again, for everybody at once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from apps.rbac.backends import AccountBackend
from apps.rbac.middleware import signed_in_with_mfa
from apps.rbac.models import ApiToken, User
from apps.rbac.selectors.accounts import FACTORS


@dataclass(frozen=True)
class Pass:
    """A session or an API token of one person."""

    user_id: int
    session_key: str = ""
    token_id: int | None = None


def still_valid(*, passes: Collection[Pass], now: datetime) -> set[Pass]:
    """Those that would be let in again: four queries, however many there are.

    Trusted: the hub closes the streams of the others.
    """
    users = _users({each.user_id for each in passes})
    sessions = _sessions([each.session_key for each in passes if each.session_key], now)
    tokens = _tokens([each.token_id for each in passes if each.token_id], now)
    return {
        each
        for each in passes
        if (user := users.get(each.user_id))
        and (
            _opens(sessions.get(each.session_key), user)
            if each.session_key
            else each.token_id in tokens
        )
    }


def _users(ids: Collection[int]) -> dict[int, User]:
    """Those whom a request of theirs would still find."""
    may_come_in = AccountBackend().user_can_authenticate
    found = User.objects.select_related("tenant").in_bulk(ids)
    return {pk: user for pk, user in found.items() if may_come_in(user)}


def _sessions(keys: Collection[str], now: datetime) -> dict[str, dict[str, Any]]:
    if not keys:
        return {}
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=now)
    return {row.session_key: row.get_decoded() for row in rows}


def _opens(session: dict[str, Any] | None, user: User) -> bool:
    """The session is still this person's, older than no password of his, with a second factor."""
    if session is None or session.get(SESSION_KEY) != str(user.pk):
        return False
    if not constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        return False
    if not (settings.STAFF_MFA_REQUIRED and user.is_staff):
        return True
    request = HttpRequest()
    request.session = session  # type: ignore[assignment]  # a mapping is all that is read
    request.user = user
    return signed_in_with_mfa(request)


def _tokens(ids: Collection[int], now: datetime) -> set[int]:
    """The live ones; those of staff without a second factor are refused as at the door."""
    if not ids:
        return set()
    rows = ApiToken.objects.alive(now).filter(pk__in=ids).select_related("user")
    owners = {row.pk: row.user for row in rows}
    staff = [user.pk for user in owners.values() if user.is_staff]
    if not (settings.STAFF_MFA_REQUIRED and staff):
        return set(owners)
    factors = Authenticator.objects.filter(user__in=staff, type__in=FACTORS)
    safe = set(factors.values_list("user_id", flat=True))
    return {pk for pk, user in owners.items() if not user.is_staff or user.pk in safe}
