from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from apps.billing import services as billing
from apps.billing.api.serializers import SOURCES
from apps.billing.models import Recharge
from tests.factories.billing import NOON, RechargeFactory, bill, fund, spend
from tests.factories.customers import CustomerFactory, MembershipFactory
from tests.factories.rbac import UserFactory, give_role

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
RECHARGES = "/api/v1/recharges/"
LISTS = ("/api/v1/wallet/entries/", RECHARGES, "/api/v1/bills/")
KEY = {"HTTP_IDEMPOTENCY_KEY": "a key of mine"}


@pytest.fixture
def technician(customer, roles):
    user = UserFactory(tenant=customer.tenant)
    MembershipFactory(customer=customer, user=user)
    return give_role(user, "portal-technician")


@pytest.fixture
def business(customer, boss):
    billing.grant_gift(customer=customer, amount=Decimal(5), key="g", actor=boss, now=NOON)
    recharge = fund(customer, "100.00")
    spend(customer, "20.00", key="buy")
    return {"recharge": recharge, "bill": bill(customer, "30.004", "0.50")}


class TestWallet:
    def test_says_what_there_is_and_why(self, business, customer, boss, member, api):
        billing.set_credit_limit(customer=customer, limit=Decimal(50), actor=boss, now=NOON)

        answer = api(member).get("/api/v1/wallet/")

        assert answer.json() == {
            "cash": "54.50",
            "gift": "0.00",
            "credit_limit": "50.00",
            "frozen": "0.00",
            "owed": "0.00",
            "available": "104.50",
            "currency": "CNY",
            "why": {
                "available": [
                    {"label": "赠送金额（优先使用）", "amount": "0.00"},
                    {"label": "现金", "amount": "54.50"},
                    {"label": "未使用的信用额度", "amount": "50.00"},
                ]
            },
        }

    def test_is_empty_before_the_first_posting(self, member, api):
        assert api(member).get("/api/v1/wallet/").json()["available"] == "0.00"

    def test_is_for_customers_and_for_those_who_may(self, technician, boss, outsider, api):
        assert api(None).get("/api/v1/wallet/").status_code in (401, 403)
        assert api(technician).get("/api/v1/wallet/").status_code == 403
        assert api(boss).get("/api/v1/wallet/").status_code == 404
        assert api(outsider).get("/api/v1/wallet/").json()["available"] == "0.00"


class TestFlow:
    def test_each_line_has_sign_balance_and_source(self, business, member, api):
        rows = api(member).get("/api/v1/wallet/entries/").json()["results"]

        assert [(row["kind"], row["amount"], row["balance"]) for row in rows] == [
            ("usage", "-30.50", "54.50"),
            ("purchase", "-20.00", "85.00"),
            ("recharge", "100.00", "105.00"),
            ("gift", "5.00", "5.00"),
        ]
        assert rows[0]["source"] == {"label": "账单", "number": business["bill"].number}
        assert rows[1]["source"] == {"label": "订单", "number": "ORD20261120000001"}
        assert rows[2]["source"] == {"label": "充值", "number": business["recharge"].number}

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("kind=purchase", 1),
            ("kind=purchase&kind=gift", 2),
            ("from=2026-11-20&to=2026-11-20", 4),
            ("from=2026-11-21", 0),
            ("to=2026-11-19", 0),
        ],
    )
    def test_filters(self, business, member, api, query, found):
        assert api(member).get(f"/api/v1/wallet/entries/?{query}").json()["count"] == found

    def test_a_day_ends_at_midnight_in_shanghai(self, customer, member, api):
        fund(customer, "1.00", now=datetime(2026, 11, 19, 15, 59, 59, tzinfo=UTC))
        fund(customer, "2.00", now=datetime(2026, 11, 19, 16, 0, 0, tzinfo=UTC))

        of_day = api(member).get("/api/v1/wallet/entries/?from=2026-11-20&to=2026-11-20").json()

        assert [row["amount"] for row in of_day["results"]] == ["2.00"]


@pytest.mark.usefixtures("alipay")
class TestRecharge:
    def start(self, client, **changes):
        body = {"amount": "500.00", "channel": "alipay", **changes}
        return client.post(RECHARGES, body, format="json", **KEY)

    def test_gives_address_and_code_to_pay(self, customer, member, api):
        answer = self.start(api(member))

        facts = answer.json()
        assert (answer.status_code, facts["status"], facts["amount"]) == (201, "created", "500.00")
        assert "alipay.trade.page.pay" in facts["pay_url"]
        assert facts["qr_svg"].startswith("<svg")
        assert Recharge.objects.get().customer == customer

    def test_happens_once_for_a_key(self, member, api):
        first, again = self.start(api(member)), self.start(api(member))

        assert (again.status_code, again.json()["number"]) == (201, first.json()["number"])
        assert again["Idempotency-Hit"] == "true"
        assert self.start(api(member), amount="501.00").status_code == 422
        assert Recharge.objects.count() == 1

    def test_needs_a_key(self, member, api):
        answer = api(member).post(
            RECHARGES, {"amount": "500.00", "channel": "alipay"}, format="json"
        )

        assert (answer.status_code, answer.json()["code"]) == (400, "core.idempotency_key_missing")
        assert not Recharge.objects.exists()

    @pytest.mark.parametrize(
        "amount", [500, 500.0, "5e2", "５００", "-1", "0", "0.001", "1,000", "", None, "1000000.01"]
    )
    def test_amounts_are_strict(self, member, api, amount):
        answer = self.start(api(member), amount=amount)

        assert (answer.status_code, Recharge.objects.count()) == (400, 0)
        assert answer.json()["errors"][0]["field"] == "amount"

    def test_other_channels_are_unknown(self, member, api):
        assert self.start(api(member), channel="bank").status_code == 400

    def test_one_recharges_his_own_wallet(self, member, technician, outsider, customer, api):
        other = CustomerFactory(tenant=customer.tenant)

        assert self.start(api(member), customer=other.pk).status_code == 400
        assert self.start(api(technician)).status_code == 403
        assert self.start(api(outsider), customer=customer.pk).status_code == 400
        assert not Recharge.objects.exists()

    def test_the_address_is_gone_once_it_is_paid(self, business, member, api):
        facts = api(member).get(f"{RECHARGES}{business['recharge'].pk}/").json()

        assert (facts["status"], facts["pay_url"], facts["qr_svg"]) == ("paid", "", "")


class TestBills:
    def test_shows_what_each_product_cost(self, business, member, api):
        facts = api(member).get(f"/api/v1/bills/{business['bill'].pk}/").json()

        assert (facts["month"], facts["total"], facts["list_total"]) == (
            "2026-10",
            "30.50",
            "38.13",
        )
        assert facts["by_product"] == [{"product": "ecs", "name": "云服务器", "amount": "30.50"}]

    def test_lines_keep_their_decimals(self, business, member, api):
        address = f"/api/v1/bills/{business['bill'].pk}/items/"

        rows = api(member).get(address).json()
        of_one = api(member).get(f"{address}?resource=i-2").json()["results"]

        assert rows["count"] == 2
        assert [(row["resource"], row["payable"]) for row in of_one] == [("i-2", "0.500000000000")]

    @pytest.mark.parametrize(("month", "found"), [("2026-10", 1), ("2026-11", 0)])
    def test_filters_by_month(self, business, member, api, month, found):
        assert api(member).get(f"/api/v1/bills/?month={month}").json()["count"] == found

    def test_a_malformed_month_is_refused(self, business, member, api):
        assert api(member).get("/api/v1/bills/?month=october").status_code == 400


def addresses(business):
    number = business["bill"].pk
    return [
        f"{RECHARGES}{business['recharge'].pk}/",
        f"/api/v1/bills/{number}/",
        f"/api/v1/bills/{number}/items/",
    ]


@pytest.mark.parametrize("who", ["outsider", "stranger", "rival_boss"])
def test_what_is_not_yours_does_not_exist(business, api, who, request):
    client = api(request.getfixturevalue(who))

    assert {client.get(address).status_code for address in addresses(business)} == {404}
    assert [client.get(address).json()["count"] for address in LISTS] == [0, 0, 0]


def test_staff_see_what_their_roles_reach(business, boss, clerk, customer, api):
    assert {api(boss).get(address).status_code for address in addresses(business)} == {200}
    assert {api(clerk).get(address).status_code for address in addresses(business)} == {404}

    customer.owner = clerk
    customer.save()

    assert {api(clerk).get(address).status_code for address in addresses(business)} == {200}


@pytest.mark.parametrize("address", LISTS)
def test_lists_cost_the_same_for_one_row_and_ten(
    business, customer, member, api, address, django_assert_max_num_queries
):
    client = api(member)
    client.get(address)
    with django_assert_max_num_queries(8) as few:
        client.get(address)
    for month in range(1, 10):
        RechargeFactory(customer=customer)
        bill(customer, "1.00", month=NOON.date().replace(month=month, day=1))

    with django_assert_max_num_queries(len(few)):
        assert client.get(address).json()["count"] >= 9


def test_the_flow_of_a_wallet_names_orders_orders():
    """ "Order" is 排序 in the catalog of another app."""
    with translation.override("zh-hans"):
        assert [str(name) for name in SOURCES.values()] == ["充值", "账单", "订单", "赠送"]
