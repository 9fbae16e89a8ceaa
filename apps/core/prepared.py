"""Queries that are put together once in a process and asked again and again.

Django builds and compiles a query anew each time. Where the answer is a few rows by an index, that
takes several times as long as the database does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, QuerySet
from django.db.models.sql.compiler import SQLCompiler

type Row = tuple[Any, ...]
type Converters = list[tuple[int, Sequence[Callable[..., Any]], Any]]


class Slot(Expression):
    """Where a value will stand."""

    def __init__(self, name: str, place: int | None = None) -> None:
        super().__init__()
        self.name = name
        self.place = place

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        return "%s", [self]

    def fill(self, values: dict[str, Any], connection: BaseDatabaseWrapper) -> Any:
        value = values[self.name]
        if self.place is not None:
            value = value[self.place]
        if isinstance(value, datetime):
            return connection.ops.adapt_datetimefield_value(value)
        return value


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    params: tuple[Any, ...]
    converters: Converters

    @classmethod
    def of(cls, query: QuerySet[Any, Any]) -> "Statement":
        compiler = query.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        found = compiler.get_converters([column for column, *_ in compiler.select])
        return cls(sql, tuple(params), [(place, *entry) for place, entry in found.items()])

    def rows(self, values: dict[str, Any]) -> list[Row]:
        connection = connections[DEFAULT_DB_ALIAS]
        params = [
            param.fill(values, connection) if isinstance(param, Slot) else param
            for param in self.params
        ]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            found = cursor.fetchall()
        return [self._converted(row, connection) for row in found] if self.converters else found

    def _converted(self, row: Row, connection: BaseDatabaseWrapper) -> Row:
        values = list(row)
        for place, converters, expression in self.converters:
            value = values[place]
            for convert in converters:
                value = convert(value, expression, connection)
            values[place] = value
        return tuple(values)


class Prepared:
    """`build` is called with slots in place of the values of the same names and returns a query of
    plain columns (`values_list`). `rows` fills the slots in.

    Values are numbers, texts, moments, and lists of these, not empty, for `__in` of a plain column
    (of a foreign key: `tenant__pk__in`). The query must depend on nothing else, as the language.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._statements: dict[tuple[object, ...], Statement] = {}

    def rows(self, **values: Any) -> list[Row]:
        values = {name: _padded(value) for name, value in values.items()}
        shape = [len(value) if isinstance(value, list) else None for value in values.values()]
        key = (connections[DEFAULT_DB_ALIAS].vendor, *shape)
        statement = self._statements.get(key)
        if statement is None:
            slots = {name: _slots(name, value) for name, value in values.items()}
            self._statements[key] = statement = Statement.of(self._build(**slots))
        return statement.rows(values)


def _padded(value: Any) -> Any:
    """Lists have 1, 2, 4, 8 … items, so that there are few statements; the last one repeats."""
    if not isinstance(value, list):
        return value
    if not value:
        raise ValueError("A prepared query cannot ask for nothing.")
    length = 1 << (len(value) - 1).bit_length()
    return value + value[-1:] * (length - len(value))


def _slots(name: str, value: Any) -> Slot | list[Slot]:
    if isinstance(value, list):
        return [Slot(name, place) for place in range(len(value))]
    return Slot(name)
