"""What an import says to people: its summary, its error file, and a check without an import."""

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from apps.clouds.importing.columns import OWN_PREFIX
from apps.clouds.importing.header import HeaderIsUnusable, read_header
from apps.clouds.importing.reader import BillFile
from apps.clouds.importing.reasons import doubt, reason
from apps.clouds.importing.refusals import BillFileIsUnusable
from apps.clouds.importing.rows import RowChecker
from apps.clouds.importing.values import EXACT
from apps.clouds.models import BadBillRow, BillImport
from apps.core.spreadsheets import safe_text

SHOWN = 20


@dataclass
class Summary:
    """A file that was only checked."""

    version: str = ""
    good: int = 0
    bad: int = 0
    list_cost: Decimal = Decimal(0)
    billed_cost: Decimal = Decimal(0)
    examples: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        yield f"FOCUS {self.version}"
        yield _("Rows: {read} read, {good} good, {bad} bad").format(
            read=self.good + self.bad, good=self.good, bad=self.bad
        )
        yield _("List cost {listed}, billed cost {billed}").format(
            listed=f"{self.list_cost:f}", billed=f"{self.billed_cost:f}"
        )
        yield from self.examples


def check_file(stream: BinaryIO, *, month: date | None) -> Summary:
    """
    Read a file to its end and store nothing.

    :raises BillFileIsUnusable: if it cannot be read as FOCUS
    """
    summary = Summary()
    with BillFile(stream) as file:
        try:
            header = read_header(file.header)
        except HeaderIsUnusable as error:
            raise BillFileIsUnusable(
                missing=", ".join(error.missing) or "—", doubled=", ".join(error.doubled) or "—"
            ) from error
        summary.version = header.version
        checker = RowChecker(header, tenant=0, zone=ZoneInfo(settings.TIME_ZONE), month=month)
        for chunk in file.chunks(5000):
            checked = checker.check(chunk)
            summary.good += len(checked.rows)
            summary.bad += len(checked.bad)
            for cost in checked.values["list_cost"]:
                summary.list_cost = EXACT.add(summary.list_cost, cost)
            for cost in checked.values["billed_cost"]:
                summary.billed_cost = EXACT.add(summary.billed_cost, cost)
            summary.examples += tuple(
                _line_of(row.line, [asdict(problem) for problem in row.problems])
                for row in checked.bad[: SHOWN - len(summary.examples)]
            )
    return summary


def _line_of(line: int, problems: list[dict[str, str]]) -> str:
    reasons = "; ".join(f"{one['column']} {reason(one)}".strip() for one in problems)
    return _("Line {line}: {reasons}").format(line=line, reasons=reasons)


def lines_about(job: BillImport) -> Iterator[str]:
    """An import in a few lines of text."""
    yield _("Rows: {read} read, {good} good, {bad} bad").format(
        read=job.rows_read, good=job.rows_good, bad=job.rows_bad
    )
    yield _("Lines: {written} written, {withdrawn} withdrawn").format(
        written=job.lines_written, withdrawn=job.lines_withdrawn
    )
    for period in job.totals.get("by_period", []):
        yield "{name}: {lines}, {list_cost}, {billed_cost}".format(**period)
    for found in job.doubts:
        lines = ", ".join(map(str, found["lines"]))
        yield f"{found['column']}: {doubt(found['code'])} ({found['count']}: {lines} …)"


def error_file(job: BillImport) -> Iterator[bytes]:
    """
    The bad rows as CSV: line, columns, reasons in the reader's language, then the original cells.

    Corrected, it can be imported as it is: our three columns are not part of a line. Cells that
    a spreadsheet would take for a formula are marked as text; numbers are left alone.
    """
    yield b"\xef\xbb\xbf"
    own = [f"{OWN_PREFIX}line", f"{OWN_PREFIX}column", f"{OWN_PREFIX}reason"]
    yield _csv_row([*own, *job.header])
    for row in BadBillRow.objects.filter(bill_import=job).order_by("line_number").iterator():
        columns = ", ".join(one["column"] for one in row.problems if one["column"])
        reasons = " ".join(reason(one) for one in row.problems)
        yield _csv_row([str(row.line_number), columns, reasons, *map(_safe, row.original)])


def _csv_row(cells: list[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode(errors="surrogateescape")


def _safe(cell: str) -> str:
    """A negative amount is no formula, and must come back as it went."""
    try:
        return cell if Decimal(cell).is_finite() else safe_text(cell)
    except ArithmeticError:
        return safe_text(cell)
