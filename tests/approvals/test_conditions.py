"""Conditions: typed comparisons, three-valued, and nothing that runs."""

from decimal import Decimal
from itertools import product

import pytest

from apps.approvals.engine.conditions import (
    Comparison,
    ConditionIsInvalid,
    Either,
    Every,
    Operator,
    ValueType,
    parse,
)

TYPES = {"amount": ValueType.NUMBER, "tier": ValueType.TEXT, "day": ValueType.DATE}


@pytest.mark.parametrize(
    ("op", "value", "holds"),
    [
        ("=", "100", True),
        ("=", "100.00", True),
        ("!=", "100", False),
        ("<", "100", False),
        ("<", "100.01", True),
        ("<=", "100", True),
        (">", "99.99", True),
        (">", "100", False),
        (">=", "100", True),
        ("in", ["1", "100"], True),
        ("in", ["1"], False),
        ("not_in", ["1"], True),
    ],
)
def test_numbers_are_compared_as_numbers(op, value, holds):
    condition = parse({"field": "amount", "op": op, "value": value}, TYPES)

    assert condition.holds({"amount": Decimal("100")}) is holds


@pytest.mark.parametrize("op", list(Operator))
def test_what_is_not_known_is_neither_true_nor_false(op):
    value = ("1",) if op in (Operator.IN, Operator.NOT_IN) else "1"

    assert Comparison("amount", op, value).holds({"amount": None}) is None
    assert Comparison("amount", op, value).holds({}) is None


@pytest.mark.parametrize(
    ("first", "second"), list(product([True, False, None], repeat=2)), ids=lambda v: str(v)
)
def test_and_and_or_of_unknowns(first, second):
    facts = {True: "yes", False: "no"}
    parts = tuple(Comparison(name, Operator.EQUAL, "yes") for name in ("first", "second"))
    known = {
        name: facts[value]
        for name, value in (("first", first), ("second", second))
        if value is not None
    }
    both = False if False in (first, second) else None if None in (first, second) else True
    either = True if True in (first, second) else None if None in (first, second) else False

    assert (Every(parts).holds(known), Either(parts).holds(known)) == (both, either)


@pytest.mark.parametrize(
    "data",
    [
        "amount > 1",
        {"field": "__class__", "op": "=", "value": "x"},
        {"field": "amount", "op": "matches", "value": "1"},
        {"field": "amount", "op": ">", "value": "import os"},
        {"field": "amount", "op": ">", "value": 1.5},
        {"field": "amount", "op": ">", "value": True},
        {"field": "amount", "op": ">", "value": "NaN"},
        {"field": "tier", "op": ">", "value": "gold"},
        {"field": "amount", "op": "in", "value": "12"},
        {"field": "amount", "op": "in", "value": []},
        {"all": []},
        {"all": [], "any": []},
        {"all": [{"all": [{"all": [{"all": [{"all": [{"all": []}]}]}]}]}]},
        {"field": "amount", "op": ">", "value": "1", "more": 1},
        [],
        3,
    ],
)
def test_what_is_no_condition_is_refused(data):
    with pytest.raises(ConditionIsInvalid):
        parse(data, TYPES)


def test_a_condition_survives_json():
    data = {
        "all": [
            {"field": "amount", "op": ">=", "value": "50000"},
            {"any": [{"field": "tier", "op": "in", "value": ["gold", "black"]}]},
        ]
    }

    assert parse(data, TYPES).to_json() == data
