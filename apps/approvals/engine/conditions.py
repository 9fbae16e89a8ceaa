"""When a node of a flow applies: typed comparisons as data. Nothing is ever evaluated as code.

    {"all": [{"field": "amount", "op": ">=", "value": "50000"},
             {"any": [{"field": "tier", "op": "in", "value": ["gold", "black"]}]}]}

A comparison is true, false, or unknown where the form has no such value. What is unknown never
skips an approver: see `path`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any


class ValueType(StrEnum):
    NUMBER = "number"
    TEXT = "text"
    DATE = "date"


type Value = Decimal | str
type Facts = Mapping[str, Value | None]
type Types = Mapping[str, ValueType]


class Operator(StrEnum):
    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    IN = "in"
    NOT_IN = "not_in"


ORDERED = frozenset({Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST})
LISTED = frozenset({Operator.IN, Operator.NOT_IN})
DEPTH, WIDTH = 4, 20


class ConditionIsInvalid(ValueError):
    """The data is not a condition, or compares what cannot be compared."""


@dataclass(frozen=True)
class Comparison:
    field: str
    op: Operator
    value: Value | tuple[Value, ...]

    def holds(self, facts: Facts) -> bool | None:
        """Whether it is so; None if the fact is not known."""
        fact = facts.get(self.field)
        if fact is None:
            return None
        return _COMPARE[self.op](fact, self.value)

    def to_json(self) -> dict[str, Any]:
        value = self.value
        plain = [str(item) for item in value] if isinstance(value, tuple) else str(value)
        return {"field": self.field, "op": str(self.op), "value": plain}


@dataclass(frozen=True)
class Every:
    """All of them. Empty: always."""

    parts: tuple["Condition", ...] = ()

    def holds(self, facts: Facts) -> bool | None:
        results = [part.holds(facts) for part in self.parts]
        if False in results:
            return False
        return None if None in results else True

    def to_json(self) -> dict[str, Any]:
        return {"all": [part.to_json() for part in self.parts]}


@dataclass(frozen=True)
class Either:
    """At least one of them."""

    parts: tuple["Condition", ...]

    def holds(self, facts: Facts) -> bool | None:
        results = [part.holds(facts) for part in self.parts]
        if True in results:
            return True
        return None if None in results else False

    def to_json(self) -> dict[str, Any]:
        return {"any": [part.to_json() for part in self.parts]}


type Condition = Comparison | Every | Either

ALWAYS = Every()


def parse(data: object, types: Types, depth: int = 0) -> Condition:
    """The condition that `data` (JSON) describes, checked against the `types` of the fields.

    :raises ConditionIsInvalid: if it is not one
    """
    if data is None or data == {}:
        return ALWAYS
    if not isinstance(data, Mapping) or depth > DEPTH:
        raise ConditionIsInvalid(f"not a condition: {data!r}")
    for word, make in (("all", Every), ("any", Either)):
        if set(data) == {word}:
            return make(_parts(data[word], types, depth))
    if set(data) == {"field", "op", "value"}:
        return _comparison(data, types)
    raise ConditionIsInvalid(f"not a condition: {data!r}")


def fields_of(condition: Condition) -> set[str]:
    """Which facts a condition asks for."""
    if isinstance(condition, Comparison):
        return {condition.field}
    return {name for part in condition.parts for name in fields_of(part)}


def _parts(data: object, types: Types, depth: int) -> tuple[Condition, ...]:
    if not isinstance(data, Sequence) or isinstance(data, str) or not 0 < len(data) <= WIDTH:
        raise ConditionIsInvalid(f"1 to {WIDTH} conditions are expected: {data!r}")
    return tuple(parse(part, types, depth + 1) for part in data)


def _comparison(data: Mapping[str, Any], types: Types) -> Comparison:
    field = data["field"]
    if field not in types:
        raise ConditionIsInvalid(f"there is no field {field!r}")
    try:
        op = Operator(data["op"])
    except ValueError:
        raise ConditionIsInvalid(f"there is no comparison {data['op']!r}") from None
    if op in ORDERED and types[field] is ValueType.TEXT:
        raise ConditionIsInvalid(f"{field} has no order")
    value = data["value"]
    if op not in LISTED:
        return Comparison(field, op, typed(value, types[field]))
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise ConditionIsInvalid(f"{field} {op}: a list is expected")
    return Comparison(field, op, tuple(typed(item, types[field]) for item in value))


def typed(value: object, kind: ValueType) -> Value:
    """`value` as the type of its field: numbers exact, texts and dates (ISO) as text.

    :raises ConditionIsInvalid: if it is no such value
    """
    if isinstance(value, bool | float) or not isinstance(value, str | int | Decimal):
        raise ConditionIsInvalid(f"{value!r} is not a value")
    if kind is not ValueType.NUMBER:
        return str(value)
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ConditionIsInvalid(f"{value!r} is not a number") from None
    if not number.is_finite():
        raise ConditionIsInvalid(f"{value!r} is not a number")
    return number


_COMPARE: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQUAL: lambda fact, value: fact == value,
    Operator.UNEQUAL: lambda fact, value: fact != value,
    Operator.LESS: lambda fact, value: fact < value,
    Operator.AT_MOST: lambda fact, value: fact <= value,
    Operator.MORE: lambda fact, value: fact > value,
    Operator.AT_LEAST: lambda fact, value: fact >= value,
    Operator.IN: lambda fact, value: fact in value,
    Operator.NOT_IN: lambda fact, value: fact not in value,
}
