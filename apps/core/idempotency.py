"""One effect per Idempotency-Key: the first answer is stored and replayed."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.files import File
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, Invalid
from apps.core.models import IdempotencyKey

LEASE = timedelta(seconds=60)  # longer than any request may run


class KeyIsMissing(Invalid):
    code = "core.idempotency_key_missing"
    message = _("This request needs an Idempotency-Key header.")


class KeyIsMalformed(Invalid):
    code = "core.idempotency_key_malformed"
    message = _("An Idempotency-Key has 8 to 200 printable ASCII characters.")


class KeyWasUsed(Invalid):
    code = "core.idempotency_key_reused"
    message = _("This Idempotency-Key was used for another request.")
    status = 422


class KeyIsBusy(Conflict):
    code = "core.idempotency_key_busy"
    message = _("A request with this Idempotency-Key is still running.")


@dataclass(frozen=True)
class Claim:
    """The right to answer a request, or the answer that was given already."""

    row: IdempotencyKey
    is_replay: bool


class _Encoder(DjangoJSONEncoder):
    """A file that was sent counts by its content."""

    def default(self, o: object) -> Any:
        if not isinstance(o, File):
            return super().default(o)
        content = hashlib.sha256()
        for chunk in o.chunks():
            content.update(chunk)
        o.seek(0)
        return {"name": o.name, "sha256": content.hexdigest()}


def digest(data: object) -> str:
    """A request's identity: equal for equal JSON, whatever the order of its keys."""
    text = json.dumps(data, sort_keys=True, cls=_Encoder, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def claim(*, scope: str, key: str, request_digest: str, now: datetime) -> Claim:
    """Claim `key` within `scope`, committed before the effect starts.

    :raises KeyIsMalformed: if the key is too short, too long or not printable ASCII
    :raises KeyWasUsed: if the key stands for another request
    :raises KeyIsBusy: if the first request with it has not been answered yet
    """
    if not (8 <= len(key) <= 200 and key.isascii() and key.isprintable()):
        raise KeyIsMalformed
    until = now + LEASE
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(
                scope=scope, key=key, request_digest=request_digest, claimed_until=until
            )
    except IntegrityError:
        row = IdempotencyKey.objects.get(scope=scope, key=key)
        return _reclaim(row, request_digest=request_digest, now=now, until=until)
    return Claim(row, is_replay=False)


def _reclaim(row: IdempotencyKey, *, request_digest: str, now: datetime, until: datetime) -> Claim:
    if row.request_digest != request_digest:
        raise KeyWasUsed
    if row.status is not None:
        return Claim(row, is_replay=True)
    # The answer is stored in the transaction of the effect: no answer after the lease, no effect.
    expired = IdempotencyKey.objects.filter(
        pk=row.pk, status__isnull=True, claimed_until=row.claimed_until, claimed_until__lt=now
    )
    if not expired.update(claimed_until=until):
        raise KeyIsBusy
    row.claimed_until = until
    return Claim(row, is_replay=False)


def answer(row: IdempotencyKey, *, status: int, body: Any) -> None:
    """Store the answer; called in the transaction of the effect.

    :raises KeyIsBusy: if the lease ran out and somebody else claimed the key: the effect must go
    """
    plain = json.loads(json.dumps(body, cls=DjangoJSONEncoder))
    mine = IdempotencyKey.objects.filter(
        pk=row.pk, status__isnull=True, claimed_until=row.claimed_until
    )
    if not mine.update(status=status, body=plain):
        raise KeyIsBusy


def release(row: IdempotencyKey) -> None:
    """Give back a key that has no answer: its request was refused or failed, without effect."""
    IdempotencyKey.objects.filter(
        pk=row.pk, status__isnull=True, claimed_until=row.claimed_until
    ).delete()
