"""The cart and the favorites: what people keep, and what stands in the way of buying it."""

from decimal import Decimal

import pytest

from apps.orders.services import place_order
from apps.products import services
from apps.products.enums import ProductStatus
from apps.products.errors import TooManyFavorites
from apps.products.models import CartLine, Favorite, Quote
from apps.products.services.carts import MOST_FAVORITES
from apps.products.services.rules import bump_rules
from tests.factories.customers import MembershipFactory
from tests.factories.products import (
    CartLineFactory,
    CustomerDiscountFactory,
    FavoriteFactory,
    ProductFactory,
    SkuFactory,
)
from tests.factories.rbac import UserFactory, give_role

pytestmark = pytest.mark.django_db
CART, LINES, FAVORITES = "/api/v1/cart/", "/api/v1/cart/lines/", "/api/v1/favorites/"
MOST_CART_QUERIES = 12
CHINESE = {"Accept-Language": "zh-hans"}


@pytest.fixture
def product(platform):
    return ProductFactory(tenant=platform, name="通用云服务器")


@pytest.fixture
def sku(product):
    return SkuFactory(product=product, name="2 核 4 GiB", price="100.00")


@pytest.fixture
def other(product):
    return SkuFactory(product=product, name="4 核 8 GiB", price="200.00")


@pytest.fixture
def put(api, member):
    """`put(sku, quantity=2)` puts it into the member's cart and returns the line's id."""
    keys = iter(range(1000))

    def into_cart(sku, **facts):
        answer = api(member).post(
            LINES, {"sku": sku.pk, **facts}, headers={"Idempotency-Key": f"put-{next(keys):06}"}
        )
        assert answer.status_code == 201, answer.json()
        return answer.json()["id"]

    return into_cart


def checkout(client, *lines, key="checkout-1"):
    return client.post(f"{CART}checkout/", {"lines": list(lines)}, headers={"Idempotency-Key": key})


class TestCart:
    def test_shows_lines_at_the_price_of_the_moment(self, api, member, customer, sku, put):
        put(sku, quantity=2, periods=3)
        CustomerDiscountFactory(customer=customer, rate=Decimal("0.9"))

        body = api(member).get(CART, headers=CHINESE).json()

        [line] = body["lines"]
        assert (line["sku"], line["quantity"], line["periods"]) == (sku.pk, 2, 3)
        assert (line["unit_price"], line["state"], line["advice"]) == ("100.00", "available", "")
        assert (body["price"]["list_total"], body["price"]["total"]) == ("600.00", "540.00")
        assert body["limit"] == 100

    def test_is_empty_at_first(self, api, member):
        assert api(member).get(CART).json() == {"lines": [], "price": None, "limit": 100}

    def test_merges_by_sku(self, sku, put):
        first = put(sku, quantity=2, periods=1)
        again = put(sku, quantity=3, periods=6)

        line = CartLine.objects.get()
        assert (first, again) == (line.pk, line.pk)
        assert (line.quantity, line.periods) == (5, 6)

    def test_refuses_more_than_can_be_bought_at_once(self, api, member, sku, put):
        put(sku, quantity=9_999)

        answer = api(member).post(
            LINES, {"sku": sku.pk, "quantity": 2}, headers={"Idempotency-Key": "too-much"}
        )

        assert (answer.status_code, answer.json()["code"]) == (
            400,
            "products.quantity_is_out_of_range",
        )
        assert CartLine.objects.get().quantity == 9_999

    def test_takes_only_what_is_on_offer(self, api, member, platform):
        hidden = SkuFactory(product=ProductFactory(tenant=platform, draft=True), price="1.00")

        answer = api(member).post(
            LINES, {"sku": hidden.pk}, headers={"Idempotency-Key": "hidden-1"}
        )

        assert (answer.status_code, answer.json()["code"]) == (400, "products.sku_is_unknown")
        assert not CartLine.objects.exists()

    def test_has_a_limit(self, api, member, customer, product, sku):
        for one in SkuFactory.create_batch(100, product=product):
            CartLineFactory(customer=customer, user=member, sku=one)

        answer = api(member).post(LINES, {"sku": sku.pk}, headers={"Idempotency-Key": "one-more"})

        assert (answer.status_code, answer.json()["code"]) == (409, "products.cart_is_full")
        assert CartLine.objects.count() == 100

    def test_needs_a_key(self, api, member, sku):
        assert api(member).post(LINES, {"sku": sku.pk}).status_code == 400

    def test_one_key_adds_once(self, api, member, sku):
        for _ in range(2):
            api(member).post(LINES, {"sku": sku.pk}, headers={"Idempotency-Key": "add-once"})

        assert CartLine.objects.get().quantity == 1

    def test_is_changed_and_emptied_line_by_line(self, api, member, sku, put):
        url = f"{LINES}{put(sku)}/"

        changed = api(member).patch(url, {"quantity": 7, "periods": 2})
        assert (changed.json()["quantity"], changed.json()["periods"]) == (7, 2)
        assert api(member).delete(url).status_code == 204
        assert not CartLine.objects.exists()

    @pytest.mark.parametrize("body", [{"quantity": 0, "periods": 1}, {"quantity": 1}, {}], ids=str)
    def test_refuses_odd_quantities(self, body, api, member, sku, put):
        url = f"{LINES}{put(sku)}/"

        assert api(member).patch(url, body).status_code == 400
        assert CartLine.objects.get().quantity == 1

    @pytest.mark.parametrize(
        ("change", "state"),
        [
            ({"is_active": False}, "not_offered"),
            ({"stock": 0}, "sold_out"),
            ({"stock": 1}, "too_few"),
            ({"stock": 2}, "available"),
        ],
        ids=str,
    )
    def test_says_what_stands_in_the_way(self, change, state, api, member, sku, other, put):
        put(other)
        put(sku, quantity=2)
        type(sku).objects.filter(pk=sku.pk).update(**change)

        body = api(member).get(CART, headers=CHINESE).json()

        [fine, line] = body["lines"]
        assert (fine["state"], line["state"]) == ("available", state)
        assert bool(line["advice"]) == (state != "available")
        assert body["price"]["total"] == ("400.00" if state == "available" else "200.00")

    def test_keeps_what_left_the_shelf_but_not_its_price(self, api, member, sku, product, put):
        put(sku)
        type(product).objects.filter(pk=product.pk).update(
            status=ProductStatus.NO_NEW_SALES, sales_stopped_at=product.on_sale_at
        )

        body = api(member).get(CART).json()

        assert body["lines"][0]["state"] == "not_offered"
        assert (body["lines"][0]["unit_price"], body["price"]) == (None, None)

    def test_a_line_without_a_price_waits(self, api, member, product, put):
        put(SkuFactory(product=product))

        assert api(member).get(CART).json()["lines"][0]["state"] == "no_price"

    @pytest.mark.parametrize("rows", [1, 10])
    def test_query_count_does_not_grow(
        self, rows, api, member, customer, product, django_assert_max_num_queries
    ):
        for sku in SkuFactory.create_batch(rows, product=product, price="1.00"):
            CartLineFactory(customer=customer, user=member, sku=sku)
        bump_rules(tenant=customer.tenant)  # from now on, shared rules lie compiled
        client = api(member)
        client.get(CART)

        with django_assert_max_num_queries(MOST_CART_QUERIES):
            assert len(client.get(CART).json()["lines"]) == rows

    def test_is_the_own_one(self, api, member, outsider, customer, sku, put):
        """A colleague who acts for the same customer has another cart."""
        line = put(sku)
        colleague = give_role(UserFactory(tenant=customer.tenant), "portal-technician")
        MembershipFactory(customer=customer, user=colleague)

        for user in (colleague, outsider):
            assert api(user).get(CART).json()["lines"] == []
            assert api(user).delete(f"{LINES}{line}/").status_code == 404
            assert checkout(api(user), line).status_code == 409

        assert CartLine.objects.get().pk == line

    @pytest.mark.parametrize(
        ("user", "status"), [("boss", 404), ("clerk", 404), ("stranger", 404), ("member", 200)]
    )
    def test_by_role(self, user, status, api, request):
        assert api(request.getfixturevalue(user)).get(CART).status_code == status

    def test_needs_permission_to_buy(self, api, customer, member, sku):
        accountant = give_role(UserFactory(tenant=customer.tenant), "portal-finance")
        MembershipFactory(customer=customer, user=accountant)

        answer = api(accountant).post(
            LINES, {"sku": sku.pk}, headers={"Idempotency-Key": "nope-001"}
        )

        assert answer.status_code == 403
        assert not CartLine.objects.exists()


class TestCheckout:
    def test_makes_one_quote_of_the_chosen_lines(self, api, member, product, sku, other, put):
        first, _unchosen = put(sku, quantity=2), put(SkuFactory(product=product, price="9.00"))
        last = put(other)

        answer = checkout(api(member), last, first)

        assert answer.status_code == 201
        assert answer.json()["total"] == "400.00"
        assert [line["sku"]["id"] for line in answer.json()["lines"]] == [sku.pk, other.pk]
        assert Quote.objects.count() == 1

    def test_previews_the_same_price_and_writes_nothing(self, api, member, sku, other, put):
        chosen = [put(sku), put(other)]

        answer = api(member).post(f"{CART}preview/", {"lines": chosen})

        assert (answer.status_code, answer.json()["total"]) == (200, "300.00")
        assert not Quote.objects.exists()

    def test_ordered_lines_leave_the_cart(self, api, member, sku, other, put, now):
        first, last = put(sku), put(other)
        quote = Quote.objects.get(pk=checkout(api(member), first).json()["id"])
        assert CartLine.objects.count() == 2

        place_order(quote=quote, actor=member, now=quote.created_at)

        assert [line.pk for line in CartLine.objects.all()] == [last]

    def test_a_line_changed_after_the_quote_stays(self, api, member, sku, put):
        line = put(sku)
        quote = Quote.objects.get(pk=checkout(api(member), line).json()["id"])
        put(sku)

        place_order(quote=quote, actor=member, now=quote.created_at)

        assert CartLine.objects.get().quantity == 2

    def test_refuses_what_can_not_be_bought(self, api, member, sku, other, put):
        first, last = put(sku), put(other)
        type(sku).objects.filter(pk=sku.pk).update(stock=0)

        answer = checkout(api(member), first, last)

        assert (answer.status_code, answer.json()["code"]) == (
            409,
            "products.cart_line_is_not_for_sale",
        )
        assert not Quote.objects.exists()

    def test_refuses_lines_that_are_gone(self, api, member, sku, put):
        answer = checkout(api(member), put(sku), 987_654)

        assert (answer.status_code, answer.json()["code"]) == (409, "products.cart_line_is_gone")

    @pytest.mark.parametrize("body", [{}, {"lines": []}, {"lines": ["a"]}], ids=str)
    def test_refuses_nonsense(self, body, api, member):
        assert api(member).post(f"{CART}preview/", body).status_code == 400


class TestFavorites:
    def test_keeps_products_and_skus_once(self, api, member, product, sku):
        client = api(member)
        for number, thing in enumerate([{"product": product.pk}, {"sku": sku.pk}] * 2):
            answer = client.post(
                FAVORITES, thing, headers={"Idempotency-Key": f"favorite-{number}"}
            )
            assert answer.status_code == 201

        found = client.get(FAVORITES).json()["results"]
        assert [(row["product"], row["sku"]) for row in found] == [
            (product.pk, sku.pk),
            (product.pk, None),
        ]
        assert [row["name"] for row in found] == ["通用云服务器 2 核 4 GiB", "通用云服务器"]

    def test_filter_the_catalogue(self, api, member, customer, platform, product, sku):
        ProductFactory(tenant=platform)
        by_sku = FavoriteFactory(user=member, customer=customer, product=None, sku=sku)

        found = api(member).get("/api/v1/products/?favorite=true").json()["results"]
        assert [row["id"] for row in found] == [product.pk]

        by_sku.delete()
        assert api(member).get("/api/v1/products/?favorite=true").json()["count"] == 0

    def test_forgets(self, api, member, customer, product):
        favorite = FavoriteFactory(user=member, customer=customer, product=product)

        assert api(member).delete(f"{FAVORITES}{favorite.pk}/").status_code == 204
        assert not Favorite.objects.exists()

    def test_does_not_tell_of_what_was_hidden(self, api, member, customer, platform):
        FavoriteFactory(
            user=member, customer=customer, product=ProductFactory(tenant=platform, draft=True)
        )

        assert api(member).get(FAVORITES).json()["count"] == 0

    @pytest.mark.parametrize("body", [{}, {"product": 1, "sku": 1}, {"product": 987_654}], ids=str)
    def test_refuses_nonsense(self, body, api, member):
        answer = api(member).post(FAVORITES, body, headers={"Idempotency-Key": "favorite-1"})

        assert answer.status_code == 400

    def test_has_a_limit(self, member, customer, platform, product, now):
        for one in ProductFactory.create_batch(MOST_FAVORITES, tenant=platform):
            FavoriteFactory(user=member, customer=customer, product=one)

        with pytest.raises(TooManyFavorites):
            services.add_favorite(customer=customer, thing=product, actor=member, now=now)

        assert Favorite.objects.count() == MOST_FAVORITES

    def test_are_the_own_ones(self, api, member, customer, product, outsider, boss):
        favorite = FavoriteFactory(user=member, customer=customer, product=product)

        for user in (outsider, boss):
            assert api(user).get(FAVORITES).json().get("count", 0) == 0
            assert api(user).delete(f"{FAVORITES}{favorite.pk}/").status_code in {403, 404}
        assert Favorite.objects.exists()

    @pytest.mark.parametrize("rows", [1, 10])
    def test_query_count_does_not_grow(
        self, rows, api, member, customer, platform, django_assert_num_queries
    ):
        for one in ProductFactory.create_batch(rows, tenant=platform):
            FavoriteFactory(user=member, customer=customer, product=one)
        client = api(member)
        client.get(FAVORITES)

        with django_assert_num_queries(3):  # the customer acted for, count, rows
            assert client.get(FAVORITES).json()["count"] == rows
