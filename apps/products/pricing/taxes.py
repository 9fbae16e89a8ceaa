"""The tax that prices include, by line, so that the lines sum to what an invoice states (INV-4)."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

TOLERANCE = 5  # fen that one line may be off its own tax for the header's sake


def taxes_of(amounts: Sequence[int], rates: Sequence[Decimal]) -> list[int]:
    """The tax in fen of each line. Lines of one rate are an invoice's lines of one rate."""
    taxes = [0] * len(amounts)
    places: defaultdict[Decimal, list[int]] = defaultdict(list)
    for place, rate in enumerate(rates):
        if rate:
            places[rate].append(place)
    for rate, found in places.items():
        spread = _spread([amounts[place] for place in found], rate)
        for place, tax in zip(found, spread, strict=True):
            taxes[place] = tax
    return taxes


def _spread(amounts: list[int], rate: Decimal) -> list[int]:
    """Each line rounds on its own; what misses to the header goes to the largest lines first."""
    taxes = [_tax(amount, rate) for amount in amounts]
    missing = _tax(sum(amounts), rate) - sum(taxes)
    if not missing:
        return taxes
    largest_first = sorted(range(len(amounts)), key=lambda place: -amounts[place])
    for most in (TOLERANCE, abs(missing)):
        for place in largest_first:
            current = taxes[place]
            lowest, highest = max(0, current - most), min(amounts[place], current + most)
            taxes[place] = min(max(current + missing, lowest), highest)
            missing -= taxes[place] - current
    return taxes


def _tax(gross: int, rate: Decimal) -> int:
    """gross - gross / (1 + rate), the net rounded half up."""
    numerator, denominator = _fraction(rate)
    return gross - (2 * gross * denominator + numerator) // (2 * numerator)


@lru_cache(maxsize=64)
def _fraction(rate: Decimal) -> tuple[int, int]:
    return (1 + rate).as_integer_ratio()
