"""Price agreements in the admin and in the API: for a stranger, a clerk, a boss, the customer."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.products.agreement_enums import AgreementStatus, CommitmentKind
from apps.products.models import AgreementPrice, PriceAgreement
from tests.factories.agreements import AgreementPriceFactory, PriceAgreementFactory
from tests.factories.customers import CustomerFactory
from tests.factories.products import CategoryFactory

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 signed"


def url_of(page, *args):
    return reverse(f"admin:products_priceagreement_{page}", args=args)


def form_of(customer, **changes):
    form = {
        "customer": customer.pk,
        "name": "2027 年度框架协议",
        "kind": "framework",
        "project": "",
        "starts_on": "2027-01-01",
        "ends_on": "2027-12-31",
        "on_expiry": "grace",
        "grace_days": "7",
        "commitment_kind": "monthly",
        "commitment": "50000.00",
        "note": "",
        "prices-TOTAL_FORMS": "0",
        "prices-INITIAL_FORMS": "0",
    }
    return form | changes


def price_form(**changes):
    form = {
        "name": "云服务器阶梯价",
        "change": "tiers",
        "steps_text": "0 = 95%\n100 = 90%",
        "measure": "quantity",
        "method": "slab",
        "period": "quarter",
        "scope": "all",
        "cap_counts": "units",
        "priority": "0",
        "exclusive_group": "annual",
    }
    return {f"prices-0-{name}": value for name, value in (form | changes).items()}


@pytest.fixture
def mine(clerk, customer):
    customer.owner = clerk
    customer.save()
    return customer


@pytest.fixture
def agreement(customer):
    agreement = PriceAgreementFactory(
        customer=customer,
        in_force=True,
        commitment_kind=CommitmentKind.MONTHLY,
        commitment=Decimal("1000.00"),
    )
    agreement.signed_file.save("a.pdf", SimpleUploadedFile("a.pdf", PDF), save=False)
    agreement.signed_file_name = "框架协议.pdf"
    agreement.save()
    AgreementPriceFactory(agreement=agreement, category=CategoryFactory(name="云服务器"))
    return agreement


class TestWriting:
    def test_a_clerk_writes_one_with_its_prices_and_file(self, browse, clerk, mine):
        form = form_of(mine, **price_form(), upload=SimpleUploadedFile("协议.pdf", PDF))
        form["prices-TOTAL_FORMS"] = "1"

        answer = browse(clerk).post(url_of("add"), form)

        assert answer.status_code == 302, answer.context["errors"]
        agreement = PriceAgreement.objects.get()
        assert (agreement.starts_on, agreement.ends_on) == ("2027-01-01", "2027-12-31")
        assert (agreement.grace_days, agreement.signed_file_name) == (7, "协议.pdf")
        price = agreement.prices.get()
        assert price.steps == [{"from": "0", "rate": "0.95"}, {"from": "100", "rate": "0.9"}]
        assert price.valid_until == agreement.prices_until > agreement.valid_until

    def test_steps_that_make_no_sense_are_told(self, browse, clerk, mine):
        form = form_of(mine, **price_form(steps_text="100 = 90%\n50 = 80%"))
        form["prices-TOTAL_FORMS"] = "1"

        answer = browse(clerk).post(url_of("add"), form)

        assert answer.status_code == 200
        assert not AgreementPrice.objects.exists()

    def test_another_s_clerk_does_not(self, browse, clerk, customer):
        answer = browse(clerk).post(url_of("add"), form_of(customer))

        assert answer.status_code == 200
        assert not PriceAgreement.objects.exists()

    def test_what_is_in_force_is_read_alone(self, browse, boss, agreement):
        browse(boss).post(url_of("change", agreement.pk), form_of(agreement.customer, name="新名"))

        agreement.refresh_from_db()
        assert agreement.name == "2026 年度框架协议"

    def test_a_draft_is_edited(self, browse, boss, customer):
        draft = PriceAgreementFactory(customer=customer)

        browse(boss).post(url_of("change", draft.pk), form_of(customer, name="新名"))

        draft.refresh_from_db()
        assert (draft.name, draft.ends_on, draft.grace_days) == ("新名", "2027-12-31", 7)


class TestReading:
    def test_the_page_shows_prices_and_commitment(self, browse, boss, agreement):
        page = browse(boss).get(url_of("change", agreement.pk)).content.decode()

        assert "8.5 折" in page
        assert "¥1,000.00" in page

    def test_the_file_is_for_those_who_see_the_agreement(
        self, browse, boss, clerk, rival_boss, stranger, agreement
    ):
        def status(user):
            return browse(user).get(url_of("file", agreement.pk)).status_code

        answer = browse(boss).get(url_of("file", agreement.pk))
        assert b"".join(answer.streaming_content) == PDF
        assert [status(one) for one in (clerk, rival_boss, stranger)] == [404, 404, 403]

    def test_the_list_asks_as_often_for_ten(
        self, browse, boss, customer, django_assert_max_num_queries
    ):
        client = browse(boss)
        PriceAgreementFactory(customer=customer, in_force=True)
        client.get(url_of("changelist"))
        with django_assert_max_num_queries(60) as one:
            client.get(url_of("changelist"))
        for _n in range(9):
            PriceAgreementFactory(
                customer=customer,
                in_force=True,
                commitment_kind=CommitmentKind.MONTHLY,
                commitment=Decimal("1.00"),
            )
        with django_assert_max_num_queries(len(one) + 2) as ten:  # what was bought, twice
            client.get(url_of("changelist"))
        assert len(ten) <= len(one) + 2

    def test_is_exported(self, browse, boss, agreement):
        answer = browse(boss).post(
            url_of("export"), {"format": "1", "resource": "", "agreementresource_number": "on"}
        )

        assert answer.status_code == 200


class TestButtons:
    def press(self, browse, user, agreement, button):
        return browse(user).post(
            url_of("change", agreement.pk), {f"products_priceagreement_{button}": "1"}
        )

    def test_begin_the_next_version(self, browse, boss, agreement):
        answer = self.press(browse, boss, agreement, "revise_button")

        following = PriceAgreement.objects.get(previous=agreement)
        assert answer.headers["Location"] == url_of("change", following.pk)
        assert following.prices.count() == 1

    def test_terminate(self, browse, boss, agreement):
        self.press(browse, boss, agreement, "terminate_button")

        agreement.refresh_from_db()
        assert agreement.status == AgreementStatus.TERMINATED

    def test_a_clerk_does_not_terminate(self, browse, clerk, mine, agreement):
        self.press(browse, clerk, agreement, "terminate_button")

        agreement.refresh_from_db()
        assert agreement.status == AgreementStatus.IN_FORCE


class TestApi:
    url = "/api/v1/my-prices/"

    def test_the_customer_reads_what_is_agreed(self, api, member, agreement):
        [row] = api(member).get(self.url).json()["results"]

        assert (row["number"], row["status"]) == (agreement.number, "in_force")
        assert row["commitment"]["amount"] == "1000.00"
        [price] = row["prices"]
        assert (price["rate"], price["target"]) == ("0.85", "云服务器")

    def test_drafts_and_others_are_not_his(self, api, member, outsider, stranger, agreement):
        draft = PriceAgreementFactory(customer=agreement.customer)
        client = api(member)

        assert [row["id"] for row in client.get(self.url).json()["results"]] == [agreement.pk]
        assert client.get(f"{self.url}{draft.pk}/").status_code == 404
        assert client.get(f"{self.url}{draft.pk}/file/").status_code == 404
        assert api(outsider).get(self.url).json()["results"] == []
        assert api(stranger).get(self.url).json().get("results", []) == []

    def test_a_clerk_reads_his_customers(self, api, clerk, mine, agreement):
        PriceAgreementFactory(customer=CustomerFactory(tenant=mine.tenant), in_force=True)

        rows = api(clerk).get(self.url).json()["results"]

        assert [row["id"] for row in rows] == [agreement.pk]

    def test_the_signed_file_is_his(self, api, member, agreement):
        answer = api(member).get(f"{self.url}{agreement.pk}/file/")

        assert b"".join(answer.streaming_content) == PDF

    def test_ten_ask_as_often_as_one(self, api, member, agreement, django_assert_max_num_queries):
        client = api(member)
        client.get(self.url)
        with django_assert_max_num_queries(60) as one:
            client.get(self.url)
        for _n in range(9):
            row = PriceAgreementFactory(
                customer=agreement.customer,
                in_force=True,
                commitment_kind=CommitmentKind.MONTHLY,
                commitment=Decimal("1.00"),
            )
            AgreementPriceFactory(agreement=row)
        with django_assert_max_num_queries(len(one)):
            client.get(self.url)
