from decimal import Decimal

import pytest
from django.utils import timezone

from apps.billing.selectors import wallet_of
from apps.orders.enums import OrderStatus
from apps.orders.models import Order
from apps.orders.services import place_order
from apps.products import services as products
from tests.factories.billing import fund
from tests.factories.products import SkuFactory
from tests.orders.conftest import run_to_the_end
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db
URL = "/api/v1/orders/"


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": f"order-key-{name}"}


@pytest.fixture
def quote(member, customer, sku):
    fund(customer, "1000.00")
    lines = [products.QuoteLineIn(sku_id=sku.pk, quantity=1, periods=1)]
    return products.create_quote(customer=customer, lines=lines, actor=member, now=timezone.now())


def test_places_and_pays(api, member, quote, customer):
    placed = api(member).post(URL, {"quote": quote.pk}, headers=key("place"))
    assert (placed.status_code, placed.json()["status"]) == (201, "awaiting_payment")

    paid = api(member).post(f"{URL}{placed.json()['id']}/pay/", headers=key("pay"))

    assert (paid.status_code, paid.json()["status"]) == (200, "provisioning")
    assert [step["status"] for step in paid.json()["steps"]] == ["done", "done", "current"]
    assert wallet_of(customer).available == Decimal("900.00")


def test_money_needs_a_key(api, member, quote):
    response = api(member).post(URL, {"quote": quote.pk})

    assert (response.status_code, response.json()["code"]) == (
        400,
        "core.idempotency_key_missing",
    )
    assert Order.objects.count() == 0


def test_a_repeat_gets_the_first_answer(api, member, quote):
    first = api(member).post(URL, {"quote": quote.pk}, headers=key("same"))

    again = api(member).post(URL, {"quote": quote.pk}, headers=key("same"))

    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Hit"] == "true"
    assert Order.objects.count() == 1


def test_a_key_stands_for_one_request(api, member, quote):
    api(member).post(URL, {"quote": quote.pk}, headers=key("same"))

    other = api(member).post(URL, {"quote": quote.pk + 1}, headers=key("same"))

    assert (other.status_code, other.json()["code"]) == (422, "core.idempotency_key_reused")


def test_a_refused_request_may_be_mended_under_its_key(api, member, quote, customer):
    order = api(member).post(URL, {"quote": quote.pk}, headers=key("place")).json()
    pay = f"{URL}{order['id']}/pay/"
    Order.objects.filter(pk=order["id"]).update(
        total=Decimal("2000.00"), list_total=Decimal("2000.00")
    )
    assert api(member).post(pay, headers=key("pay")).status_code == 409
    fund(customer, "1000.00")

    again = api(member).post(pay, headers=key("pay"))

    assert again.status_code == 200
    assert "Idempotency-Hit" not in again.headers


def test_another_customers_order_does_not_exist(api, member, outsider, stranger, quote):
    order = api(member).post(URL, {"quote": quote.pk}, headers=key("place")).json()
    unknown = api(outsider).get(f"{URL}999999/").json()

    for user in (outsider, stranger):
        response = api(user).get(f"{URL}{order['id']}/")
        assert response.status_code == 404
        assert response.json()["detail"] == unknown["detail"]
        assert api(user).get(URL).json()["count"] == 0
        answer = api(user).post(f"{URL}{order['id']}/pay/", headers=key("x" * 9))
        assert answer.status_code == 404


def test_another_customers_quote_does_not_exist(api, outsider, quote):
    response = api(outsider).post(URL, {"quote": quote.pk}, headers=key("place"))
    unknown = api(outsider).post(URL, {"quote": 999_999}, headers=key("other"))

    assert (response.status_code, unknown.status_code) == (400, 400)
    assert response.json()["errors"][0]["code"] == unknown.json()["errors"][0]["code"]
    assert Order.objects.count() == 0


def test_staff_look_but_do_not_buy(api, member, boss, quote):
    order = api(member).post(URL, {"quote": quote.pk}, headers=key("place")).json()

    assert api(boss).get(f"{URL}{order['id']}/").status_code == 200
    assert api(boss).post(f"{URL}{order['id']}/pay/", headers=key("pay")).status_code == 403


@pytest.mark.parametrize("rows", [1, 10])
def test_list_query_count_does_not_grow(
    rows, api, member, quote, customer, sku, django_assert_num_queries
):
    for number in range(rows):
        lines = [products.QuoteLineIn(sku_id=sku.pk, quantity=1, periods=1)]
        new = products.create_quote(
            customer=customer, lines=lines, actor=member, now=timezone.now()
        )
        api(member).post(URL, {"quote": new.pk}, headers=key(f"place{number}"))
    client = api(member)

    with django_assert_num_queries(6):
        assert client.get(URL).json()["count"] == rows


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_sixty_four_equal_requests_have_one_effect(api, member, quote, customer):
    """R3"""
    order = api(member).post(URL, {"quote": quote.pk}, headers=key("place")).json()

    def pay(_number: int) -> int:
        return api(member).post(f"{URL}{order['id']}/pay/", headers=key("pay")).status_code

    answers = at_once(64, pay)

    assert answers.count(200) >= 1
    assert set(answers) <= {200, 409}
    assert wallet_of(customer).available == Decimal("900.00")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_people_pay_one_order(api, member, quote, customer):
    order = api(member).post(URL, {"quote": quote.pk}, headers=key("place")).json()

    def pay(number: int) -> int:
        response = api(member).post(f"{URL}{order['id']}/pay/", headers=key(f"pay{number}"))
        return response.status_code

    assert sorted(at_once(2, pay)) == [200, 409]
    assert wallet_of(customer).available == Decimal("900.00")
    assert Order.objects.get().status in {OrderStatus.PROVISIONING, OrderStatus.COMPLETED}


class TestSummary:
    def place(self, sku, customer, member, *, quantity, periods, more=()):
        lines = [products.QuoteLineIn(sku_id=sku.pk, quantity=quantity, periods=periods), *more]
        now = timezone.now()
        quote = products.create_quote(customer=customer, lines=lines, actor=member, now=now)
        return place_order(quote=quote, actor=member, now=now)

    def test_lists_say_what_was_bought(self, api, member, customer, sku):
        self.place(sku, customer, member, quantity=2, periods=3)

        [row] = api(member).get(URL).json()["results"]

        assert row["summary"] == f"{sku.product.name} {sku.name} × 2，3 个月"

    def test_of_several_things_the_first(self, api, member, customer, sku):
        other = SkuFactory(product=sku.product, price="1.00")
        more = [products.QuoteLineIn(sku_id=other.pk, quantity=1, periods=1)]
        self.place(sku, customer, member, quantity=1, periods=1, more=more)

        [row] = api(member).get(URL, headers={"Accept-Language": "en"}).json()["results"]

        assert row["summary"] == f"{sku.product.name} {sku.name} × 1, 1 month and 1 more"

    def test_finds_by_what_was_bought(self, api, member, customer, sku):
        order = self.place(sku, customer, member, quantity=1, periods=1)
        client = api(member)

        for asked in (sku.product.name, sku.name, order.number):
            assert client.get(URL, {"search": asked}).json()["count"] == 1, asked
        assert client.get(URL, {"search": "没有这种东西"}).json()["count"] == 0


def test_a_resource_names_its_order_and_its_story(api, member, paid):
    order = paid()
    run_to_the_end(order)
    [resource] = api(member).get("/api/v1/resources/").json()["results"]

    page = api(member).get(f"/api/v1/resources/{resource['id']}/").json()

    assert page["order"] == {"id": order.pk, "number": order.number}
    assert [entry["verb"] for entry in page["timeline"]] == ["resource.created", "resource.running"]
    assert [entry["label"] for entry in page["timeline"]] == ["开始创建资源", "运行中"]
