"""Model fields whose column holds ciphertext, and the blind index to search them by."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from django.core.checks import CheckMessage, Error
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import Exact, In, IsNull, Lookup
from django.db.models.query_utils import DeferredAttribute

from apps.core.encryption.keys import key_ring


class Sealed(str):
    """Ciphertext as it lies in the column. Harmless to see; unreadable outside of its row."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<encrypted>"


class _Decrypted(DeferredAttribute):
    """Decrypts on reading, so that neither `__dict__` nor a traceback holds the secret."""

    field: "EncryptedTextField"

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if instance is not None and isinstance(value, Sealed):
            return key_ring().decrypt(value, self.field.place_in(instance))
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class _IsNone(Exact):
    """`secret=None`, which Django turns into `isnull`; nothing else is comparable."""

    def get_prep_lookup(self) -> None:
        if self.rhs is not None:
            raise FieldError("Encrypted fields are not comparable: search by a BlindIndexField.")


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # Django's fields take no []
    """Text that only this column of this row can decrypt. `row` names the row's lasting UUID.

    An empty text is encrypted like any other. `.values()` gives ciphertext, lookups other than
    `isnull` are refused (use a BlindIndexField), and so are `.update()` and `bulk_update()`,
    which know no row. Reading raises DecryptionFailed rather than returning anything else.
    """

    descriptor_class = _Decrypted

    def __init__(self, *args: Any, row: str = "row_key", **options: Any) -> None:
        self.row = row
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "row": self.row}

    @property
    def column_place(self) -> str:
        return f"{self.model._meta.db_table}|{self.column}"

    def place(self, row_key: object) -> str:
        if row_key is None:
            raise ValueError(f"{self.column_place}: the row has no {self.row}")
        return f"{self.column_place}|{row_key}"

    def place_in(self, instance: models.Model) -> str:
        return self.place(getattr(instance, self.row))

    def from_db_value(self, value: str | None, *_: Any) -> Sealed | None:
        return None if value is None else Sealed(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        """Encrypt what was assigned; what was only read stays as it is."""
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, Sealed):
            return value
        sealed = Sealed(key_ring().encrypt(str(value), self.place_in(model_instance)))
        model_instance.__dict__[self.attname] = sealed
        return sealed

    def get_prep_value(self, value: Any) -> str | None:
        if value is not None and not isinstance(value, Sealed):
            raise TypeError(f"{self.column_place} is encrypted per row: assign it and save()")
        return None if value is None else str(value)

    def get_lookup(self, lookup_name: str) -> "type[Lookup[Any]] | None":
        return {"isnull": IsNull, "exact": _IsNone}.get(lookup_name)

    def get_transform(self, lookup_name: str) -> None:
        """None at all: whoever may filter by `startswith` can read letter by letter."""

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{self.column_place} is encrypted: fixtures are no place for secrets")

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        names = {field.name for field in self.model._meta.get_fields()}
        found = super().check(**kwargs)
        if self.row not in names:
            found.append(Error(f"there is no field {self.row}", obj=self, id="core.E010"))
        if "history_id" in names:
            hint = "Name it in history(secret=…)."
            found.append(Error("a secret is in the history", hint, obj=self, id="core.E011"))
        return found


class BlindIndexField(models.CharField):  # type: ignore[type-arg]  # Django's fields take no []
    """A keyed digest of an encrypted field, to find rows by: `.filter(phone_index__matches=…)`.

    Bound to its column: equal values elsewhere have unlike digests. `kind` says how spellings are
    made equal: "text" (width, case, blanks, hyphens), "phone" (digits, China's country code) or
    "phone_tail" (the last four digits, found by exactly four).
    """

    def __init__(self, *args: Any, source: str, kind: str = "text", **options: Any) -> None:
        self.source, self.kind = source, kind
        super().__init__(
            *args,
            **{"max_length": 64, "editable": False, "blank": True, "db_index": True, **options},
        )

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "source": self.source, "kind": self.kind}

    def digest(self, text: str | None) -> str | None:
        """The index of `text` under the first key; of nothing, nothing."""
        normal = NORMAL_FORMS[self.kind](text or "")
        if not normal:
            return None if self.null else ""
        return key_ring().index(normal, self._column_place)

    def digests(self, text: str) -> list[str]:
        """The indexes of `text` under every key, so that a search works while keys change."""
        normal = ASKED_FORMS.get(self.kind, NORMAL_FORMS[self.kind])(text)
        return key_ring().indexes(normal, self._column_place) if normal else []

    @property
    def _column_place(self) -> str:
        return f"{self.model._meta.db_table}|{self.column}"

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:
        digest = self.digest(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, digest)
        return digest

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        found = super().check(**kwargs)
        if self.kind not in NORMAL_FORMS:
            found.append(Error(f"there is no kind {self.kind}", obj=self, id="core.E012"))
        return found


@BlindIndexField.register_lookup
class Matches(In):
    """`index__matches="the secret"`: equality after making spellings equal."""

    lookup_name = "matches"

    def __init__(self, lhs: Any, rhs: str) -> None:
        super().__init__(lhs, lhs.output_field.digests(rhs))


def _normal_text(text: str) -> str:
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text).casefold())


def _normal_phone(text: str) -> str:
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", text)).removeprefix("00")
    return digits[2:] if len(digits) == len("8613800138000") and digits[:3] == "861" else digits


def _phone_tail(text: str) -> str:
    return _normal_phone(text)[-TAIL:]


def _asked_tail(text: str) -> str:
    """A whole number is not looked up by its tail: it would find everybody else's as well."""
    digits = _normal_phone(text)
    return digits if len(digits) == TAIL else ""


TAIL = 4
NORMAL_FORMS: dict[str, Callable[[str], str]] = {
    "text": _normal_text,
    "phone": _normal_phone,
    "phone_tail": _phone_tail,
}
ASKED_FORMS: dict[str, Callable[[str], str]] = {"phone_tail": _asked_tail}


def secret_fields(model: type[models.Model]) -> list[str]:
    """Fields that belong in no history, log or export."""
    kinds = (EncryptedTextField, BlindIndexField)
    return [field.name for field in model._meta.concrete_fields if isinstance(field, kinds)]


class RowKeyed(models.Model):
    """A row that secrets can be bound to: its UUID is known before the row has a primary key."""

    row_key = models.UUIDField(default=uuid4, unique=True, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        """As usual; a blind index is always written along with its secret."""
        for index in self._loaded_indexes():
            index.pre_save(self, add=False)
            if update_fields is not None and index.source in (update_fields := set(update_fields)):
                update_fields.add(index.name)
        super().save(*args, update_fields=update_fields, **options)

    def _loaded_indexes(self) -> list[BlindIndexField]:
        deferred = self.get_deferred_fields()
        return [
            field
            for field in self._meta.concrete_fields
            if isinstance(field, BlindIndexField) and field.source not in deferred
        ]
