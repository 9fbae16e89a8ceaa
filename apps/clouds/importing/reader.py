"""A bill file, read in chunks of rows that know the physical line they start on."""

import csv
import gzip
import hashlib
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from types import TracebackType
from typing import BinaryIO, Self, cast

# A cell is not larger than this; a forgotten quotation mark swallows no more than one cell of it.
CELL_LIMIT = 1 << 20
BLOCK = 1 << 20
LINES_AT_ONCE = 5000
_GZIP = b"\x1f\x8b"


@dataclass(slots=True)
class Chunk:
    """Rows with the line each starts on; `broken` are stretches of the file that are not CSV."""

    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    broken: list[tuple[int, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows) + len(self.broken)


def _unpacked(stream: BinaryIO) -> BinaryIO:
    stream.seek(0)
    is_packed = stream.read(2) == _GZIP
    stream.seek(0)
    return cast(BinaryIO, gzip.GzipFile(fileobj=stream, mode="rb")) if is_packed else stream


def fingerprint(stream: BinaryIO) -> str:
    """SHA-256 of the content; a packed and a plain copy of one file have the same."""
    digest = hashlib.sha256()
    unpacked = _unpacked(stream)
    while block := unpacked.read(BLOCK):
        digest.update(block)
    stream.seek(0)
    return digest.hexdigest()


def count_rows(stream: BinaryIO) -> int:
    """About how many rows there are, for the progress bar; quoted line breaks count, too."""
    count, last = 0, b"\n"
    unpacked = _unpacked(stream)
    while block := unpacked.read(BLOCK):
        count += block.count(b"\n")
        last = block[-1:]
    stream.seek(0)
    return max(count + (last != b"\n") - 1, 0)


class BillFile:
    """
    Reads a CSV file: UTF-8 with or without byte order mark, plain or gzip.

    Bytes that are not UTF-8 survive as lone surrogates, so that a bad row can be reported whole.
    """

    def __init__(self, stream: BinaryIO) -> None:
        csv.field_size_limit(CELL_LIMIT)
        self._text = io.TextIOWrapper(
            _unpacked(stream), encoding="utf-8-sig", errors="surrogateescape", newline=""
        )
        # Physical lines not yet known to be past: the text of a row that turns out to be none.
        self._recent: deque[tuple[int, list[str]]] = deque()
        self._reader = csv.reader(chain.from_iterable(self._batches()), strict=True)
        self._next_line = 1
        self.header = self._read_header()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._text.close()

    def _batches(self) -> Iterator[list[str]]:
        """Lines by the thousand, so that csv takes them one by one without calling Python."""
        start = 1
        while batch := list(islice(self._text, LINES_AT_ONCE)):
            self._recent.append((start, batch))
            yield batch
            start += len(batch)

    def _read_header(self) -> list[str]:
        try:
            header = next(self._reader, [])
        except csv.Error:
            header = []
        self._next_line = self._reader.line_num + 1
        return [name.strip().encode(errors="backslashreplace").decode() for name in header]

    def chunks(self, size: int) -> Iterator[Chunk]:
        """All rows; empty lines are no rows."""
        while True:
            chunk = Chunk()
            is_more = self._fill(chunk, size)
            if len(chunk):
                yield chunk
            if not is_more:
                return

    def _fill(self, chunk: Chunk, size: int) -> bool:
        """Whether there may be more; False at the end of the file."""
        while (room := size - len(chunk)) > 0:
            rows: list[list[str]] = []
            try:
                # Keeps the rows before a failing one.
                rows.extend(islice(self._reader, room))
            except csv.Error:
                self._number(chunk, rows)
                text = "".join(self._lines(self._next_line, self._reader.line_num))
                chunk.broken.append((self._next_line, text))
                self._next_line = self._reader.line_num + 1
                continue
            self._number(chunk, rows)
            self._next_line = self._reader.line_num + 1
            if len(rows) < room:
                return False
        self._forget_before(self._next_line)
        return True

    def _number(self, chunk: Chunk, rows: list[list[str]]) -> None:
        """Note the line on which each row starts; usually rows and lines are as many."""
        first = self._next_line
        if self._reader.line_num - first + 1 == len(rows) and all(rows):
            chunk.rows += rows
            chunk.lines += range(first, first + len(rows))
            return
        for row in rows:
            if row:
                chunk.rows.append(row)
                chunk.lines.append(first)
            first += 1 + sum(map(_breaks, row))
        self._next_line = first

    def _lines(self, first: int, last: int) -> Iterator[str]:
        for start, batch in self._recent:
            yield from batch[max(first - start, 0) : max(last - start + 1, 0)]

    def _forget_before(self, line: int) -> None:
        while self._recent and self._recent[0][0] + len(self._recent[0][1]) <= line:
            self._recent.popleft()


def _breaks(cell: str) -> int:
    """Line breaks in a cell, counted as the file counts them."""
    if "\n" not in cell and "\r" not in cell:
        return 0
    return cell.count("\n") + cell.count("\r") - cell.count("\r\n")
