"""The form of a request: checked field by field, kept as exact texts, with a digest."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from apps.approvals.errors import FormIsInvalid
from apps.approvals.kinds import FieldType, FormField, Kind
from apps.core.errors import DomainError
from apps.core.money import parse_yuan

TEXT_LENGTH = 2000


class _Wrong(ValueError):
    def __init__(self, sentence: StrOrPromise) -> None:
        self.sentence = sentence


def clean_form(*, kind: Kind, form: Mapping[str, Any]) -> dict[str, str]:
    """The form as texts, empty fields left out.

    :raises FormIsInvalid: with a sentence for each field that is wrong, missing or unknown
    """
    known = {field.name: field for field in kind.fields}
    wrong: dict[str, StrOrPromise] = {
        name: _("There is no such field.") for name in form if name not in known
    }
    clean: dict[str, str] = {}
    for name, field in known.items():
        try:
            value = _clean(field, form.get(name))
        except _Wrong as error:
            wrong[name] = error.sentence
        else:
            clean |= {name: value} if value else {}
    if wrong:
        raise FormIsInvalid(fields=wrong)
    return clean


def digest_of(*, kind: str, form: Mapping[str, Any], subject: tuple[str, int] | None) -> str:
    """What exactly was asked for, as one number: an edit shows."""
    content = {"kind": kind, "form": dict(form), "subject": list(subject) if subject else None}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _clean(field: FormField, value: Any) -> str:
    if isinstance(value, float | bool | list | dict):
        raise _Wrong(_("This is not a valid value."))
    text = _as_text(value)
    if not text:
        if field.is_required:
            raise _Wrong(_("This field is required."))
        return ""
    return _CLEANERS[field.type](field, text)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value).strip()


def _text(field: FormField, text: str) -> str:
    if len(text) > TEXT_LENGTH:
        raise _Wrong(_("No more than 2,000 characters, please."))
    return text


def _money(field: FormField, text: str) -> str:
    try:
        return f"{parse_yuan(text):.2f}"
    except DomainError as error:
        raise _Wrong(_("This is not an amount.")) from error


def _number(field: FormField, text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise _Wrong(_("This is not a number.")) from error
    if not number.is_finite() or not text.isascii() or "e" in text.lower() or "_" in text:
        raise _Wrong(_("This is not a number."))
    return f"{number:f}"


def _choice(field: FormField, text: str) -> str:
    if text not in {value for value, _label in field.choices}:
        raise _Wrong(_("This is not one of the choices."))
    return text


def _date(field: FormField, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise _Wrong(_("This is not a date.")) from error


def _user(field: FormField, text: str) -> str:
    if not text.isdecimal():
        raise _Wrong(_("This is not a person."))
    return text


_CLEANERS: dict[FieldType, Callable[[FormField, str], str]] = {
    FieldType.TEXT: _text,
    FieldType.MONEY: _money,
    FieldType.PERCENT: _number,
    FieldType.NUMBER: _number,
    FieldType.CHOICE: _choice,
    FieldType.DATE: _date,
    FieldType.USER: _user,
}
