"""VCH-1: what is given back stands as what was paid, to the fen."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.billing.shares import next_shares

fen = st.integers(0, 10**10).map(lambda n: Decimal(n) / 100)


@st.composite
def refunds(draw: st.DrawFn) -> tuple[list[Decimal], list[Decimal]]:
    """What paid, and partial refunds that sum to it."""
    small = st.integers(0, 60).map(lambda n: Decimal(n) / 100)
    paid = draw(st.lists(draw(st.sampled_from([fen, small])), min_size=1, max_size=5))
    whole = int(sum(paid) * 100)
    cuts = sorted(draw(st.sets(st.integers(0, whole), max_size=40)) | {0, whole})
    return paid, [Decimal(end - start) / 100 for start, end in pairwise(cuts)]


@given(refunds())
def test_partial_refunds_sum_to_exactly_what_was_paid(case):
    paid, amounts = case
    whole, returned = sum(paid), [Decimal(0)] * len(paid)

    for amount in amounts:
        shares = next_shares(amount, paid=paid, returned=returned)
        assert sum(shares) == amount
        assert min(shares) >= 0
        returned = [back + share for back, share in zip(returned, shares, strict=True)]
        for share, back in zip(paid, returned, strict=True):
            assert back <= share
            exact = Fraction(share) * Fraction(sum(returned)) / Fraction(whole)
            assert abs(Fraction(back) - exact) < Fraction(2, 100)

    assert returned == paid


@given(refunds(), st.data())
def test_what_was_returned_otherwise_before_still_ends_at_what_was_paid(case, data):
    """Refunds that an older rule made are no reason to return a fen too much or too little."""
    paid, _amounts = case
    returned = [Decimal(data.draw(st.integers(0, int(share * 100)))) / 100 for share in paid]
    left = sum(paid) - sum(returned)
    half = Decimal(int(left * 100) // 2) / 100

    for amount in (half, left - half):
        if amount:
            shares = next_shares(amount, paid=paid, returned=returned)
            assert min(shares) >= 0
            returned = [back + share for back, share in zip(returned, shares, strict=True)]

    assert returned == paid


def test_no_more_than_is_left():
    with pytest.raises(ValueError, match="more than is left"):
        next_shares(Decimal("0.02"), paid=[Decimal("5.00")], returned=[Decimal("4.99")])
