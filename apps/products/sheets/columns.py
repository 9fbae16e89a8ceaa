"""The columns of the three sheets, and how a cell becomes a value."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _

from apps.core.errors import DomainError
from apps.core.money import parse_yuan
from apps.products.enums import BillingMode
from apps.products.sheets.problems import Code, Problem
from apps.products.specification import Specification


class Sheet(TextChoices):
    PRODUCTS = "products", _("Products")
    SKUS = "skus", _("SKUs")
    PRICES = "prices", _("Prices")


class Refused(Exception):
    def __init__(self, code: Code, limit: str = "") -> None:
        super().__init__(code)
        self.code, self.limit = code, limit


type Kind = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """`titles` are other names under which people and exports write it. `is_key` finds the row;
    `is_needed` must be there for a new one."""

    name: str
    read: Kind
    titles: tuple[str, ...] = ()
    is_key: bool = False
    is_needed: bool = False


@dataclass(slots=True)
class Parsed:
    """A row of the file: its values by column, or why it has none."""

    line: int
    cells: list[str]
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, code: Code, column: str, value: str = "", limit: str = "") -> None:
        self.problems.append(Problem(code, column, value, limit))


def text(longest: int) -> Kind:
    def read(cell: str) -> str:
        if len(cell) > longest:
            raise Refused(Code.TOO_LONG, str(longest))
        return cell

    return read


def code(longest: int) -> Kind:
    def read(cell: str) -> str:
        if len(cell) > longest:
            raise Refused(Code.TOO_LONG, str(longest))
        if not re.fullmatch(r"[-a-zA-Z0-9_]+", cell):
            raise Refused(Code.NOT_A_CODE)
        return cell

    return read


def choice(choices: type[TextChoices]) -> Kind:
    """The value, or its name in the reader's language."""

    def read(cell: str) -> str:
        for one in choices:
            if cell in {one.value, str(one.label)}:
                return str(one.value)
        raise Refused(Code.NOT_A_CHOICE, ", ".join(choices.values))

    return read


def whole(most: int) -> Kind:
    def read(cell: str) -> int:
        if not cell.isascii() or not cell.isdigit() or int(cell) > most:
            raise Refused(Code.NOT_A_NUMBER, f"0 … {most}")
        return int(cell)

    return read


def share(cell: str) -> Decimal:
    try:
        value = Decimal(cell.removesuffix("%")) / (100 if cell.endswith("%") else 1)
    except InvalidOperation as error:
        raise Refused(Code.NOT_A_NUMBER, "0 … 1") from error
    if not value.is_finite() or not 0 <= value < 1:
        raise Refused(Code.NOT_A_NUMBER, "0 … 1")
    return round(value, 6)


def amount(cell: str) -> Decimal:
    try:
        return parse_yuan(cell.removeprefix("¥").replace(",", ""))
    except DomainError as error:
        raise Refused(Code.NOT_AN_AMOUNT) from error


def moment(cell: str) -> datetime:
    """A day is its first moment in Shanghai."""
    try:
        at = parse_datetime(cell)
        day = None if at else parse_date(cell)
    except ValueError as error:
        raise Refused(Code.NOT_A_DATE) from error
    if at is None and day is not None:
        at = datetime.combine(day, datetime.min.time())
    if at is None:
        raise Refused(Code.NOT_A_DATE)
    return at if timezone.is_aware(at) else timezone.make_aware(at)


def yes(cell: str) -> bool:
    found = {"true": True, "1": True, "是": True, "yes": True}
    found |= {"false": False, "0": False, "否": False, "no": False}
    if cell.lower() not in found:
        raise Refused(Code.NOT_A_CHOICE, "true, false")
    return found[cell.lower()]


def specification(cell: str) -> dict[str, int | str]:
    try:
        return Specification.parse(json.loads(cell)).to_json()
    except (ValueError, AttributeError) as error:
        raise Refused(Code.NOT_A_SPECIFICATION, str(error)) from error


COLUMNS: Mapping[str, tuple[Column, ...]] = {
    Sheet.PRODUCTS: (
        Column("code", code(64), ("编码",), is_key=True, is_needed=True),
        Column("name", text(100), ("名称",), is_needed=True),
        Column("vendor", text(32), ("厂商", "vendor__code"), is_needed=True),
        Column("category", text(50), ("品类", "category__slug"), is_needed=True),
        Column("summary", text(200), ("简介",)),
        Column("description", text(10_000), ("描述",)),
        Column("vendor_code", text(100), ("厂商产品编码",)),
        Column("tax_rate", share, ("税率",)),
        Column("position", whole(32_767), ("位置",)),
    ),
    Sheet.SKUS: (
        Column("product", code(64), ("产品", "product__code"), is_key=True, is_needed=True),
        Column("code", code(64), ("编码",), is_key=True, is_needed=True),
        Column("name", text(100), ("名称",), is_needed=True),
        Column("billing_mode", choice(BillingMode), ("计费方式",), is_needed=True),
        Column("region", text(100), ("地域",)),
        Column("specification", specification, ("规格",)),
        Column("vendor_sku", text(100), ("厂商 SKU",)),
        Column("position", whole(32_767), ("位置",)),
        Column("is_active", yes, ("可售",)),
    ),
    Sheet.PRICES: (
        Column("product", code(64), ("产品", "sku__product__code"), is_key=True, is_needed=True),
        Column("sku", code(64), ("SKU", "sku__code"), is_key=True, is_needed=True),
        Column("unit_price", amount, ("目录价",), is_needed=True),
        Column("unit_cost", amount, ("厂商价",)),
        Column("effective_from", moment, ("生效时间",)),
    ),
}


def read_header(sheet: str, cells: Sequence[str]) -> tuple[dict[int, Column], list[str]]:
    """Which cell is which column; and what is missing, unknown to us or named twice.

    Columns that we do not know are passed over: exports have more than an import takes.
    """
    names = {
        title.lower(): column
        for column in COLUMNS[sheet]
        for title in (column.name, *column.titles)
    }
    found: dict[int, Column] = {}
    for place, cell in enumerate(cells):
        column = names.get(cell.strip().lower())
        if column is not None and column not in found.values():
            found[place] = column
    missing = [one.name for one in COLUMNS[sheet] if one.is_key and one not in found.values()]
    return found, missing


def parse(
    line: int, cells: list[str], places: Mapping[int, Column], formulas: Sequence[int] = ()
) -> Parsed:
    """A row's values. An empty cell of a column says nothing, so it changes nothing."""
    row = Parsed(line, cells)
    for place, column in places.items():
        cell = cells[place].strip() if place < len(cells) else ""
        if place in formulas:
            row.refuse(Code.FORMULA, column.name, cell)
        elif cell:
            try:
                row.values[column.name] = column.read(cell)
            except Refused as refusal:
                row.refuse(refusal.code, column.name, cell, refusal.limit)
        elif column.is_key:
            row.refuse(Code.EMPTY, column.name)
    return row
