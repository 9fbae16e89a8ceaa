"""What a cell may hold: each kind of column turns a value into something a spreadsheet keeps."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal
from operator import attrgetter, itemgetter
from typing import Any, Literal

from django.utils import timezone
from django_stubs_ext import StrOrPromise

type Kind = Literal["text", "money", "number", "precise", "datetime", "date"]
type Cell = str | int | float | Decimal | date | None
type Getter = Callable[[Any], object]

LONGEST_TEXT = 32_767  # UTF-16 units in a cell
DIGITS = 15  # a spreadsheet computes with doubles: what is longer stays text
LARGEST_AMOUNT = Decimal(10 ** (DIGITS - 2))  # with its fen, DIGITS digits
_AS_DOUBLE = Context(prec=DIGITS)
FIRST_YEAR = 1900  # of Excel's calendar
FORMATS: dict[Kind, str] = {
    "text": "@",
    "money": '"¥"#,##0.00;[Red]-"¥"#,##0.00',
    "number": "General",
    "precise": "0.00##########",
    "datetime": "yyyy-mm-dd hh:mm:ss",
    "date": "yyyy-mm-dd",
}
WIDTHS: dict[Kind, int] = {
    "text": 20,
    "money": 16,
    "number": 12,
    "precise": 20,
    "datetime": 20,
    "date": 12,
}
# What XML cannot say, lone surrogates included. TAB, CR and LF it can.
_UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FORMULA_STARTS = frozenset("=+-@|%\t\r\n")


@dataclass(frozen=True)
class Column:
    """One column. `value` is an attribute path, a key of a mapping or a function of the row.

    Without it rows are sequences, and the column takes its own place in them.
    """

    title: StrOrPromise
    value: str | Getter | None = None
    kind: Kind = "text"
    width: int | None = None


def cells(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[list[Cell]]:
    """The rows as lists of cells, made one by one."""
    converters = [CONVERTERS[column.kind] for column in columns]
    if all(column.value is None for column in columns):
        for row in rows:
            yield [convert(value) for convert, value in zip(converters, row, strict=True)]
        return
    getters = [_getter(column, place) for place, column in enumerate(columns)]
    for row in rows:
        yield [convert(get(row)) for convert, get in zip(converters, getters, strict=True)]


def _getter(column: Column, place: int) -> Getter:
    if column.value is None:
        return itemgetter(place)
    if callable(column.value):
        return column.value
    key, attribute = itemgetter(column.value), attrgetter(column.value.replace("__", "."))
    return lambda row: key(row) if isinstance(row, Mapping) else attribute(row)


def text_cell(value: object) -> str | None:
    """Any value as text, whole; only what no cell can hold is replaced or cut off with an …."""
    if value is None or value == "":
        return None
    text = value if isinstance(value, str) else str(value)
    if _UNSAYABLE.search(text):
        text = _UNSAYABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    if len(text) * 2 > LONGEST_TEXT and len(text.encode("utf-16-le")) > LONGEST_TEXT * 2:
        cut = text.encode("utf-16-le")[: (LONGEST_TEXT - 1) * 2]
        text = cut.decode("utf-16-le", errors="ignore") + "…"
    return text


def money_cell(value: Any) -> Cell:
    """An amount as a number; as text where a double would change its fen."""
    if type(value) is Decimal and -LARGEST_AMOUNT < value < LARGEST_AMOUNT:
        return float(value)
    if value is None:
        return None
    if not isinstance(value, (Decimal, int)):
        raise TypeError(f"money is Decimal, not {type(value).__name__}")
    return money_cell(Decimal(value)) if isinstance(value, int) else str(value)


def number_cell(value: Any) -> Cell:
    """A number as a number; as text where it has more digits than a double keeps."""
    if isinstance(value, Decimal):
        return float(value) if _fits(value) else f"{value:f}"
    if isinstance(value, int):
        return int(value) if abs(value) < 10**DIGITS else str(value)
    if isinstance(value, float):
        return value if value - value == 0 else str(value)  # NaN and infinity are words
    return text_cell(value)


def _fits(value: Decimal) -> bool:
    return value == _AS_DOUBLE.plus(value) and value.is_finite()


def datetime_cell(value: Any) -> Cell:
    """The moment as the clocks in Shanghai show it."""
    if not isinstance(value, datetime):
        return date_cell(value)
    local = value.astimezone(timezone.get_default_timezone()) if value.tzinfo else value
    bare = local.replace(tzinfo=None, microsecond=0)
    return bare if bare.year >= FIRST_YEAR else bare.isoformat(" ")


def date_cell(value: Any) -> Cell:
    if isinstance(value, datetime):
        return date_cell(timezone.localtime(value).date() if value.tzinfo else value.date())
    if isinstance(value, date):
        return value if value.year >= FIRST_YEAR else value.isoformat()
    return text_cell(value)


CONVERTERS: dict[Kind, Callable[[Any], Cell]] = {
    "text": text_cell,
    "money": money_cell,
    "number": number_cell,
    "precise": number_cell,
    "datetime": datetime_cell,
    "date": date_cell,
}


def safe_text(text: str) -> str:
    """Text for a CSV cell: with an apostrophe before what a spreadsheet would take for a formula.

    Full-width signs and leading blanks do not help an attacker: they are normalised first.
    """
    first = unicodedata.normalize("NFKC", text[:64]).lstrip(" \u3000\xa0\ufeff\u200b")[:1]
    return f"'{text}" if first in _FORMULA_STARTS and first else text
