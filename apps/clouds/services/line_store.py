"""Lines in and out of the database, in the few statements that 100,000 rows need."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import batched, chain
from typing import Any

from django.db import connection

from apps.clouds.importing.columns import COLUMNS
from apps.clouds.importing.rows import Checked
from apps.clouds.models.bills import VendorBillLine

# identity -> the last occurrence ever written, and how many are in force
Known = dict[str, tuple[int, int]]

_TABLE = VendorBillLine._meta.db_table
_OWN = (
    "identity",
    "occurrence",
    "is_withdrawal",
    "bill_import_id",
    "line_number",
    "period_id",
    "sub_account_id",
)
_MODEL_FIELDS = {field.name for field in VendorBillLine._meta.fields if not field.is_relation}
_FOCUS = tuple(column.field for column in COLUMNS if column.field in _MODEL_FIELDS)
_COLUMNS = (*_OWN, *_FOCUS, "raw")
_AMOUNTS_TO_NEGATE = (
    "pricing_quantity",
    "list_cost",
    "contracted_cost",
    "billed_cost",
    "effective_cost",
    "consumed_quantity",
)
ASKED_AT_ONCE = 1000
# A statement waits for the server once, however many rows it has; 4 MB fit any packet limit.
WRITTEN_AT_ONCE, STATEMENT_SIZE = 1000, 4_000_000

_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def known_lines(*, identities: Iterable[str]) -> Known:
    """What is stored of these lines. Trusted: reads for the import alone."""
    known: Known = {}
    with connection.cursor() as cursor:
        for asked in batched(set(identities), ASKED_AT_ONCE):
            places = ", ".join(["%s"] * len(asked))
            cursor.execute(
                "SELECT identity, MAX(occurrence), "  # noqa: S608  our own names
                "SUM(CASE WHEN is_withdrawal THEN -1 ELSE 1 END) "
                f"FROM {_TABLE} WHERE identity IN ({places}) GROUP BY identity",
                asked,
            )
            known.update((row[0], (int(row[1]), int(row[2]))) for row in cursor.fetchall())
    return known


def insert_lines(
    *,
    checked: Checked,
    chosen: Sequence[tuple[int, str, int]],
    period_ids: Sequence[int],
    sub_account_ids: Sequence[int],
    bill_import_id: int,
) -> None:
    """
    Write rows of a chunk: (place in the chunk, identity, occurrence) of each.

    Trusted: called by the import.
    """
    places = [place for place, _identity, _occurrence in chosen]
    own: list[Sequence[Any]] = [
        [identity for _place, identity, _occurrence in chosen],
        [occurrence for _place, _identity, occurrence in chosen],
        (0,) * len(chosen),
        (bill_import_id,) * len(chosen),
        [checked.lines[place] for place in places],
        [period_ids[place] for place in places],
        [sub_account_ids[place] for place in places],
    ]
    focus = [_as_stored([checked.values[name][place] for place in places]) for name in _FOCUS]
    raw = [_to_json(checked.rows[place]) for place in places]
    at_once = STATEMENT_SIZE // (2 * max(map(len, raw)))
    _insert(zip(*own, *focus, raw, strict=True), max(1, min(WRITTEN_AT_ONCE, at_once)))


def _as_stored(values: list[Any]) -> list[Any]:
    """Amounts and moments as text: both databases read it exactly, and drivers escape it fast."""
    kinds = set(map(type, values))
    if Decimal in kinds:
        return [None if value is None else format(value, "f") for value in values]
    if datetime in kinds:
        texts = {value: value.strftime("%Y-%m-%d %H:%M:%S.%f") for value in set(values)}
        return [texts[value] for value in values]
    return values


def _insert(rows: Iterable[tuple[Any, ...]], at_once: int) -> None:
    names = ", ".join(_COLUMNS)
    row_places = f"({', '.join(['%s'] * len(_COLUMNS))})"
    start = f"INSERT INTO {_TABLE} ({names}) VALUES "  # noqa: S608  our own names
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(start + row_places, list(rows))
            return
        for some in batched(rows, at_once):
            cursor.execute(
                start + ", ".join([row_places] * len(some)), list(chain.from_iterable(some))
            )


def lines_in_force(*, period_id: int) -> dict[str, int]:
    """How many lines of each identity a period has. Trusted: reads for the import alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT identity, SUM(CASE WHEN is_withdrawal THEN -1 ELSE 1 END) AS in_force "  # noqa: S608
            f"FROM {_TABLE} WHERE period_id = %s GROUP BY identity HAVING in_force > 0",
            [period_id],
        )
        return {identity: int(count) for identity, count in cursor.fetchall()}


def withdraw_lines(*, surplus: dict[str, int], bill_import_id: int) -> None:
    """
    Take back that many lines of each identity, the newest first, by rows of the opposite sign.

    Trusted: called by the import.
    """
    ids: list[int] = []
    for identities in batched(surplus, ASKED_AT_ONCE):
        lines = VendorBillLine.objects.filter(identity__in=identities)
        gone = set(lines.filter(is_withdrawal=True).values_list("identity", "occurrence"))
        left = {identity: surplus[identity] for identity in identities}
        charges = lines.filter(is_withdrawal=False).order_by("identity", "-occurrence")
        for pk, identity, occurrence in charges.values_list("pk", "identity", "occurrence"):
            if left[identity] and (identity, occurrence) not in gone:
                left[identity] -= 1
                ids.append(pk)
    selected = [
        {"is_withdrawal": "1", "bill_import_id": "%s"}.get(
            name, _negated(name) if name in _AMOUNTS_TO_NEGATE else name
        )
        for name in _COLUMNS
    ]
    with connection.cursor() as cursor:
        for some in batched(ids, ASKED_AT_ONCE):
            cursor.execute(
                f"INSERT INTO {_TABLE} ({', '.join(_COLUMNS)}) "  # noqa: S608
                f"SELECT {', '.join(selected)} FROM {_TABLE} "
                f"WHERE id IN ({', '.join(['%s'] * len(some))})",
                [bill_import_id, *some],
            )


def _negated(name: str) -> str:
    """On SQLite an amount is text, and arithmetic would make a floating number of it."""
    if connection.vendor != "sqlite":
        return f"-{name}"
    return f"CASE WHEN substr({name}, 1, 1) = '-' THEN substr({name}, 2) ELSE '-' || {name} END"
