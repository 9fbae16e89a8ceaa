"""The two precisions of a price: exact enough on the way, whole fen at the end."""

from decimal import ROUND_HALF_UP, Context, Decimal

FEN = Decimal("0.01")
PRECISE = Decimal("0.000000000001")
ARITHMETIC = Context(prec=60, rounding=ROUND_HALF_UP)


def multiply(amount: Decimal, rate: Decimal) -> Decimal:
    """The product at twelve decimals."""
    return ARITHMETIC.quantize(ARITHMETIC.multiply(amount, rate), PRECISE)


def to_fen(amount: Decimal) -> Decimal:
    """Half up, once a line. The same rule as core.money, which this package cannot import."""
    return ARITHMETIC.quantize(amount, FEN)
