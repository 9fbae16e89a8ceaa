"""Money: the one place where it is read, rounded, split, taxed and written out.

Amounts are Decimal yuan with two decimals (fen). Nothing else rounds money: database, forms and
templates only see amounts that are whole fen already.
"""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid

if TYPE_CHECKING:
    type Base = models.DecimalField[Any, Any]

FEN = Decimal("0.01")
ZERO = Decimal("0.00")
LINE_TOLERANCE = Decimal("0.05")  # what one line may be off its own tax for the header's sake
WHOLE_DIGITS = 16  # of a MoneyField
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)  # wider than any amount times any rate
_AMOUNT = re.compile(rf"[0-9]{{1,{WHOLE_DIGITS}}}(?:\.[0-9]{{1,2}})?")


class AmountIsMalformed(Invalid):
    code = "core.amount_is_malformed"
    message = _("“{text}” is not an amount. Use digits and at most two decimals, like 1234.56.")


class Taxed(NamedTuple):
    """A tax-inclusive amount taken apart: net + tax is what is paid."""

    net: Decimal
    tax: Decimal


def round_fen(x: Decimal) -> Decimal:
    """The amount in whole fen, half up (away from zero), as MariaDB and an accountant round.

    :raises TypeError: for a float, which has lost its money already
    """
    if not isinstance(x, Decimal):
        raise TypeError(f"money is Decimal, not {type(x).__name__}")
    if not x.is_finite():
        raise ValueError(f"{x} is not an amount")
    rounded = x.quantize(FEN, context=_EXACT)
    return rounded if rounded else ZERO  # never "-0.00"


def is_whole_fen(x: Decimal) -> bool:
    return round_fen(x) == x


def parse_yuan(text: object) -> Decimal:
    """Read what a person or a machine wrote: plain digits and at most two decimals.

    :raises AmountIsMalformed: for signs, exponents, full-width digits, separators, blanks, and
        for anything that is not text (a JSON number has been through a float)
    """
    if not isinstance(text, str) or not _AMOUNT.fullmatch(text):
        raise AmountIsMalformed(text=str(text)[:40])
    return Decimal(text).quantize(FEN)


def split(total: Decimal, weights: Sequence[Decimal | int]) -> list[Decimal]:
    """Divide `total` by `weights` so that the parts sum to it to the fen (largest remainder).

    Every part is within one fen of its exact share; a weight of zero gets nothing; of equal
    remainders the earlier wins. A negative total is split like its opposite.
    :raises ValueError: if there is something to share and nobody to take it
    """
    fen = _as_fen(total)
    shares = [Fraction(weight) for weight in weights]
    whole = sum(shares)
    if min(shares, default=Fraction(0)) < 0:
        raise ValueError("a weight is negative")
    if not whole:
        if fen:
            raise ValueError(f"nobody takes a share of {total}")
        return [ZERO for _share in shares]
    exact = [abs(fen) * share / whole for share in shares]
    parts = [int(amount) for amount in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: parts[i] - exact[i])
    for index in by_remainder[: abs(fen) - sum(parts)]:
        parts[index] += 1
    return [_from_fen(part if fen > 0 else -part) for part in parts]


def tax_included(gross: Decimal, rate: Decimal) -> Taxed:
    """Take a tax-inclusive amount apart: net = gross / (1 + rate), tax = the rest (INV-4)."""
    if rate < 0:
        raise ValueError(f"{rate} is not a tax rate")
    net = round_fen(_EXACT.divide(gross, 1 + rate))
    return Taxed(net=net, tax=gross - net)


def spread_tax(
    lines: Sequence[Decimal], rate: Decimal, tolerance: Decimal = LINE_TOLERANCE
) -> list[Taxed]:
    """Take the lines of one invoice apart so that they sum to its header (INV-4).

    Each line is rounded on its own. What then misses to the header is put on the largest line.
    The next largest helps where that would push a line's tax more than `tolerance` off its own,
    or below zero, or above the line itself: 50 × 0.10 at 6 % misses 0.22.
    """
    taxed = [tax_included(gross, rate) for gross in lines]
    header = tax_included(sum(lines, ZERO), rate)
    missing = _as_fen(header.tax) - sum(_as_fen(line.tax) for line in taxed)
    largest_first = sorted(range(len(lines)), key=lambda i: -abs(lines[i]))
    for most in (_as_fen(tolerance), abs(missing)):
        for index in largest_first:
            step = _room(lines[index], taxed[index].tax, missing, most)
            missing -= step
            tax = taxed[index].tax + _from_fen(step)
            taxed[index] = Taxed(net=lines[index] - tax, tax=tax)
    return taxed


def _room(gross: Decimal, tax: Decimal, missing: int, most: int) -> int:
    """How many of the `missing` fen this line's tax can take and stay between zero and gross."""
    lowest, highest = sorted((0, _as_fen(gross)))
    current = _as_fen(tax)
    lowest, highest = max(lowest, current - most), min(highest, current + most)
    return min(max(current + missing, lowest), highest) - current


def format_yuan(amount: Decimal) -> str:
    """The amount as people read it: ¥1,234.56."""
    fen = round_fen(amount)
    return f"{'-' if fen < 0 else ''}¥{abs(fen):,.2f}"


def format_short(amount: Decimal) -> str:
    """The amount for a dashboard: ¥123.46万, ¥1.23亿; in English ¥1.23M."""
    is_chinese = (get_language() or "").startswith("zh")
    scales = (
        ((Decimal(10**8), "亿"), (Decimal(10**4), "万"))
        if is_chinese
        else ((Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "K"))
    )
    for scale, unit in scales:
        if abs(amount) >= scale:
            return format_yuan(amount / scale) + unit
    return format_yuan(amount)


DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")


def capitals(amount: Decimal) -> str:
    """The amount in capital characters, by the People's Bank rules for bills and vouchers.

    Ends in 整 when it stops at yuan; 零 stands once for zeros inside, and before 角 when the last
    digit of the yuan is zero: 107000.53 is 壹拾万柒仟元零伍角叁分.
    """
    fen = _as_fen(amount)
    if fen < 0:
        return "负" + capitals(-amount)
    yuan, cents = divmod(fen, 100)
    if yuan >= 10**WHOLE_DIGITS:
        raise ValueError(f"{amount} has more digits than an amount can have")
    tenth, hundredth = divmod(cents, 10)
    words = f"{_capital_integer(yuan)}元" if yuan else ""
    if not cents:
        return f"{words or '零元'}整"
    if words and (not tenth or yuan % 10 == 0):
        words += "零"
    words += f"{DIGITS[tenth]}角" if tenth else ""
    return words + (f"{DIGITS[hundredth]}分" if hundredth else "")


def _capital_integer(number: int) -> str:
    for unit, word in ((10**8, "亿"), (10**4, "万")):
        if number >= unit:
            high, low = divmod(number, unit)
            gap = "零" if low and low < unit // 10 else ""
            return _capital_integer(high) + word + gap + (_capital_integer(low) if low else "")
    return _capital_section(number)


def _capital_section(number: int) -> str:
    """Up to four digits; zeros between them are read once, zeros around them not at all."""
    words = "".join(
        DIGITS[int(digit)] + (place if digit != "0" else "")
        for digit, place in zip(f"{number:04}", _PLACES, strict=True)
    )
    return re.sub("零+", "零", words).strip("零")


def _as_fen(amount: Decimal) -> int:
    if not is_whole_fen(amount):
        raise ValueError(f"{amount} is not whole fen: round it first")
    return int(amount.scaleb(2, _EXACT))


def _from_fen(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2, _EXACT)


class MoneyField(models.DecimalField):  # type: ignore[type-arg]  # Django's fields take no []
    """An amount in whole fen. Refuses to store anything finer instead of rounding it silently."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_digits", WHOLE_DIGITS + 2)
        options.setdefault("decimal_places", 2)
        super().__init__(*args, **options)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, float):
            raise TypeError(f"{self.name}: money is Decimal, not float")
        if isinstance(value, Decimal) and not is_whole_fen(value):
            raise ValueError(f"{self.name}: {value} is not whole fen, round it with core.money")
        return super().get_db_prep_save(value, connection)

    def get_db_converters(self, connection: Any) -> list[Any]:
        """SQLite adds amounts up in floating numbers: 1.10 + 2.20 - 3.30 is not quite nothing."""
        converters: list[Any] = super().get_db_converters(connection)
        return [*converters, _as_whole_fen] if connection.vendor == "sqlite" else converters


def _as_whole_fen(value: Decimal | None, *_context: object) -> Decimal | None:
    return None if value is None else value.quantize(FEN, context=_EXACT)


class PreciseField(models.DecimalField):  # type: ignore[type-arg]  # Django's fields take no []
    """A vendor's figure as it came: 16 digits and 12 decimals. Rounded once, at the bill."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_digits", 28)
        options.setdefault("decimal_places", 12)
        super().__init__(*args, **options)


class RateField(models.DecimalField):  # type: ignore[type-arg]  # Django's fields take no []
    """A factor such as a discount or tax rate: 0.850000 is 85 %."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_digits", 9)
        options.setdefault("decimal_places", 6)
        super().__init__(*args, **options)
