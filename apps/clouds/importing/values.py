"""
Cells to values. Bills repeat themselves, so every column remembers what it has already read: a
value costs one dictionary look-up, and only a new spelling is parsed.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal

from apps.clouds.importing.columns import Column, Kind
from apps.clouds.importing.problems import Code, Doubt, Problem

NULLS = frozenset(("", "NULL", "null", "Null"))
TICK = Decimal("0.000000000001")
# DECIMAL(28,12) leaves 16 digits before the point.
LIMIT = Decimal(10) ** 16
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
REMEMBERED = 200_000

_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_MOMENT = re.compile(
    r"(2[01][0-9]{2}-[01][0-9]-[0-3][0-9])"
    r"(?:[ T]([0-2][0-9]:[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?)"
    r" ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.ASCII,
)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


class Refused(Exception):
    def __init__(self, code: Code, limit: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.limit = limit


def read_number(text: str) -> tuple[Decimal, bool]:
    """
    The exact number, and whether it had to be rounded to 12 decimals.

    Scientific notation is FOCUS' own (NumericFormat); NaN, infinity, signs of plus, thousands
    separators and digits of other scripts are nobody's.

    :raises Refused: when it is no number, or too large for DECIMAL(28,12)
    """
    if _NUMBER.fullmatch(text) is None:
        raise Refused(Code.NOT_A_NUMBER)
    number = Decimal(text)
    # Compared by magnitude first: quantizing 1e999 would not fit any context.
    if number and number.adjusted() >= LIMIT.adjusted():
        raise Refused(Code.NUMBER_TOO_LARGE)
    stored = number.quantize(TICK, context=EXACT)
    if stored >= LIMIT or stored <= -LIMIT:
        raise Refused(Code.NUMBER_TOO_LARGE)
    return stored, stored != number


def read_moment(text: str) -> datetime:
    """
    A moment in UTC. A time without zone is UTC, as FOCUS demands of every date and time.

    :raises Refused: when it is not a date of this or the next century
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise Refused(Code.NOT_A_MOMENT)
    day, clock, zone = match.groups()
    zone = "+00:00" if zone in (None, "Z", "UTC") else zone
    try:
        return datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone}").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refused(Code.NOT_A_MOMENT) from error


class Memory(dict[str, object]):
    """What each spelling in one column means. Bad spellings mean None and are kept in `bad`."""

    def __init__(self, column: Column) -> None:
        super().__init__()
        self.column = column
        self.words = {_plain(word): word for word in column.words}
        self.bad: dict[str, Problem] = {}
        self.doubted: dict[str, Doubt] = {}
        self._read = _READERS["currency" if column.name == "BillingCurrency" else column.kind]

    def __missing__(self, text: str) -> object:
        value = self._understand(text)
        self[text] = value
        return value

    def _understand(self, text: str) -> object:
        column = self.column
        if text in NULLS:
            if column.is_needed:
                self.bad[text] = Problem(Code.EMPTY, column.name)
            elif column.is_expected:
                self.doubted[text] = Doubt.COST_IS_MISSING
            return "" if column.kind in (Kind.TEXT, Kind.WORD) else None
        try:
            return self._read(self, text)
        except Refused as refusal:
            shown = text[:200].encode(errors="backslashreplace").decode()
            self.bad[text] = Problem(refusal.code, column.name, shown, refusal.limit)
            return None

    def read(self, cells: Sequence[str]) -> list[object]:
        """The value of each cell."""
        if len(self) > REMEMBERED:
            self.clear()
            self.bad.clear()
            self.doubted.clear()
        return list(map(self.__getitem__, cells))


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]", "", word).lower()


def _number(memory: Memory, text: str) -> Decimal:
    value, was_rounded = read_number(text)
    if was_rounded:
        memory.doubted[text] = Doubt.ROUNDED
    return value


def _moment(_memory: Memory, text: str) -> datetime:
    return read_moment(text)


def _word(memory: Memory, text: str) -> str:
    column = memory.column
    found = memory.words.get(_plain(text))
    if found is None and column.is_closed:
        raise Refused(Code.NOT_A_WORD, ", ".join(column.words))
    if found is None:
        memory.doubted[text] = Doubt.UNKNOWN_WORD
        return text[: column.size]
    return found


def _text(memory: Memory, text: str) -> str:
    column = memory.column
    if len(text) <= column.size:
        return text
    if not column.may_be_cut:
        raise Refused(Code.TOO_LONG, str(column.size))
    memory.doubted[text] = Doubt.CUT
    return text[: column.size]


def _currency(_memory: Memory, text: str) -> str:
    if _CURRENCY.fullmatch(text) is None:
        raise Refused(Code.NOT_A_CURRENCY)
    return text


_READERS: dict[str, Callable[[Memory, str], object]] = {
    Kind.TEXT: _text,
    Kind.WORD: _word,
    Kind.NUMBER: _number,
    Kind.MOMENT: _moment,
    "currency": _currency,
}
