"""kill -9 at every step of an import, and what the next run makes of it (X-10)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection

from apps.billing.models import Bill, Entry
from apps.clouds.importing.refusals import ImportIsRunning, ImportWasTakenOver
from apps.clouds.importing.states import ImportStatus
from apps.clouds.models import BadBillRow, BillImport, BillPeriod, VendorBillLine
from apps.clouds.services import import_run, imports, rating
from tests.factories.bills import (
    MOMENT,
    SubAccountFactory,
    focus_csv,
    imported,
    run,
    start,
    usage_row,
    usage_rows,
)
from tests.factories.customers import CustomerFactory
from tests.factories.rbac import TenantFactory
from tests.support.killing import die_at

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

POINTS = [
    ("clouds.bill_chunk_written", 0),
    ("clouds.bill_chunk_written", 2),
    ("clouds.bill_chunk_stored", 0),
    ("clouds.bill_chunk_stored", 3),
    ("clouds.bill_settled", 0),
    ("clouds.bill_import_ended", 0),
    ("clouds.customer_rated", 0),
]


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(import_run, "CHUNK", 10)


@pytest.fixture
def tenant():
    tenant = TenantFactory()
    SubAccountFactory(tenant=tenant, external_id="sub-1", customer=CustomerFactory(tenant=tenant))
    return tenant


def month() -> list[dict[str, str]]:
    return [*usage_rows(30), *[usage_row(ResourceId="same")] * 5, usage_row(ListCost="bad")]


def later(bill_import: BillImport) -> BillImport:
    """The sweep comes by when the dead worker's lease is over."""
    moment = MOMENT + timedelta(minutes=6)
    for waiting in imports.waiting_imports(now=moment):
        imports.run_import(bill_import_id=waiting, clock=lambda: moment)
    rating.rate_due_months(clock=lambda: moment)
    bill_import.refresh_from_db()
    return bill_import


@pytest.mark.parametrize(("point", "skip"), POINTS)
def test_a_killed_import_ends_as_if_nothing_had_been(tenant, point, skip):
    job = start(focus_csv(month()), tenant=tenant)

    assert die_at(point, lambda: run(job), skip=skip)
    job = later(job)

    assert job.status == ImportStatus.DONE
    assert (job.rows_read, job.rows_good, job.rows_bad) == (36, 35, 1)
    assert VendorBillLine.objects.count() == 35 == job.lines_written
    assert BadBillRow.objects.count() == 1
    assert Bill.objects.get().total == Decimal("17.50")
    assert Entry.objects.count() == 1
    period = BillPeriod.objects.get()
    assert (period.lines, period.held_by, period.is_due) == (35, None, False)


@pytest.mark.parametrize(("point", "skip"), POINTS)
def test_a_killed_correction_adjusts_once(tenant, point, skip):
    rows = usage_rows(30)
    imported(focus_csv(rows), tenant=tenant)
    for number in (3, 29):
        rows[number] = {**rows[number], "ListCost": "1", "ListUnitPrice": "1"}
    job = start(focus_csv(rows), tenant=tenant)

    assert die_at(point, lambda: run(job), skip=min(skip, 2))
    assert Bill.objects.get().total in {Decimal("15.00"), Decimal("16.00")}
    job = later(job)

    assert (job.status, job.lines_written) == (ImportStatus.DONE, 2)
    assert VendorBillLine.objects.filter(is_withdrawal=True).count() == 2
    assert Bill.objects.get().total == Decimal("16.00")
    assert Entry.objects.count() == 2


def test_a_living_import_is_left_alone(tenant):
    job = start(focus_csv(month()), tenant=tenant)
    assert die_at("clouds.bill_chunk_stored", lambda: run(job))

    with pytest.raises(ImportIsRunning):
        run(job)
    assert imports.waiting_imports(now=MOMENT) == []


def test_a_worker_that_was_taken_for_dead_writes_no_more(tenant):
    job = start(focus_csv(month()), tenant=tenant)
    claimed = imports._claimed(bill_import_id=job.pk, clock=lambda: MOMENT, may_take_over=False)
    slow = import_run.ImportRun(claimed, lambda: MOMENT)
    run(job, may_take_over=True)
    lines = VendorBillLine.objects.count()

    with pytest.raises(ImportWasTakenOver):
        slow.store_file()
    assert VendorBillLine.objects.count() == lines


def test_two_files_of_one_month_at_once_do_not_mix(tenant):
    """One of them may be told to wait; run again, both leave what the last one says."""
    rows = usage_rows(40)
    jobs = [
        start(focus_csv(rows), tenant=tenant),
        start(focus_csv(list(reversed(rows))), tenant=tenant),
    ]
    barrier = Barrier(len(jobs))

    def work(job: BillImport) -> None:
        barrier.wait()
        try:
            run(job)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        list(pool.map(work, jobs))
    for job in jobs:
        job.refresh_from_db()
        if job.status == ImportStatus.FAILED:
            assert job.problem["code"] == "clouds.period_is_being_imported"

    assert VendorBillLine.objects.count() == 40
    assert Bill.objects.get().total == Decimal("20.00")
    assert Entry.objects.count() == 1
