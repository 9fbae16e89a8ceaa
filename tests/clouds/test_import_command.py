"""manage.py import_bill, as a person at a terminal meets it."""

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from apps.billing.models import Bill
from apps.clouds.models import BillImport, ExchangeRate, VendorBillLine
from tests.factories.bills import SubAccountFactory, focus_csv, usage_row, usage_rows
from tests.factories.clouds import CloudAccountFactory

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite, pytest.mark.usefixtures("platform")]


@pytest.fixture
def bill(tmp_path):
    def write(content: bytes) -> Path:
        path = tmp_path / "bill.csv"
        path.write_bytes(content)
        return path

    return write


def command(*arguments: object, **options: object) -> str:
    out = io.StringIO()
    with translation.override("en"):
        call_command("import_bill", *map(str, arguments), stdout=out, **options)
    return out.getvalue()


def test_imports_and_bills(bill, platform, customer):
    SubAccountFactory(tenant=platform, external_id="sub-1", customer=customer)

    text = command(bill(focus_csv(usage_rows(4))), "--format", "focus")

    assert "Rows: 4 read, 4 good, 0 bad" in text
    assert "Lines: 4 written, 0 withdrawn" in text
    assert Bill.objects.get().total == Decimal("2.00")


def test_a_second_run_has_nothing_to_do(bill):
    path = bill(focus_csv(usage_rows(4)))
    command(path)
    text = command(path)
    assert "nothing to do" in text
    assert BillImport.objects.count() == 1


def test_the_account_names_tenant_and_vendor(bill, platform, distributor):
    account = CloudAccountFactory(tenant=distributor, name="east-1")
    command(bill(focus_csv(usage_rows(1))), "--account", "east-1")
    line = VendorBillLine.objects.select_related("period").get()
    assert (line.period.tenant, line.period.vendor) == (distributor, account.vendor)


def test_rates_come_with_their_source(bill, platform, customer):
    SubAccountFactory(tenant=platform, external_id="sub-1", customer=customer)
    path = bill(focus_csv([usage_row(BillingCurrency="USD")]))
    rate = ("--rate", "USD=7.0651", "--month", "2026-10")

    with pytest.raises(CommandError, match="source"):
        command(path, *rate)
    command(path, *rate, "--rate-source", "PBC 2026-10-31")

    assert ExchangeRate.objects.get().rate == Decimal("7.0651")
    assert Bill.objects.get().total == Decimal("3.53")


def test_bad_rows_are_written_beside_the_file_and_can_come_back(bill, tmp_path):
    rows = [
        usage_row(),
        usage_row(ListCost="1,5", BilledCost="-0.4", ResourceId="=cmd()"),
        usage_row(ChargeDescription="two\nlines", ListCost="x"),
    ]
    command(bill(focus_csv(rows)))

    errors = tmp_path / "bill.errors.csv"
    with errors.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert [(row["x_kboss_line"], row["x_kboss_column"]) for row in found] == [
        ("3", "ListCost"),
        ("4", "ListCost"),
    ]
    assert found[0]["x_kboss_reason"] == "“1,5” is not a number."
    assert (found[0]["BilledCost"], found[0]["ResourceId"]) == ("-0.4", "'=cmd()")

    errors.write_bytes(errors.read_bytes().replace(b'"1,5"', b"1.5").replace(b",x,", b",2,"))
    text = command(errors, "--scope", "addition")
    assert "Lines: 2 written, 0 withdrawn" in text
    assert VendorBillLine.objects.count() == 3


def test_reasons_are_in_the_readers_language(bill, tmp_path):
    path = bill(focus_csv([usage_row(ListCost="x")]))
    with translation.override("zh-hans"):
        call_command("import_bill", str(path), stdout=io.StringIO())
    assert "不是数字" in (tmp_path / "bill.errors.csv").read_text(encoding="utf-8-sig")


def test_a_dry_run_stores_nothing(bill):
    path = bill(focus_csv([usage_row(), usage_row(ListCost="x")]))
    with pytest.raises(CommandError, match="1 bad rows"):
        command(path, "--dry-run")
    text = command(bill(focus_csv(usage_rows(2))), "--dry-run")
    assert "List cost 1.000000000000, billed cost 0.800000000000" in text
    assert BillImport.objects.count() == 0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--account", "nobody"), "no cloud account"),
        (("--tenant", "nobody"), "no such tenant"),
        (("--month", "2026-10", "--rate", "USD", "--rate-source", "x"), "USD=7.0651"),
    ],
)
def test_wrong_arguments_are_told(bill, arguments, reason):
    with pytest.raises(CommandError, match=reason):
        command(bill(focus_csv(usage_rows(1))), *arguments)
    assert BillImport.objects.count() == 0


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(CommandError, match="no file"):
        command(tmp_path / "none.csv")
