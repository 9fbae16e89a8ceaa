"""100,000 bill rows from a CSV file to checked lines: ours against bulk_create of the same rows."""

import csv
import io
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.utils import timezone

from apps.clouds.importing.columns import FIRST_SEEN_IN
from apps.clouds.importing.states import ImportStatus
from apps.clouds.models import BillImport, VendorBillLine
from apps.clouds.services import imports
from apps.rbac.enums import TenantKind
from apps.rbac.models import Tenant
from benchmarks.harness import Report, timed

ROWS = 100_000
SAMPLE = Path(__file__).resolve().parents[2] / "shared/data/focus/v1.0_focus_sample.csv"
COSTS = ("BilledCost", "ListCost", "ContractedCost", "EffectiveCost")
TICK = Decimal("1e-11")


def run(*, quick: bool) -> Report:
    rows = ROWS // 10 if quick else ROWS
    times = 1 if quick else 3
    content, shuffled = _files(rows)
    report = Report(
        f"{rows:,} FOCUS rows, {len(content) / rows:.0f} bytes each, to bill lines", quick
    )

    _import(_files(500)[0])  # the first import of a process also loads its code
    ours, job = min((_import(content) for _ in range(times)), key=lambda timing: timing[0])
    again, second = min((_import_again(job, shuffled) for _ in range(times)), key=lambda t: t[0])
    recognised, _known = timed(lambda: _start(job.tenant, content))
    theirs = min(_bulk_create(job) for _ in range(times))

    report.add("import: read, check, store, sum", rows / ours, "rows/s", f"{ours:.2f} s")
    report.add("the same lines again, columns shuffled", rows / again, "rows/s", f"{again:.2f} s")
    report.add("the same file again", recognised, "s", "recognised")
    report.add("lines written the second time", second.lines_written, "lines")
    report.add("bulk_create of the parsed rows", rows / theirs, "rows/s", f"{theirs:.2f} s")
    report.goal("times as fast as bulk_create", theirs / ours, at_least=3)
    report.goal("unchanged rows a second", rows / again, at_least=20_000)
    report.goal("unchanged lines written", second.lines_written, at_most=0)
    report.goal("rows lost", rows - job.rows_good - job.rows_bad, at_most=0)
    return report


def _start(tenant: Tenant, content: bytes) -> BillImport:
    return imports.start_import(
        tenant=tenant,
        content=ContentFile(content),
        file_name="bill.csv",
        actor=None,
        now=timezone.now(),
        is_job=False,
    )


def _run(tenant: Tenant, content: bytes) -> BillImport:
    job = _start(tenant, content)
    job = imports.run_import(bill_import_id=job.pk, clock=timezone.now)
    if job.status != ImportStatus.DONE:
        raise AssertionError(job.problem)
    return job


def _import(content: bytes) -> tuple[float, BillImport]:
    _empty()
    number = Tenant.objects.count()
    tenant = Tenant.add_root(
        name=f"Bench {number}", code=f"bench{number}", kind=TenantKind.PLATFORM
    )
    return timed(lambda: _run(tenant, content))


def _import_again(job: BillImport, content: bytes) -> tuple[float, BillImport]:
    """The last import's lines are still there."""
    last = VendorBillLine.objects.order_by("-pk").values_list("bill_import", flat=True)[0]
    tenant = BillImport.objects.get(pk=last).tenant
    BillImport.objects.exclude(pk__in=(last, job.pk)).filter(tenant=tenant, lines=None).update(
        fingerprint="another"
    )
    return timed(lambda: _run(tenant, content))


def _bulk_create(job: BillImport) -> float:
    """Django's way: typed instances of the rows, already parsed and checked, in batches."""
    names = [field.attname for field in VendorBillLine._meta.fields if field.attname != "id"]
    parsed: list[dict[str, Any]] = list(VendorBillLine.objects.order_by("pk").values(*names))
    _empty()

    def create() -> None:
        with transaction.atomic():
            VendorBillLine.objects.bulk_create(
                (VendorBillLine(**row) for row in parsed), batch_size=2000
            )

    seconds, _nothing = timed(create)
    return seconds


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {VendorBillLine._meta.db_table}")


def _files(rows: int) -> tuple[bytes, bytes]:
    """Rows of the real shape, none equal to another; and the same with other columns first."""
    columns, sample = _sample()
    written = list(_repeated(sample, rows))
    return _csv(columns, written), _csv(sorted(columns, key=lambda name: name[::-1]), written)


def _csv(columns: list[str], rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _repeated(sample: list[dict[str, str]], rows: int) -> Iterator[dict[str, str]]:
    """Other quantities, costs and hours each time, as a vendor's hourly rows have them."""
    for number in range(rows):
        turn = number // len(sample)
        row = {**sample[number % len(sample)], "Id": str(number)}
        row["ResourceId"] = f"{row['ResourceId']}-{turn % 10}"
        for name in COSTS:
            if row[name] not in ("", "NULL") and Decimal(row[name]):
                row[name] = f"{Decimal(row[name]) + turn * TICK:f}"
        for name in ("ChargePeriodStart", "ChargePeriodEnd"):
            moved = datetime.fromisoformat(row[name]) + timedelta(hours=turn)
            row[name] = f"{moved:%Y-%m-%d %H:%M:%S}"
        yield row


def _sample() -> tuple[list[str], list[dict[str, str]]]:
    if SAMPLE.exists():
        with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            sample = list(reader)
        return list(reader.fieldnames or []), sample
    columns = [*(name for name in FIRST_SEEN_IN["1.0"]), "Id"]
    rng = random.Random(20261031)
    return columns, [_made_up(rng, columns) for _ in range(1000)]


def _made_up(rng: random.Random, columns: list[str]) -> dict[str, str]:
    """A row like those of the public sample: 11 decimals, long ids, half of the columns empty."""
    start = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(hours=rng.randrange(600))
    price = rng.choice(["0", "0.085", "0.09", "0.01", "0.005", "0.0000004", "1.624"])
    quantity = Decimal(rng.randrange(1, 10**11)).scaleb(-11)
    cost = f"{(Decimal(price) * quantity).quantize(Decimal('1e-11')):f}"
    account = rng.randrange(73)
    row = dict.fromkeys(columns, "NULL") | dict.fromkeys(COSTS, cost)
    row |= {
        "BillingAccountId": "1234567890123",
        "BillingCurrency": "USD",
        "BillingPeriodStart": "2026-10-01 00:00:00",
        "BillingPeriodEnd": "2026-11-01 00:00:00",
        "ChargeCategory": "Usage",
        "ChargeDescription": f"${price} per GB - data transfer out, tier {rng.randrange(200)}",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodStart": f"{start:%Y-%m-%d %H:%M:%S}",
        "ChargePeriodEnd": f"{start + timedelta(hours=1):%Y-%m-%d %H:%M:%S}",
        "ConsumedQuantity": f"{quantity:.15f}",
        "ConsumedUnit": "GB",
        "InvoiceIssuerName": "Example Cloud, Inc.",
        "ListUnitPrice": price,
        "PricingCategory": "Standard",
        "PricingQuantity": f"{quantity:f}",
        "PricingUnit": "GB",
        "ProviderName": "Example",
        "PublisherName": "Example Cloud, Inc.",
        "RegionId": rng.choice(["us-west-2", "us-east-1", "eu-central-1"]),
        "RegionName": "External",
        "ResourceId": f"arn:example:compute:us-west-2:{account:012}:{rng.getrandbits(64):016x}",
        "ServiceCategory": "Compute",
        "ServiceName": f"Example Service {rng.randrange(33)}",
        "SkuId": f"{rng.randrange(267):016X}",
        "SkuPriceId": f"{rng.randrange(267):016X}.JRTCKXETXF.6YS6EN2CT7",
        "SubAccountId": f"{account:012}",
        "SubAccountName": f"Project {account}",
        "Tags": f'{{"application": "App{rng.randrange(300)}", "environment": "dev"}}',
    }
    return row
