"""A quote that is outdated is made anew, with the same basket, and confirmed (CAT-4)."""

import pytest

from apps.orders.services import place_order
from apps.products.errors import QuoteIsOutdated
from apps.products.models import CartLine, Price, Quote
from tests.factories.products import ProductFactory, SkuFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sku(platform):
    return SkuFactory(product=ProductFactory(tenant=platform), price="100.00")


@pytest.fixture
def quote(api, member, sku):
    """Of a line of the cart."""
    client = api(member)
    line = client.post(
        "/api/v1/cart/lines/", {"sku": sku.pk}, headers={"Idempotency-Key": "put-0001"}
    )
    answer = client.post(
        "/api/v1/cart/checkout/",
        {"lines": [line.json()["id"]], "voucher_ids": []},
        headers={"Idempotency-Key": "checkout-1"},
    )
    return Quote.objects.get(pk=answer.json()["id"])


def renew(client, quote):
    return client.post(f"/api/v1/quotes/{quote.pk}/renew/")


def test_costs_what_it_costs_now_and_empties_the_cart_when_ordered(api, member, quote, sku):
    Price.objects.filter(sku=sku).update(unit_price="120.00")
    with pytest.raises(QuoteIsOutdated):
        place_order(quote=quote, actor=member, now=quote.created_at)

    answer = renew(api(member), quote)

    assert (answer.status_code, answer.json()["total"]) == (201, "120.00")
    fresh = Quote.objects.get(pk=answer.json()["id"])
    place_order(quote=fresh, actor=member, now=fresh.created_at)
    assert not CartLine.objects.exists()


def test_others_cannot_renew_it(api, outsider, rival_boss, stranger, quote):
    for user in (outsider, rival_boss, stranger):
        assert renew(api(user), quote).status_code == 404

    assert Quote.objects.count() == 1


def test_vouchers_of_others_do_not_count(api, member, sku):
    answer = api(member).post(
        "/api/v1/quotes/preview/", {"lines": [{"sku": sku.pk}], "voucher_ids": [987_654]}
    )

    assert answer.json()["total"] == "100.00"
