"""How what is given back is shared among what paid. Pure arithmetic, in whole fen."""

from collections.abc import Sequence
from decimal import Decimal

from apps.core.money import split


def next_shares(
    amount: Decimal, *, paid: Sequence[Decimal], returned: Sequence[Decimal]
) -> list[Decimal]:
    """What each payer gets of `amount`, so that all that was returned stands as all that was paid.

    By the largest remainder, over what each still misses to its exact share of everything that is
    returned by now. So rounding never adds up over many refunds, no payer gets more than he paid,
    and the last refund ends exactly at what was paid.
    :raises ValueError: if more is given back than is left
    """
    whole, before = sum(paid), sum(returned)
    if before + amount > whole:
        raise ValueError(f"{amount} is more than is left of {whole}")
    fen = [(_fen(share), _fen(back)) for share, back in zip(paid, returned, strict=True)]
    missing = [share * _fen(before + amount) - back * _fen(whole) for share, back in fen]
    return split(amount, [max(part, 0) for part in missing])


def _fen(amount: Decimal | int) -> int:
    return int(amount * 100)
