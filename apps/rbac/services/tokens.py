"""Personal API tokens: 256 random bits, kept as a digest, never above their owner."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

from apps.core import audit
from apps.core.errors import Forbidden
from apps.rbac.enums import RbacPerm
from apps.rbac.errors import TokenLifetimeIsInvalid, TokenScopeIsUnknown, TooManyTokens
from apps.rbac.models import ApiToken, User
from apps.rbac.services.access import require

PREFIX = "kb_"
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=365)
MOST = 20  # live tokens of one person
READ, WRITE = "read", "write"
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, repr=False)
class NewToken:
    """A token and its key; the key exists here and in its owner's hands only."""

    token: ApiToken
    key: str


@transaction.atomic
def create_token(
    *, user: User, name: str, scopes: list[str], expires_at: datetime, now: datetime
) -> NewToken:
    """A key that may do what `scopes` name, as far as `user` may at the time of use.

    Trusted: everybody makes his own; the door has asked for the second factor.
    :raises TokenScopeIsUnknown: if a scope is neither "read", "write" nor a permission he holds
    :raises TokenLifetimeIsInvalid: if it would live less than an hour or more than a year
    :raises TooManyTokens: if he has twenty already
    """
    if not SHORTEST <= expires_at - now <= LONGEST:
        raise TokenLifetimeIsInvalid(days=LONGEST.days)
    _ensure_scopes(user, scopes)
    User.objects.lock(user)
    if ApiToken.objects.of(user).alive(now).count() >= MOST:
        raise TooManyTokens(limit=MOST)
    key = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=key[:10],
        digest=digest_of(key),
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=expires_at,
    )
    audit.record(actor=user, verb="apitoken.created", thing=token, scopes=token.scopes)
    return NewToken(token, key)


@transaction.atomic
def revoke_token(*, token: ApiToken, actor: User, now: datetime) -> ApiToken:
    """End a token: one's own, or with the permission somebody else's. Safe to repeat."""
    if token.user_id != actor.pk:
        require(actor, RbacPerm.REVOKE_TOKEN, token)
    if ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now):
        audit.record(actor=actor, verb="apitoken.revoked", thing=token)
        token.revoked_at = now
    return token


def token_of(*, key: str, now: datetime) -> ApiToken | None:
    """The live token of `key`; its use is noted once a minute. Trusted: asked by the door."""
    if not key.startswith(PREFIX):
        return None
    token = (
        ApiToken.objects.alive(now)
        .filter(digest=digest_of(key))
        .select_related("user__tenant", "user__department")
        .first()
    )
    if token is None:
        return None
    unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - USED_EVERY:
        ApiToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)
    return token


def narrowed_owner(*, token: ApiToken) -> User:
    """The token's owner as this request sees him: nothing but what the scopes name.

    Trusted: asked by the door, which has found the token alive.
    """
    user = token.user
    user.token_scopes = permissions_of(user=user, scopes=token.scopes)
    return user


def permissions_of(*, user: User, scopes: list[str]) -> frozenset[str]:
    """The permissions that `scopes` name among those of `user`. Trusted: a read."""
    held = _held_by(user)
    if WRITE in scopes:
        return held
    named = held & set(scopes)
    if READ in scopes:
        named |= {code for code in held if code.partition(".")[2].startswith("view_")}
    return frozenset(named)


def may_write(*, scopes: list[str]) -> bool:
    """Whether requests that change something are for this token at all. Trusted: a read."""
    return any(scope != READ for scope in scopes)


def digest_of(key: str) -> str:
    """How a key is kept. 256 random bits need no slow hash. Trusted: arithmetic."""
    return hashlib.sha256(key.encode()).hexdigest()


def _held_by(user: User) -> frozenset[str]:
    if user.is_superuser:
        codes = Permission.objects.annotate(
            code=Concat(F("content_type__app_label"), Value("."), F("codename"))
        )
        return frozenset(codes.values_list("code", flat=True))
    return frozenset(code for grant in user.grants for code in grant.permissions)


def _ensure_scopes(user: User, scopes: list[str]) -> None:
    known = {READ, WRITE} | _held_by(user)
    unknown = [scope for scope in scopes if scope not in known]
    if unknown or not scopes:
        raise TokenScopeIsUnknown(scope=unknown[0] if unknown else "")
    if user.is_superuser and not {READ, WRITE} & set(scopes):
        raise Forbidden(permission=scopes[0])  # rows of a superuser know no single permission
