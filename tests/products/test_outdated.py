"""A quote that would come out differently now is not ordered (CAT-4)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.orders import services as orders
from apps.orders.models import Order
from apps.products.errors import QuoteIsOutdated
from apps.products.models import CustomerDiscount, Price
from apps.products.pricing import FixedPrice, Kind, Percent, Rule
from apps.products.selectors import QuoteLineIn
from apps.products.services import create_quote, ensure_current, set_price
from tests.factories.products import CustomerDiscountFactory, ProductFactory, SkuFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sku(platform):
    product = ProductFactory(tenant=platform, name="ECS")
    return SkuFactory(product=product, name="2C4G", price="100.00")


@pytest.fixture
def discount(customer):
    return CustomerDiscountFactory(customer=customer, name="框架", rate=Decimal("0.9"))


@pytest.fixture
def quote(customer, member, sku, discount, now):
    return create_quote(customer=customer, lines=[QuoteLineIn(sku.pk)], actor=member, now=now)


def refusal(quote, now):
    with pytest.raises(QuoteIsOutdated) as refused:
        ensure_current(quote=quote, now=now)
    return refused.value


def test_a_promise_that_nothing_touched_holds(quote, now):
    ensure_current(quote=quote, now=now + timedelta(minutes=29))


def test_a_discount_that_runs_out_meanwhile_is_still_promised(quote, discount, now):
    CustomerDiscount.objects.filter(pk=discount.pk).update(valid_until=now + timedelta(minutes=1))

    ensure_current(quote=quote, now=now + timedelta(minutes=2))


def test_says_which_list_price_changed(quote, sku, boss, now):
    later = now + timedelta(minutes=5)
    set_price(sku=sku, unit_price=Decimal("120.00"), actor=boss, now=later)

    refused = refusal(quote, later)

    assert list(refused.fields) == ["lines.0.unit_price"]
    assert "¥100.00" in str(refused)
    assert "¥120.00" in str(refused)


def test_says_that_a_rule_changed(quote, discount, now):
    CustomerDiscount.objects.filter(pk=discount.pk).update(rate=Decimal("0.8"))

    refused = refusal(quote, now)

    assert list(refused.fields) == ["lines.0.amount"]
    assert "¥90.00" in str(refused)
    assert "¥80.00" in str(refused)


def test_another_rule_for_the_same_price_is_a_change(quote, customer, discount, now):
    CustomerDiscount.objects.filter(pk=discount.pk).delete()
    CustomerDiscountFactory(customer=customer, name="另一个", rate=Decimal("0.9"))

    assert list(refusal(quote, now).fields) == ["lines.0.steps"]


def test_says_that_the_specification_changed(quote, sku, now):
    sku.specification = {"vcpu": 4, "memory_gib": 4}
    sku.save()

    assert list(refusal(quote, now).fields) == ["lines.0.specification"]


def test_says_that_it_is_not_sold_any_more(quote, sku, now):
    sku.is_active = False
    sku.save()

    assert list(refusal(quote, now).fields) == ["lines"]


@pytest.mark.parametrize("change", [Percent(Decimal("0.5")), FixedPrice(Decimal("66.00"))])
def test_what_sales_gave_by_hand_is_priced_again_as_given(change, customer, boss, sku, now):
    rule = Rule("manual:1", "手工", change, kind=Kind.MANUAL)
    quote = create_quote(
        customer=customer, lines=[QuoteLineIn(sku.pk)], actor=boss, now=now, manual=[rule]
    )

    ensure_current(quote=quote, now=now)

    assert quote.total in (Decimal("50.00"), Decimal("66.00"))


class TestOrders:
    @pytest.fixture(autouse=True)
    def _verified(self, customer):
        customer.verification, customer.verified_at = "verified", customer.created_at
        customer.save()

    def test_no_order_is_made_of_it(self, quote, discount, member, now):
        CustomerDiscount.objects.filter(pk=discount.pk).update(rate=Decimal("0.8"))

        with pytest.raises(QuoteIsOutdated):
            orders.place_order(quote=quote, actor=member, now=now)

        assert not Order.objects.exists()

    def test_the_door_tells_what_changed_line_by_line(self, api, customer, member, sku, discount):
        lines, now = [QuoteLineIn(sku.pk)], timezone.now()
        quote = create_quote(customer=customer, lines=lines, actor=member, now=now)
        Price.objects.filter(sku=sku).update(unit_price=Decimal("99.00"))

        answer = api(member).post(
            "/api/v1/orders/",
            {"quote": quote.pk},
            format="json",
            headers={"Idempotency-Key": "order-key-outdated"},
        )

        assert (answer.status_code, answer.json()["code"]) == (409, "products.quote_is_outdated")
        assert [error["field"] for error in answer.json()["errors"]] == ["lines.0.unit_price"]

    def test_quote_order_and_bill_come_to_the_same_fen(self, quote, member, now):
        """X-4: the order and what is paid are read from the quote, never computed anew."""
        order = orders.place_order(quote=quote, actor=member, now=now)

        assert (order.total, order.list_total) == (quote.total, quote.list_total)
        [line] = order.lines.all()
        assert line.amount == quote.lines.get().amount
        assert order.quote.snapshot == quote.snapshot
