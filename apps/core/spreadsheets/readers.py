"""Reading what people upload: .xlsx and CSV, row by row, never more than a limit of it.

Cells are texts. A formula is never computed and never believed: its row says so. The apostrophe
with which our own CSV marks what looks like a formula is taken off again.
"""

import codecs
import csv
import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from apps.core.errors import Invalid
from apps.core.spreadsheets.columns import safe_text

LARGEST_FILE = 32 * 1024 * 1024
LARGEST_UNPACKED = 512 * 1024 * 1024  # a small file can hold a very large one
MOST_ROWS = 200_000
MOST_COLUMNS = 100
LONGEST_CELL = 10_000
_ZIP = b"PK\x03\x04"
_UNREADABLE = (OSError, ValueError, KeyError, zipfile.BadZipFile, InvalidFileException)


class SheetIsUnreadable(Invalid):
    code = "core.sheet_is_unreadable"
    message = _("This is neither an .xlsx file nor CSV in UTF-8.")


class SheetIsTooLarge(Invalid):
    code = "core.sheet_is_too_large"
    message = _("A file has at most {rows} rows, {columns} columns and {size} MB.")

    def __init__(self) -> None:
        super().__init__(
            rows=f"{MOST_ROWS:,}", columns=MOST_COLUMNS, size=LARGEST_FILE // 1024 // 1024
        )


@dataclass(frozen=True, slots=True)
class SheetRow:
    """`line` as a spreadsheet numbers it; `formulas` are the places of cells that compute."""

    line: int
    cells: list[str]
    formulas: tuple[int, ...] = ()


def fingerprint(stream: BinaryIO) -> str:
    """SHA-256 of the file."""
    stream.seek(0)
    digest = hashlib.sha256()
    while block := stream.read(1 << 20):
        digest.update(block)
    stream.seek(0)
    return digest.hexdigest()


def count_rows(stream: BinaryIO) -> int:
    """About how many rows there are, for a progress bar; 0 where the file does not say."""
    stream.seek(0)
    if stream.read(4) != _ZIP:
        stream.seek(0)
        lines = sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))
        stream.seek(0)
        return lines
    stream.seek(0)
    try:
        book = load_workbook(stream, read_only=True, keep_links=False)
    except _UNREADABLE:
        return 0
    rows = book.worksheets[0].max_row if book.worksheets else 0
    book.close()
    stream.seek(0)
    return rows or 0


def read_sheet(stream: BinaryIO) -> Iterator[SheetRow]:
    """The rows of the first sheet that have something in them, the header among them.

    :raises SheetIsUnreadable: :raises SheetIsTooLarge:
    """
    stream.seek(0)
    is_xlsx = stream.read(4) == _ZIP
    stream.seek(0)
    try:
        for count, row in enumerate(_xlsx(stream) if is_xlsx else _csv(stream)):
            if len(row.cells) > MOST_COLUMNS or count > MOST_ROWS:
                raise SheetIsTooLarge
            yield row
    except (*_UNREADABLE, csv.Error) as error:
        raise SheetIsUnreadable from error


def _xlsx(stream: BinaryIO) -> Iterator[SheetRow]:
    with zipfile.ZipFile(stream) as packed:
        if sum(part.file_size for part in packed.infolist()) > LARGEST_UNPACKED:
            raise SheetIsTooLarge
    stream.seek(0)
    book = load_workbook(stream, read_only=True, keep_links=False)
    try:
        for sheet in book.worksheets[:1]:
            for line, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), start=1):
                texts = [_text(cell.value) for cell in cells]
                while texts and not texts[-1]:
                    texts.pop()
                if texts:
                    places = (n for n, cell in enumerate(cells) if cell.data_type == "f")
                    yield SheetRow(line, texts, tuple(places))
    finally:
        book.close()


def _csv(stream: BinaryIO) -> Iterator[SheetRow]:
    csv.field_size_limit(1 << 20)
    reader = csv.reader(codecs.iterdecode(stream, "utf-8-sig"), strict=True)
    for cells in reader:
        if any(cells):
            yield SheetRow(reader.line_num, [_unmarked(cell.strip()) for cell in cells])


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    return _unmarked(str(value).strip())[:LONGEST_CELL]


def _unmarked(cell: str) -> str:
    bare = cell[1:]
    is_marked = cell.startswith("'") and safe_text(bare) != bare
    return bare if is_marked else cell
