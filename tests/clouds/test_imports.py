"""Importing bill files: nothing twice, nothing lost, nothing edited (CLD-3, X-2, SET-2)."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from apps.clouds.importing.refusals import BillFileIsUnreadable, sentence
from apps.clouds.importing.states import ImportScope, ImportStatus
from apps.clouds.models import BadBillRow, BillImport, BillPeriod, SubAccount, VendorBillLine
from apps.clouds.selectors import bills as selectors
from tests.factories.bills import (
    columns_of,
    focus_csv,
    imported,
    run,
    start,
    usage_row,
    usage_rows,
)

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

REAL = Path(__file__).resolve().parents[3] / "shared/data/focus/v1.0_focus_sample.csv"
EXAMPLES = Path(__file__).resolve().parents[1] / "data/focus"


def writes(captured: CaptureQueriesContext) -> list[str]:
    words = ("INSERT", "UPDATE", "DELETE", "REPLACE")
    return [query["sql"][:120] for query in captured if query["sql"].lstrip().startswith(words)]


class TestLines:
    def test_keep_twelve_decimals_and_the_vendors_row(self, platform):
        amount = "1234567890.123456789012"
        job = imported(
            focus_csv(
                [usage_row(ListCost=amount, BilledCost="-0.000000000001", Tags='{"a": "é"}')]
            ),
            tenant=platform,
        )

        line = VendorBillLine.objects.get()
        assert job.status == ImportStatus.DONE
        assert line.list_cost == Decimal(amount)
        assert line.billed_cost == Decimal("-0.000000000001")
        assert line.raw_row["Tags"] == '{"a": "é"}'
        assert line.raw_row["ChargeClass"] == "NULL"
        assert line.charge_class == ""

    def test_sums_agree_to_the_last_decimal(self, platform):
        for name in ("focus_1_0", "focus_1_1", "focus_1_2", "focus_1_3", "focus_shuffled"):
            content = (EXAMPLES / f"{name}.csv").read_bytes()
            job = imported(content, tenant=platform, may_withdraw=True)
            assert (job.status, job.rows_good, job.rows_bad) == (ImportStatus.DONE, 14, 0), name
            assert job.totals["file"] == job.totals["stored"] == job.totals["over_resources"]

    @pytest.mark.skipif(not REAL.exists(), reason="the sample of real bills is not there")
    def test_of_the_real_sample(self, platform):
        job = imported(REAL.read_bytes(), tenant=platform)

        assert (job.status, job.problem) == (ImportStatus.DONE, {})
        assert (job.rows_read, job.rows_good, job.rows_bad) == (1000, 1000, 0)
        assert job.totals["stored"]["billed_cost"] == "20.520226728990"
        assert job.totals["stored"]["list_cost"] == "20.390905751190"
        assert len(job.totals["by_service"]) == 33
        assert VendorBillLine.objects.count() == 1000
        assert BillPeriod.objects.count() == 4
        assert SubAccount.objects.count() == 73

    def test_of_nobody_are_parked(self, platform):
        imported(focus_csv([usage_row(SubAccountId="NULL"), usage_row()]), tenant=platform)

        parked = selectors.parked_accounts()
        assert {account.external_id for account in parked} == {"acct-1", "sub-1"}


class TestBadRows:
    def test_are_kept_with_line_reason_and_cells(self, platform):
        job = imported((EXAMPLES / "bad_rows.csv").read_bytes(), tenant=platform)

        assert (job.rows_read, job.rows_good, job.rows_bad) == (14, 9, 5)
        kept = BadBillRow.objects.filter(bill_import=job)
        found = [
            (row.line_number, row.problems[0]["code"], row.problems[0]["column"]) for row in kept
        ]
        assert found == [
            (3, "not_a_number", "ListCost"),
            (5, "not_an_allowed_value", "ChargeCategory"),
            (8, "value_is_empty", "BilledCost"),
            (10, "period_ends_before_it_starts", "ChargePeriodEnd"),
            (12, "other_currency", "BillingCurrency"),
        ]

    def test_with_foreign_bytes_survive_the_database(self, platform):
        content = focus_csv([usage_row(), usage_row(ResourceName="web-?")])
        imported(content.replace(b"web-?", "北京".encode("gbk")), tenant=platform)

        cells = BadBillRow.objects.get().original
        assert "北京".encode("gbk") in ",".join(cells).encode(errors="surrogateescape")


class TestAgain:
    def test_the_same_file_is_recognised_and_writes_nothing(self, platform):
        content = focus_csv(usage_rows(5))
        first = imported(content, tenant=platform)

        with CaptureQueriesContext(connection) as captured:
            second = start(content, tenant=platform)

        assert second.pk == first.pk
        assert writes(captured) == []

    def test_the_same_lines_in_another_file_write_no_line(self, platform):
        rows = usage_rows(5)
        imported(focus_csv(rows), tenant=platform)
        columns = sorted(columns_of("1.0"), key=lambda name: name[::-1])
        stored = list(VendorBillLine.objects.values())

        other = start(focus_csv(list(reversed(rows)), columns), tenant=platform)
        with CaptureQueriesContext(connection) as captured:
            other = run(other)

        assert (other.status, other.lines_written, other.lines_withdrawn) == (
            ImportStatus.DONE,
            0,
            0,
        )
        assert list(VendorBillLine.objects.values()) == stored
        touched = [sql for sql in writes(captured) if "billimport" not in sql]
        assert [sql for sql in touched if "core_" not in sql and "badbillrow" not in sql] == []

    def test_equal_rows_are_as_many_lines_as_there_are(self, platform):
        imported(focus_csv([usage_row()] * 3), tenant=platform)
        assert VendorBillLine.objects.count() == 3

        fewer = imported(focus_csv([usage_row()] * 2), tenant=platform)
        assert (fewer.lines_written, fewer.lines_withdrawn) == (0, 1)

        more = imported(focus_csv([usage_row()] * 4), tenant=platform)
        assert (more.lines_written, more.lines_withdrawn) == (2, 0)
        assert selectors.totals_of(period_ids=more.totals["periods"]).lines == 4

    def test_a_corrected_file_writes_the_differences_only(self, platform):
        rows = usage_rows(20)
        imported(focus_csv(rows), tenant=platform)
        rows[3] = usage_row(ResourceId="i-000003", ListCost="9", ListUnitPrice="9")

        job = imported(focus_csv(rows), tenant=platform)

        assert (job.status, job.lines_written, job.lines_withdrawn) == (ImportStatus.DONE, 1, 1)
        assert job.totals["stored"]["list_cost"] == "18.500000000000"
        of_resource = VendorBillLine.objects.filter(resource_id="i-000003").order_by("pk")
        assert [(line.list_cost, line.is_withdrawal) for line in of_resource] == [
            (Decimal("0.5"), False),
            (Decimal("9"), False),
            (Decimal("-0.5"), True),
        ]

    def test_a_file_that_comes_back_after_a_correction_counts_again(self, platform):
        before, after = focus_csv([usage_row()]), focus_csv([usage_row(ListCost="1")])
        first = imported(before, tenant=platform)
        imported(after, tenant=platform)

        third = imported(before, tenant=platform)

        assert third.pk != first.pk
        assert third.totals["stored"]["list_cost"] == "0.500000000000"
        period = BillPeriod.objects.get()
        assert (period.lines, period.list_total) == (1, Decimal("0.5"))

    def test_an_addition_withdraws_nothing(self, platform):
        imported(focus_csv(usage_rows(2)), tenant=platform)
        part = focus_csv([usage_row(ResourceId="i-9")])

        job = imported(part, tenant=platform, scope=ImportScope.ADDITION)

        assert (job.lines_written, job.lines_withdrawn) == (1, 0)
        assert BillPeriod.objects.get().lines == 3


class TestDanger:
    def test_half_a_month_is_not_taken_for_the_whole(self, platform):
        imported(focus_csv(usage_rows(50)), tenant=platform)

        job = imported(focus_csv(usage_rows(25)), tenant=platform)

        assert job.status == ImportStatus.BLOCKED
        assert job.problem["code"] == "clouds.too_much_is_missing"
        assert VendorBillLine.objects.count() == 50

    def test_the_reason_is_told_in_the_readers_language(self, platform):
        imported(focus_csv(usage_rows(50)), tenant=platform)
        problem = imported(focus_csv(usage_rows(25)), tenant=platform).problem

        with translation.override("en"):
            assert "25 of 50 lines of an earlier file are missing" in sentence(problem)
        with translation.override("zh-hans"):
            assert "先前文件的 50 行中有 25 行" in sentence(problem)

    def test_with_leave_it_is(self, platform):
        imported(focus_csv(usage_rows(50)), tenant=platform)
        job = imported(focus_csv(usage_rows(25)), tenant=platform, may_withdraw=True)
        assert (job.status, job.lines_withdrawn) == (ImportStatus.DONE, 25)

    def test_bad_rows_withdraw_nothing(self, platform):
        rows = usage_rows(20)
        imported(focus_csv(rows), tenant=platform)
        rows[3] = usage_row(ResourceId="i-000003", ListCost="nine")

        job = imported(focus_csv(rows), tenant=platform)

        assert (job.status, job.problem["code"]) == (ImportStatus.BLOCKED, "clouds.rows_are_bad")
        assert VendorBillLine.objects.filter(is_withdrawal=True).count() == 0

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "clouds.bill_file_is_unusable"),
            (b"a,b\n1,2\n", "clouds.bill_file_is_unusable"),
            (b"\x1f\x8bdamaged", "clouds.bill_file_is_unreadable"),
            (focus_csv([]), "clouds.bill_file_is_empty"),
            ("BilledCost\n1\n".encode("utf-16"), "clouds.bill_file_is_unusable"),
        ],
    )
    def test_a_file_that_is_none_fails_with_a_reason(self, platform, content, code):
        if code == "clouds.bill_file_is_unreadable":
            with pytest.raises(BillFileIsUnreadable):
                start(content, tenant=platform)
            assert BillImport.objects.count() == 0
            return
        job = imported(content, tenant=platform)
        assert (job.status, job.problem["code"]) == (ImportStatus.FAILED, code)
        assert BillImport.objects.count() == 1
