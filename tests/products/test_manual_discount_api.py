"""PRC-6 in the API: a stranger, a clerk, his boss, another tenant; within authority and beyond."""

from decimal import Decimal

import pytest
from django.utils import timezone

from apps.approvals.models import Approval
from apps.products import services as products
from apps.products.models import ManualDiscount, Quote
from apps.rbac.models import Role
from tests.factories.agreements import DiscountAuthorityFactory, ManualDiscountFactory
from tests.factories.products import PriceFactory, ProductFactory, SkuFactory
from tests.factories.rbac import StaffFactory, give_role

pytestmark = pytest.mark.django_db

URL = "/api/v1/manual-discounts/"


@pytest.fixture
def sku(platform):
    sku = SkuFactory(product=ProductFactory(tenant=platform))
    PriceFactory(sku=sku, unit_cost=Decimal("60.00"))
    return sku


@pytest.fixture
def salesman(clerk, customer, platform, roles):
    customer.owner = clerk
    customer.save()
    DiscountAuthorityFactory(
        tenant=platform, role=Role.objects.get(code="sales"), lowest_rate=Decimal("0.85")
    )
    return clerk


def body(customer, sku, percent, **more):
    lines = [{"sku": sku.pk, "quantity": 2, "percent": percent}]
    return {"customer": customer.pk, "lines": lines, "reason": "老客户", **more}


def test_a_clerk_makes_the_quote_within_his_authority(api, salesman, customer, sku):
    answer = api(salesman).post(URL, body(customer, sku, "90"))

    assert answer.status_code == 201, answer.json()
    assert (answer.json()["total"], answer.json()["list_total"]) == ("180.00", "200.00")
    assert answer.json()["lines"][0]["margin"] is None
    given = ManualDiscount.objects.get()
    assert (given.quote.number, given.given_by, given.reason) == (
        answer.json()["number"],
        salesman,
        "老客户",
    )


def test_beyond_it_nothing_is_made_and_the_reason_told(api, salesman, customer, sku):
    answer = api(salesman).post(URL, body(customer, sku, "70"))

    assert (answer.status_code, answer.json()["code"]) == (
        409,
        "products.discount_is_beyond_authority",
    )
    assert "85" in answer.json()["detail"]
    assert not Quote.objects.exists()


def test_the_preview_writes_nothing(api, salesman, customer, sku):
    seen = [
        api(salesman).post(f"{URL}preview/", body(customer, sku, percent)).json()
        for percent in ("90", "70")
    ]

    assert [look["is_within_authority"] for look in seen] == [True, False]
    assert [look["total"] for look in seen] == ["180.00", "140.00"]
    assert [len(look["verdicts"][0]["reasons"]) for look in seen] == [0, 1]
    assert not Quote.objects.exists()


def test_an_approval_is_asked_for_once_for_its_key(api, salesman, customer, sku, platform):
    for code in ("sales-manager", "finance", "operations", "administrator"):
        give_role(StaffFactory(tenant=platform), code)
    key = {"Idempotency-Key": "ask-for-half"}

    answers = [
        api(salesman).post(f"{URL}requests/", body(customer, sku, "70"), headers=key)
        for _n in range(2)
    ]

    approval = Approval.objects.get()
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["number"] == answers[1].json()["number"] == approval.number
    assert approval.form["percent"] == "70.00"


def test_nobody_is_asked_for_what_is_within(api, salesman, customer, sku):
    answer = api(salesman).post(f"{URL}requests/", body(customer, sku, "90"))

    assert (answer.status_code, answer.json()["code"]) == (
        409,
        "products.discount_is_within_authority",
    )
    assert not Approval.objects.exists()


@pytest.mark.parametrize("act", ["", "preview/", "requests/"])
def test_it_is_nobody_else_s(act, api, salesman, customer, sku, stranger, rival_boss, member):
    colleague = give_role(StaffFactory(tenant=customer.tenant), "sales")

    for person in (stranger, rival_boss, member, colleague):
        answer = api(person).post(f"{URL}{act}", body(customer, sku, "90"))
        assert answer.status_code in {400, 403, 404}, person
    assert not Quote.objects.exists()
    assert not Approval.objects.exists()


@pytest.mark.parametrize("percent", ["0", "100.01", "-5", "ten"])
def test_a_discount_is_a_share(percent, api, salesman, customer, sku):
    answer = api(salesman).post(URL, body(customer, sku, percent))

    assert answer.status_code == 400
    assert not Quote.objects.exists()


def test_the_boss_gives_what_his_role_allows(api, boss, customer, sku, platform, roles):
    role = Role.objects.get(code="sales-manager")
    DiscountAuthorityFactory(tenant=platform, role=role, lowest_rate=Decimal("0.60"))

    answer = api(boss).post(URL, body(customer, sku, "60"))

    assert answer.status_code == 201, answer.json()


def test_what_was_given_is_read_by_whom_it_concerns(
    api, salesman, boss, customer, stranger, rival_boss, member
):
    mine, _others = ManualDiscountFactory(customer=customer), ManualDiscountFactory()

    rows = api(salesman).get(URL).json()["results"]
    assert [(row["id"], row["off"]) for row in rows] == [(mine.pk, "10.00")]
    assert api(boss).get(f"{URL}{mine.pk}/").json()["reason"] == "老客户"
    for person in (stranger, rival_boss, member):
        assert api(person).get(URL).json().get("results", []) == []
        assert api(person).get(f"{URL}{mine.pk}/").status_code in {403, 404}


def test_ten_ask_as_often_as_one(api, salesman, customer, django_assert_max_num_queries):
    client = api(salesman)
    ManualDiscountFactory(customer=customer)
    client.get(URL)
    with django_assert_max_num_queries(40) as one:
        client.get(URL)
    ManualDiscountFactory.create_batch(9, customer=customer)
    with django_assert_max_num_queries(len(one)):
        assert client.get(URL).json()["count"] == 10


def test_an_answered_quote_can_be_ordered(api, salesman, customer, sku):
    """The discount is part of the promise: what is ordered is what was shown."""
    number = api(salesman).post(URL, body(customer, sku, "90")).json()["number"]

    products.ensure_current(quote=Quote.objects.get(number=number), now=timezone.now())
