"""What the first line of a bill file promises."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from apps.clouds.importing.columns import COLUMNS, KNOWN, OTHER_NAMES, Column, version_of


class HeaderIsUnusable(Exception):
    """The file cannot be read at all: columns are missing or named twice."""

    def __init__(self, missing: list[str], doubled: list[str]) -> None:
        super().__init__(missing, doubled)
        self.missing = missing
        self.doubled = doubled


@dataclass(frozen=True, slots=True)
class Header:
    """The file's own column names, and where in it each of our columns is found."""

    names: tuple[str, ...]
    version: str
    places: dict[str, int]
    extra: tuple[str, ...]


def read_header(cells: Sequence[str]) -> Header:
    """
    Find FOCUS' columns, in whatever order and letter case they come.

    :raises HeaderIsUnusable: when a needed column is missing, or a name comes twice
    """
    spelled = {name.lower(): name for name in KNOWN}
    names = [spelled.get(cell.lower(), cell) for cell in cells]
    doubled = sorted(name for name, times in Counter(names).items() if times > 1)
    place = {name: index for index, name in enumerate(names)}
    places = {column.field: found for column in COLUMNS if (found := _find(column, place)) >= 0}
    missing = [column.name for column in COLUMNS if column.is_needed and column.field not in places]
    if missing or doubled:
        raise HeaderIsUnusable(missing, doubled)
    return Header(
        tuple(names),
        version_of(frozenset(names)),
        places,
        tuple(name for name in names if name not in spelled.values()),
    )


def _find(column: Column, place: dict[str, int]) -> int:
    for name in (*OTHER_NAMES.get(column.name, ()), column.name):
        if name in place:
            return place[name]
    return -1
