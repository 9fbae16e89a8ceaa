"""A bill file, read in chunks of rows that know the physical line they start on."""

import csv
import gzip
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import BinaryIO, Self, cast

# A cell is not larger than this; a forgotten quotation mark swallows no more than one cell of it.
CELL_LIMIT = 1 << 20
BLOCK = 1 << 20
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
        self._since_last_row: list[str] = []
        self._reader = csv.reader(self._physical_lines(), strict=True)
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

    def _physical_lines(self) -> Iterator[str]:
        pending = self._since_last_row
        for line in self._text:
            pending.append(line)
            yield line

    def _read_header(self) -> list[str]:
        try:
            header = next(self._reader, [])
        except csv.Error:
            header = []
        self._advance()
        return [name.strip().encode(errors="backslashreplace").decode() for name in header]

    def _advance(self) -> int:
        start, self._next_line = self._next_line, self._reader.line_num + 1
        self._since_last_row.clear()
        return start

    def chunks(self, size: int) -> Iterator[Chunk]:
        """All rows; empty lines are no rows."""
        chunk = Chunk()
        while self._fill(chunk, size):
            yield chunk
            chunk = Chunk()
        if len(chunk):
            yield chunk

    def _fill(self, chunk: Chunk, size: int) -> bool:
        """Whether the chunk is full; False at the end of the file."""
        rows, lines, pending = chunk.rows, chunk.lines, self._since_last_row
        reader = self._reader
        while len(chunk.broken) + len(rows) < size:
            try:
                for row in reader:
                    if row:
                        rows.append(row)
                        lines.append(self._next_line)
                    self._next_line = reader.line_num + 1
                    pending.clear()
                    if len(rows) >= size:
                        return True
                return False
            except csv.Error:
                text = "".join(pending)
                chunk.broken.append((self._advance(), text))
        return True
