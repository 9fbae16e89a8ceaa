"""The bill import's pages: upload, progress, result, error file, the queue of unmapped accounts."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.billing.models import Bill
from apps.clouds.importing.states import ImportScope, ImportStatus
from apps.clouds.models import BillImport, BillPeriod, ExchangeRate, SubAccount, VendorBillLine
from apps.clouds.tasks import rate_due_months, sweep_bill_imports
from tests.factories.bills import (
    SubAccountFactory,
    focus_csv,
    imported,
    usage_row,
    usage_rows,
)
from tests.factories.rbac import give_role

pytestmark = pytest.mark.django_db

LISTS = ("billimport", "billperiod", "vendorbillline", "subaccount", "exchangerate", "usagerating")


def page(model: str, name: str = "changelist", *args: object) -> str:
    return reverse(f"admin:clouds_{model}_{name}", args=args)


def upload(client, content: bytes, **fields: str):
    data = {
        "format": "focus",
        "account": "",
        "scope": ImportScope.COMPLETE,
        "month": "",
        "currency": "",
        "rate": "",
        "rate_source": "",
        "upload": SimpleUploadedFile("october.csv", content, "text/csv"),
        **fields,
    }
    return client.post(page("billimport", "add"), data)


class TestUpload:
    def test_waits_for_its_job_and_then_shows_the_result(self, browse, boss):
        client = browse(boss)

        answer = upload(client, focus_csv(usage_rows(3)))

        job = BillImport.objects.get()
        assert answer.headers["Location"] == page("billimport", "change", job.pk)
        assert (job.status, job.created_by, job.tenant) == (
            ImportStatus.WAITING,
            boss,
            boss.tenant,
        )
        running = client.get(answer.headers["Location"])
        assert page("billimport", "progress", job.pk) in running.content.decode()

        sweep_bill_imports()

        done = client.get(page("billimport", "change", job.pk)).content.decode()
        assert "Elastic Compute" in done
        assert "i-000002" in done
        assert client.get(page("billimport", "progress", job.pk)).json() == {
            "percent": 100,
            "is_running": False,
            "read": 3,
            "expected": 3,
            "good": 3,
            "bad": 0,
        }

    def test_takes_a_rate_with_its_source(self, browse, boss):
        facts = {"month": "2026-10", "currency": "USD", "rate": "7.0651", "rate_source": "PBC"}
        upload(browse(boss), focus_csv([usage_row(BillingCurrency="USD")]), **facts)
        rate = ExchangeRate.objects.get()
        assert (rate.rate, rate.month, rate.created_by) == (
            Decimal("7.0651"),
            date(2026, 10, 1),
            boss,
        )

    @pytest.mark.parametrize(
        "fields",
        [{"month": "Oct"}, {"rate": "7"}, {"currency": "USD", "rate": "7"}, {"format": "x"}],
    )
    def test_of_a_form_that_is_wrong_stores_nothing(self, browse, boss, fields):
        answer = upload(browse(boss), focus_csv(usage_rows(1)), **fields)
        assert answer.status_code == 200
        assert BillImport.objects.count() == ExchangeRate.objects.count() == 0

    def test_of_a_known_file_leads_to_its_result(self, browse, boss):
        client = browse(boss)
        content = focus_csv(usage_rows(1))
        upload(client, content)
        sweep_bill_imports()
        upload(client, content)
        assert BillImport.objects.count() == 1

    def test_is_for_those_who_may(self, browse, clerk, stranger, rival_boss):
        for person in (clerk, stranger):
            assert upload(browse(person), focus_csv(usage_rows(1))).status_code == 403
        assert BillImport.objects.count() == 0


class TestResult:
    def test_gives_the_bad_rows(self, browse, boss, platform):
        job = imported(focus_csv([usage_row(ListCost="x"), usage_row()]), tenant=platform)
        answer = browse(boss).get(page("billimport", "errors", job.pk))
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        assert text.splitlines()[0].startswith("x_kboss_line,x_kboss_column,x_kboss_reason,")
        assert text.splitlines()[1].startswith("2,ListCost,")

    def test_offers_to_go_on_after_a_block(self, browse, boss, platform):
        imported(focus_csv(usage_rows(50)), tenant=platform)
        job = imported(focus_csv(usage_rows(20)), tenant=platform)
        client = browse(boss)
        assert "may_withdraw" in client.get(page("billimport", "change", job.pk)).content.decode()

        client.post(page("billimport", "retry", job.pk), {"may_withdraw": "1"})
        sweep_bill_imports()

        job.refresh_from_db()
        assert (job.status, job.lines_withdrawn) == (ImportStatus.DONE, 30)

    @pytest.mark.parametrize("name", ["errors", "progress", "change", "retry"])
    def test_is_nobody_elses(self, browse, rival_boss, platform, name):
        job = imported(focus_csv([usage_row(ListCost="x")]), tenant=platform)
        client = browse(rival_boss)
        method = client.post if name == "retry" else client.get
        assert method(page("billimport", name, job.pk)).status_code in {302, 404}
        job.refresh_from_db()
        assert job.attempts == 1

    def test_a_reader_cannot_run_it_again(self, browse, platform, stranger, roles):
        auditor = give_role(stranger, "auditor")
        imported(focus_csv(usage_rows(50)), tenant=platform)
        job = imported(focus_csv(usage_rows(20)), tenant=platform)
        client = browse(auditor)
        assert client.get(page("billimport", "change", job.pk)).status_code == 200
        client.post(page("billimport", "retry", job.pk))
        job.refresh_from_db()
        assert job.status == ImportStatus.BLOCKED


class TestQueue:
    def test_a_parked_account_is_given_to_a_customer_and_billed(
        self, browse, boss, platform, customer
    ):
        imported(focus_csv(usage_rows(4)), tenant=platform)
        account = SubAccount.objects.get()
        client = browse(boss)
        assert "sub-1" in client.get(page("subaccount"), {"owner": "none"}).content.decode()

        answer = client.post(
            page("subaccount", "change", account.pk), {"customer": customer.pk, "basis": "list"}
        )
        assert answer.status_code == 302
        rate_due_months()

        assert Bill.objects.get().total == Decimal("2.00")
        client.get(page("subaccount"))  # takes the message away
        assert "sub-1" not in client.get(page("subaccount"), {"owner": "none"}).content.decode()

    def test_an_account_is_never_given_back_to_nobody(self, browse, boss, platform, customer):
        account = SubAccountFactory(tenant=platform, customer=customer)
        browse(boss).post(
            page("subaccount", "change", account.pk), {"customer": "", "basis": "list"}
        )
        account.refresh_from_db()
        assert account.customer == customer


def test_a_rate_is_entered_once_and_stays(browse, boss):
    client = browse(boss)
    data = {"currency": "USD", "month": "2026-10", "rate": "7.0651", "source": "PBC"}
    assert client.post(page("exchangerate", "add"), data).status_code == 302
    rate = ExchangeRate.objects.get()
    assert rate.tenant == boss.tenant
    assert client.post(page("exchangerate", "change", rate.pk), data).status_code == 403


def test_a_month_can_be_billed_again(browse, boss, platform):
    imported(focus_csv(usage_rows(1)), tenant=platform)
    period = BillPeriod.objects.get()
    data = {"action": "ask_for_rating", "_selected_action": [period.pk]}
    browse(boss).post(page("billperiod"), data)
    period.refresh_from_db()
    assert period.is_due


@pytest.mark.parametrize("model", LISTS)
def test_lists_ask_as_often_for_ten_rows_as_for_one(
    browse, boss, platform, customer, model, django_assert_max_num_queries
):
    SubAccountFactory(tenant=platform, external_id="sub-1", customer=customer)
    client = browse(boss)

    def queries(rows: list[dict[str, str]]) -> int:
        imported(focus_csv(rows), tenant=platform, may_withdraw=True)
        with django_assert_max_num_queries(100) as captured:
            assert client.get(page(model)).status_code == 200
        return len(captured)

    queries(usage_rows(1))
    one = queries(usage_rows(1, ListCost="0.6"))
    many = [{**row, "SubAccountId": f"s{n}"} for n, row in enumerate(usage_rows(10))]
    assert queries(many) <= one


def test_the_vendors_row_is_shown_cell_by_cell(browse, boss, platform):
    imported(focus_csv([usage_row(ResourceName="web-77")]), tenant=platform)
    line = VendorBillLine.objects.get()
    text = browse(boss).get(page("vendorbillline", "change", line.pk)).content.decode()
    assert "ResourceName: web-77" in text
