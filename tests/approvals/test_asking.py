"""Asking for something through the API, as customers do in the portal."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.approvals import asking, kinds
from apps.approvals.models import Approval
from apps.billing.models import Entry, WalletBalance
from apps.products.models import CustomerDiscount
from tests.factories.billing import fund, spend
from tests.factories.bills import BillPeriodFactory
from tests.factories.clouds import ResourceFactory
from tests.factories.customers import CustomerFactory, MembershipFactory
from tests.factories.products import ProductFactory, SkuFactory
from tests.factories.rbac import StaffFactory, UserFactory, give_role

pytestmark = pytest.mark.django_db
URL, KINDS = "/api/v1/approvals/", "/api/v1/approval-kinds/"
FOR_OWNERS = {
    "billing.credit_limit",
    "billing.invoice",
    "billing.offline_recharge",
    "billing.withdrawal",
    "clouds.resource_release",
    "products.customer_pricing",
}
INVOICE = {
    "amount": "88.00",
    "invoice_kind": "general",
    "title": "观澜数据",
    "tax_number": "91310000MA1FL0000X",
    "email": "fapiao@example.com",
    "reason": "十月账单",
}


@pytest.fixture(autouse=True)
def approvers(platform, roles):
    codes = ("sales-manager", "finance", "operations", "administrator")
    return {code: give_role(StaffFactory(tenant=platform), code) for code in codes}


@pytest.fixture
def portal(customer, roles):
    """`portal("portal-finance")`: a colleague of the customer's with that role."""

    def make(role):
        user = UserFactory(tenant=customer.tenant, kind="portal")
        MembershipFactory(customer=customer, user=user)
        return give_role(user, role) if role else user

    return make


def ask(client, kind, key="one", **form):
    body = {"kind": kind, "form": form}
    return client.post(URL, body, format="json", headers={"Idempotency-Key": f"ask-{key}-12345"})


def fields_of(answer):
    return {error["field"] for error in answer.json()["errors"]}


class TestWhatCanBeAskedFor:
    def codes(self, client):
        return {row["code"] for row in client.get(KINDS).json()}

    def test_by_whom(self, api, member, portal, stranger):
        assert self.codes(api(member)) == FOR_OWNERS
        finance = FOR_OWNERS - {"clouds.resource_release"}
        assert self.codes(api(portal("portal-finance"))) == finance
        assert self.codes(api(portal("portal-technician"))) == set()
        assert api(stranger).get(KINDS).status_code == 403

    def test_with_which_fields(self, api, member, customer):
        fund(customer, "70.00")
        mine = ResourceFactory(customer=customer, running=True, name="web-1")
        ResourceFactory(running=True, name="not-his")

        kinds_ = {row["code"]: row for row in api(member).get(KINDS).json()}

        limit = {field["name"]: field for field in kinds_["billing.credit_limit"]["asks"]}
        assert list(limit) == ["amount", "reason"]
        assert (limit["amount"]["type"], limit["reason"]["type"]) == ("money", "long_text")
        assert "¥0.00" in limit["amount"]["help"]
        invoice = {field["name"]: field for field in kinds_["billing.invoice"]["asks"]}
        assert invoice["title"]["initial"] == customer.name
        assert [choice["value"] for choice in invoice["invoice_kind"]["choices"]]
        release = kinds_["clouds.resource_release"]
        assert release["asks"][0]["choices"] == [{"value": str(mine.pk), "label": "web-1"}]
        assert release["intro"]

    def test_staff_say_for_whom(self, api, clerk):
        rows = {row["code"]: row["asks"] for row in api(clerk).get(KINDS).json()}

        fields = [field["name"] for field in rows["billing.credit_limit"]]
        assert fields == ["customer", "amount", "reason"]
        assert rows["billing.credit_limit"][0]["choices"] == []

    def test_every_kind_that_is_asked_for_is_one(self):
        known = {kind.code for kind in kinds.all_kinds()}
        assert set(asking._asks) <= known

    def test_with_as_many_queries_for_ten_resources_as_for_one(self, api, member, customer):
        client = api(member)
        ResourceFactory(customer=customer, running=True)

        def count():
            with CaptureQueriesContext(connection) as queries:
                client.get(KINDS)
            return len(queries)

        count()
        one = count()
        ResourceFactory.create_batch(9, customer=customer, running=True)
        assert count() == one


class TestCustomer:
    def test_asks_for_credit_without_ever_having_recharged(self, api, member, customer, approvers):
        assert not WalletBalance.objects.filter(customer=customer).exists()

        answer = ask(api(member), "billing.credit_limit", amount="500.00", reason="双十一")

        assert answer.status_code == 201
        approval = Approval.objects.get()
        assert answer.json()["id"] == approval.pk
        assert (approval.applicant, approval.customer_id) == (member, customer.pk)
        assert approval.form == {"amount": "500.00", "amount_before": "0.00", "reason": "双十一"}
        assert approval.tasks.get(status="open").assignee == approvers["sales-manager"]

    @pytest.mark.parametrize(
        ("kind", "form"),
        [
            ("billing.invoice", INVOICE),
            ("billing.withdrawal", {"amount": "5.00", "route": "bank", "reason": "多充"}),
            (
                "billing.offline_recharge",
                {
                    "amount": "900.00",
                    "payer": "观澜",
                    "reference": "BOC-1",
                    "received_on": "2026-11-20",
                    "reason": "十一月",
                },
            ),
        ],
    )
    def test_finance_asks_for_what_concerns_money(self, api, portal, kind, form):
        answer = ask(api(portal("portal-finance")), kind, **form)

        assert answer.status_code == 201, answer.json()
        assert Approval.objects.get().kind == kind

    def test_asks_for_a_better_price(self, api, member, customer, platform):
        product = SkuFactory(product=ProductFactory(tenant=platform), price="10.00").product

        answer = ask(
            api(member),
            "products.customer_pricing",
            product=product.pk,
            percent="85",
            reason="量大",
        )

        assert answer.status_code == 201, answer.json()
        form = Approval.objects.get().form
        assert (form["percent"], form["target_id"], form["scope"]) == (
            "85",
            str(product.pk),
            "product",
        )
        assert form["valid_from"] == timezone.localdate().isoformat()
        assert not CustomerDiscount.objects.exists()
        assert "margin" not in json.dumps(answer.json())

    def test_asks_for_the_release_of_his_own_resource_alone(self, api, member, customer):
        mine = ResourceFactory(customer=customer, running=True)
        theirs = ResourceFactory(running=True)
        client = api(member)

        refused = ask(client, "clouds.resource_release", "a", resource=theirs.pk, reason="x")
        made = ask(client, "clouds.resource_release", "b", resource=mine.pk, reason="不用了")

        assert (refused.status_code, fields_of(refused)) == (400, {"resource"})
        assert made.status_code == 201, made.json()
        assert Approval.objects.get().subject == ("clouds.Resource", mine.pk)

    def test_cannot_say_for_whom(self, api, member):
        other = CustomerFactory()

        answer = ask(
            api(member), "billing.credit_limit", customer=other.pk, amount="5.00", reason="x"
        )

        assert (answer.status_code, fields_of(answer)) == (400, {"customer"})
        assert not Approval.objects.exists()

    @pytest.mark.parametrize(
        "kind",
        [
            "billing.adjustment",
            "billing.supplier_settlement",
            "products.special_discount",
            "products.distributor_pricing",
            "products.listing_review",
            "rbac.role_grant",
            "nothing.of_the_kind",
        ],
    )
    def test_gets_nowhere_with_what_is_staffs(self, api, member, kind):
        answer = ask(api(member), kind, reason="x")

        assert (answer.status_code, answer.json()["code"]) == (400, "approvals.kind_unknown")
        assert not Approval.objects.exists()

    @pytest.mark.parametrize("role", ["portal-technician", ""])
    def test_needs_the_right(self, api, portal, role):
        answer = ask(api(portal(role)), "billing.credit_limit", amount="5.00", reason="x")

        assert answer.status_code in {400, 403}
        assert not Approval.objects.exists()


class TestEveryFieldIsChecked:
    @pytest.mark.parametrize(
        ("form", "wrong"),
        [
            ({}, {"amount", "reason"}),
            ({"amount": "1e3", "reason": "x"}, {"amount"}),
            ({"amount": "5.001", "reason": "x"}, {"amount"}),
            ({"amount": 5.5, "reason": "x"}, {"amount"}),
            ({"amount": "-1", "reason": "x"}, {"amount"}),
            ({"amount": "5.00", "reason": ["x"]}, {"reason"}),
            ({"amount": "5.00", "reason": "x" * 501}, {"reason"}),
            ({"amount": "5.00", "reason": "x", "colour": "red"}, {"colour"}),
        ],
    )
    def test_with_a_sentence_beside_it(self, api, member, form, wrong):
        answer = ask(api(member), "billing.credit_limit", **form)

        assert (answer.status_code, fields_of(answer)) == (400, wrong)
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert not Approval.objects.exists()

    def test_also_what_only_the_service_knows(self, api, member):
        same = ask(api(member), "billing.credit_limit", amount="0.00", reason="x")

        assert (same.status_code, same.json()["code"]) == (409, "billing.limit_is_the_same")
        assert not Approval.objects.exists()

    @pytest.mark.parametrize("form", ["[]", "3", "null", '"x"'])
    def test_a_form_is_an_object(self, api, member, form):
        body = {"kind": "billing.credit_limit", "form": json.loads(form)}
        answer = api(member).post(
            URL, body, format="json", headers={"Idempotency-Key": "ask-form-12345"}
        )

        assert (answer.status_code, fields_of(answer)) == (400, {"form"})


class TestOnce:
    def test_the_same_key_is_the_same_request(self, api, member):
        client = api(member)
        first = ask(client, "billing.invoice", **INVOICE)

        again = ask(client, "billing.invoice", **INVOICE)

        assert (again.json(), again.headers["Idempotency-Hit"]) == (first.json(), "true")
        assert Approval.objects.count() == 1

    def test_a_key_is_needed(self, api, member):
        body = {"kind": "billing.invoice", "form": INVOICE}

        answer = api(member).post(URL, body, format="json")

        assert (answer.status_code, answer.json()["code"]) == (400, "core.idempotency_key_missing")

    def test_what_runs_already_is_not_asked_for_twice(self, api, member):
        client = api(member)
        ask(client, "billing.credit_limit", "one", amount="500.00", reason="x")

        again = ask(client, "billing.credit_limit", "two", amount="600.00", reason="y")

        assert (again.status_code, again.json()["code"]) == (409, "approvals.subject_is_pending")


class TestAttachments:
    def send(self, client, *files, name="file"):
        body = {
            "kind": "billing.invoice",
            "form": json.dumps(INVOICE),
            "attachments": list(files),
        }
        headers = {"Idempotency-Key": f"ask-{name}-12345"}
        return client.post(URL, body, format="multipart", headers=headers)

    def test_go_with_the_request(self, api, member):
        files = [SimpleUploadedFile(f"{n}.pdf", b"%PDF-1.4\n%%EOF") for n in ("一", "二")]

        answer = self.send(api(member), *files)

        assert answer.status_code == 201, answer.json()
        assert [row["name"] for row in answer.json()["attachments"]] == ["一.pdf", "二.pdf"]

    def test_one_that_is_refused_refuses_all(self, api, member):
        good = SimpleUploadedFile("合同.pdf", b"%PDF-1.4\n%%EOF")
        bad = SimpleUploadedFile("合同.pdf", b"MZ this is a program")

        answer = self.send(api(member), good, bad)

        assert answer.status_code == 400
        assert not Approval.objects.exists()


class TestStaff:
    def test_ask_for_a_customer_of_theirs(self, api, clerk, customer):
        customer.owner = clerk
        customer.save()

        answer = ask(
            api(clerk), "billing.credit_limit", customer=customer.pk, amount="5.00", reason="x"
        )

        assert answer.status_code == 201, answer.json()
        assert Approval.objects.get().applicant == clerk

    def test_see_no_others(self, api, clerk, rival_boss, customer):
        for number, who in enumerate((clerk, rival_boss)):
            answer = ask(
                api(who),
                "billing.credit_limit",
                str(number),
                customer=customer.pk,
                amount="5.00",
                reason="x",
            )
            assert (answer.status_code, fields_of(answer)) == (400, {"customer"})
        assert not Approval.objects.exists()

    def test_strangers_may_not(self, api, stranger, customer):
        answer = ask(
            api(stranger), "billing.credit_limit", customer=customer.pk, amount="5.00", reason="x"
        )

        assert answer.status_code == 403

    def test_file_every_kind_that_has_a_button(self, api, boss, customer, platform):
        fund(customer, "100.00")
        spend(customer, "40.00")
        entry = Entry.objects.get(kind="purchase")
        draft = SkuFactory(
            product=ProductFactory(tenant=platform, draft=True), price="1.00"
        ).product
        period = BillPeriodFactory(tenant=platform, billed_total="900.00", currency="CNY")
        today = timezone.localdate()
        until = (today + timedelta(days=30)).isoformat()
        special = {
            "customer": customer.pk,
            "name": "双十一",
            "percent": "80",
            "scope": "all",
            "valid_from": today.isoformat(),
            "valid_until": until,
        }
        wanted = {
            "billing.adjustment": {"entry": entry.pk, "amount": "40.00"},
            "billing.supplier_settlement": {"period": period.pk, "amount": "880.00"},
            "products.listing_review": {"product": draft.pk},
            "products.special_discount": special,
        }

        for kind, form in wanted.items():
            answer = ask(api(boss), kind, kind, **form, reason="x")
            assert answer.status_code == 201, (kind, answer.json())

        assert set(Approval.objects.values_list("kind", flat=True)) == set(wanted)
