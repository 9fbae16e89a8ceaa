"""The formats. XLSX is written by rustpy-xlsxwriter, or by xlsxwriter where its wheel is missing.

In XLSX a text is a string cell (never a formula, whatever it starts with), marked with quotePrefix
so that it stays text when somebody edits it, and it is stored unchanged. CSV has no types: there
what looks like a formula gets an apostrophe in front.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid
from apps.core.spreadsheets.columns import (
    FORMATS,
    WIDTHS,
    Cell,
    Column,
    cells,
    safe_text,
    text_cell,
)

rust: Any
try:
    import rustpy_xlsxwriter as rust
except ImportError:  # pragma: no cover  no wheel for this platform
    rust = None

SHEET = "Sheet1"
MOST_ROWS = 1_048_575  # of one sheet, below the header

type Target = str | Path | BinaryIO
type Engine = Callable[[Target, Sequence[Column], Iterator[list[Cell]]], None]


class SheetIsFull(Invalid):
    code = "core.sheet_is_full"
    message = _("A spreadsheet holds {most} rows. Narrow the selection, or export it as CSV.")


def write_xlsx(
    target: Target,
    columns: Sequence[Column],
    rows: Iterable[Any],
    *,
    engine: Engine | None = None,
) -> int:
    """Write one sheet, row by row; how many rows there were.

    :raises SheetIsFull: if there are more than a sheet can hold
    """
    titles = [str(column.title) for column in columns]
    if len(set(titles)) != len(titles):
        raise ValueError(f"two columns have one title: {titles}")
    counted = _Counted(cells(columns, rows), most=MOST_ROWS)
    (engine or default_engine())(target, columns, iter(counted))
    return counted.count


def write_csv(target: BinaryIO, columns: Sequence[Column], rows: Iterable[Any]) -> int:
    """Write CSV that Excel opens as UTF-8, of any length; how many rows there were."""
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow([safe_text(str(column.title)) for column in columns])
    counted = _Counted(cells(columns, rows))
    writer.writerows([_csv_cell(cell) for cell in row] for row in counted)
    text.detach()
    return counted.count


def default_engine() -> Engine:
    return with_rust if rust is not None else with_python


def with_rust(target: Target, columns: Sequence[Column], rows: Iterator[list[Cell]]) -> None:
    first = next(rows, None)
    if first is None:  # it takes the header from the first row
        with_python(target, columns, iter(()))
        return
    titles = [_title(column) for column in columns]
    rust.write_worksheet(
        (dict(zip(titles, row, strict=True)) for row in chain([first], rows)),
        target if hasattr(target, "write") else str(target),
        sheet_name=SHEET,
        header_format=rust.Format().set_bold().set_quote_prefix(),
        column_formats=dict(zip(titles, map(_rust_format, columns), strict=True)),
        column_widths=dict(zip(titles, map(_width, columns), strict=True)),
        freeze_row=1,
        autofilter=True,
        ignore_errors=[title for title, c in zip(titles, columns, strict=True) if c.kind == "text"],
    )


def _rust_format(column: Column) -> Any:
    format_ = rust.Format().set_num_format(FORMATS[column.kind])
    return format_.set_quote_prefix() if column.kind == "text" else format_


def with_python(target: Target, columns: Sequence[Column], rows: Iterator[list[Cell]]) -> None:
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet(SHEET)
        header = book.add_format({"bold": True, "quote_prefix": True})
        formats = [
            book.add_format({"num_format": FORMATS[c.kind], "quote_prefix": c.kind == "text"})
            for c in columns
        ]
        for place, column in enumerate(columns):
            sheet.set_column(place, place, _width(column))
            sheet.write_string(0, place, _title(column), header)
        sheet.freeze_panes(1, 0)
        last = 0
        for last, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                _write_cell(sheet, (last, place), cell, formats[place])
        sheet.autofilter(0, 0, last, len(columns) - 1)
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})


def _write_cell(sheet: Any, place: tuple[int, int], cell: Cell, format_: Any) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        sheet.write_string(*place, cell, format_)
    elif isinstance(cell, datetime | date):
        sheet.write_datetime(*place, cell, format_)
    else:
        sheet.write_number(*place, cell, format_)


class _Counted:
    """Rows, counted as they pass by."""

    def __init__(self, rows: Iterable[list[Cell]], most: int | None = None) -> None:
        self._rows, self._most, self.count = rows, most, 0

    def __iter__(self) -> Iterator[list[Cell]]:
        for row in self._rows:
            if self.count == self._most:
                raise SheetIsFull(most=f"{self._most:,}")
            self.count += 1
            yield row


def _title(column: Column) -> str:
    return text_cell(column.title) or ""


def _width(column: Column) -> int:
    return column.width or WIDTHS[column.kind]


def _csv_cell(cell: Cell) -> object:
    return safe_text(cell) if isinstance(cell, str) else cell
