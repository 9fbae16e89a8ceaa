"""The two precisions of a price: exact enough on the way, whole fen at the end.

The rules are those of core.money, which this package cannot import: a test compares the two.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_HALF_UP, Context, Decimal

ZERO = Decimal("0.00")
FEN = Decimal("0.01")
PRECISE = Decimal("0.000000000001")
ARITHMETIC = Context(prec=60, rounding=ROUND_HALF_UP)

_multiply, _quantize, _scale = ARITHMETIC.multiply, ARITHMETIC.quantize, ARITHMETIC.scaleb


def multiply(amount: Decimal, rate: Decimal) -> Decimal:
    """The product at twelve decimals."""
    return _quantize(_multiply(amount, rate), PRECISE)


def part(amount: Decimal, numerator: Decimal, denominator: Decimal) -> Decimal:
    """amount × numerator / denominator at twelve decimals; nothing of nothing."""
    if not denominator:
        return Decimal(0)
    return _quantize(ARITHMETIC.divide(_multiply(amount, numerator), denominator), PRECISE)


def to_fen(amount: Decimal) -> Decimal:
    """Half up, once a line."""
    return _quantize(amount, FEN)


def fen_up(amount: Decimal) -> Decimal:
    """The least amount of whole fen that is not below."""
    return amount.quantize(FEN, ROUND_CEILING, ARITHMETIC)


def number(value: Decimal) -> str:
    """A rate or a count without trailing zeros: "0.85", "100"."""
    return f"{value.normalize():f}"


def count_fen(amount: Decimal) -> int:
    """An amount of whole fen as their number."""
    return int(_scale(amount, 2))


def yuan(fen: int) -> Decimal:
    return _scale(Decimal(fen), -2)


def share(total: int, weights: Sequence[int]) -> list[int]:
    """Divide `total` fen by `weights` to the last fen: largest remainder, the earlier of equals.

    No part is larger than its weight as long as `total` is not larger than their sum.
    """
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    left = total - sum(parts)
    if left:
        order = sorted(range(len(weights)), key=lambda at: -(total * weights[at] % whole))
        for at in order[:left]:
            parts[at] += 1
    return parts
