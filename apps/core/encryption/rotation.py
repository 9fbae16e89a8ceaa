"""Re-encrypting what older keys hold, in small transactions, while everybody keeps working."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db import models, transaction
from django.db.models.functions import Cast

from apps.core.encryption.fields import BlindIndexField, EncryptedTextField, Sealed
from apps.core.encryption.keys import VERSION, DecryptionFailed, key_ring


@dataclass
class Rotation:
    """How far it came. `overtaken` rows were saved by somebody else meanwhile, with a new key."""

    rotated: int = 0
    overtaken: int = 0
    unreadable: list[str] = field(default_factory=list)


type Rotator = Callable[[int, Rotation], Iterator[Rotation]]

_rotators: list[Rotator] = []


def also(rotator: Rotator) -> None:
    """Secrets that lie in a library's own columns: whoever put them there rotates them."""
    if rotator not in _rotators:
        _rotators.append(rotator)


def is_current(token: str) -> bool:
    """Whether a secret lies under the first key already."""
    return token.startswith(f"{VERSION}.{key_ring().primary}.")


def encrypted_fields() -> Iterator[EncryptedTextField]:
    for model in apps.get_models():
        for model_field in model._meta.local_concrete_fields:
            if isinstance(model_field, EncryptedTextField):
                yield model_field


def rotate(*, batch: int) -> Iterator[Rotation]:
    """Bring every secret and its blind index under the first key; the state after each batch.

    Trusted: run by whoever holds the keys. May be stopped and started again at any point: what is
    done is known by the key id in the column.
    """
    state = Rotation()
    for secret in encrypted_fields():
        last: object = None
        while page := list(_older(secret, last)[:batch]):
            with transaction.atomic():
                for row in page:
                    _rotate_row(secret, row, state)
            last = page[-1][0]
            yield state
    for rotator in _rotators:
        yield from rotator(batch, state)
    yield state


type Row = tuple[object, object, str]  # primary key, row key, token


def _tokens(secret: EncryptedTextField) -> models.QuerySet[models.Model]:
    """Rows with the stored text as text, which the field itself gives to nobody."""
    token = Cast(secret.name, models.TextField())
    return secret.model._base_manager.annotate(sealed_token=token)


def _older(secret: EncryptedTextField, last: object) -> "models.QuerySet[models.Model, Row]":
    rows = _tokens(secret).filter(**{f"{secret.name}__isnull": False})
    if last is not None:
        rows = rows.filter(pk__gt=last)
    current = f"{VERSION}.{key_ring().primary}."
    rows = rows.exclude(sealed_token__startswith=current).order_by("pk")
    return rows.values_list("pk", secret.row, "sealed_token")


def _rotate_row(secret: EncryptedTextField, row: Row, state: Rotation) -> None:
    pk, row_key, token = row
    place = secret.place(row_key)
    try:
        text = key_ring().decrypt(token, place)
    except DecryptionFailed:
        state.unreadable.append(place)
        return
    changes: dict[str, str | None] = {secret.name: Sealed(key_ring().encrypt(text, place))}
    for index in secret.model._meta.concrete_fields:
        if isinstance(index, BlindIndexField) and index.source == secret.name:
            changes[index.name] = index.digest(text)
    # Compare and swap: a row that was saved since it was read keeps what was saved.
    changed = _tokens(secret).filter(pk=pk, sealed_token=token).update(**changes)
    state.rotated += changed
    state.overtaken += not changed
