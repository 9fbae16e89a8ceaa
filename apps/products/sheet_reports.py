"""The refused rows of a sheet as a file that can be corrected and imported again."""

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _

from apps.core.spreadsheets import safe_text
from apps.products.models import CatalogueImport, RefusedRow
from apps.products.sheets import sentence

PAGE = 1000


def error_file(job: CatalogueImport) -> Iterator[bytes]:
    """CSV: line and reasons in the reader's language, then the cells as they came, each safe to
    open. Our two columns are unknown to an import, which passes over them."""
    yield b"\xef\xbb\xbf"
    yield _csv_row([_("Row number"), _("Reasons"), *job.header])
    for row in RefusedRow.objects.filter(catalogue_import=job).order_by("line").iterator(PAGE):
        yield _csv_row([str(row.line), reasons(row), *row.cells])


def reasons(row: RefusedRow) -> str:
    return " ".join(f"{one['column']}: {sentence(one)}".lstrip(": ") for one in row.problems)


def _csv_row(cells: list[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow([safe_text(cell) for cell in cells])
    return text.getvalue().encode(errors="replace")
