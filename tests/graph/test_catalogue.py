"""The catalogue in GraphQL shows to each what the REST API shows him (CAT-3)."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.products.enums import Visibility
from tests.factories.products import (
    PriceFactory,
    ProductFactory,
    ProductInvitationFactory,
    SkuFactory,
)
from tests.support.catalogue import on_the_shelf

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
LIST = "{ products(pageSize: 100) { count results { id } } }"
ONE = "query ($id: Int!) { product(id: $id) { id } skus(product: $id) { results { id } } }"
ALL = """{
  products { count results {
    id code name summary description priceFrom taxRate billingModes
    vendor { code name } category { id slug name }
    skus { id code name specification specificationText region regionName zone specVersion
           billingMode billingModeLabel isMetered unitPrice stock }
  } }
  categories { id slug name }
  vendors { code name }
}"""


def ask(client, query, **variables):
    answer = client.post("/graphql/", {"query": query, "variables": variables})
    return answer.json()


@pytest.fixture
def shelf(platform, rival, customer):
    """One of each that a rule of CAT-3 tells apart."""
    made = {
        "public": ProductFactory(tenant=platform),
        "invited": ProductFactory(tenant=platform, visibility=Visibility.INVITED),
        "closed": ProductFactory(tenant=platform, visibility=Visibility.INVITED),
        "hidden": ProductFactory(tenant=platform, visibility=Visibility.HIDDEN),
        "draft": ProductFactory(tenant=platform, draft=True),
        "grey to all": ProductFactory(tenant=platform, grey=100),
        "grey to none": ProductFactory(tenant=platform, grey=0),
        "of another tenant": ProductFactory(tenant=rival),
    }
    ProductInvitationFactory(product=made["invited"], customer=customer)
    for product in made.values():
        SkuFactory(product=product, price="10.00")
    on_the_shelf()
    return made


@pytest.mark.parametrize("who", ["member", "stranger", "clerk", "boss", "rival_boss", "outsider"])
def test_everybody_sees_what_rest_shows_him(who, shelf, api, request):
    client = api(request.getfixturevalue(who))

    listed = ask(client, LIST)["data"]["products"]

    rest = client.get("/api/v1/products/?page_size=100").json()
    assert [row["id"] for row in listed["results"]] == [row["id"] for row in rest["results"]]
    assert listed["count"] == rest["count"]
    for name, product in shelf.items():
        answer = ask(client, ONE, id=product.pk)
        is_there = client.get(f"/api/v1/products/{product.pk}/").status_code == 200
        assert (answer["data"]["product"] is not None) == is_there, name
        assert (answer["data"]["skus"] is not None) == is_there, name


def test_a_customer_sees_what_is_offered_to_him(shelf, api, member):
    listed = ask(api(member), LIST)["data"]["products"]["results"]

    offered = {shelf[name].pk for name in ("public", "invited", "grey to all")}
    assert {row["id"] for row in listed} == offered


def test_what_he_may_not_see_does_not_exist(shelf, api, member):
    hidden = ask(api(member), ONE, id=shelf["hidden"].pk)
    unknown = ask(api(member), ONE, id=99_999_999)

    for answer in (hidden, unknown):
        for error in answer["errors"]:
            error["extensions"].pop("request_id")
    assert hidden == unknown
    assert {error["extensions"]["code"] for error in hidden["errors"]} == {"core.not_found"}


def test_says_the_same_of_a_product_as_rest(api, member, platform):
    product = ProductFactory(tenant=platform)
    sku = SkuFactory(product=product, stock=7)
    PriceFactory(sku=sku, unit_price=Decimal("168.00"), unit_cost=Decimal("123.45"))
    client = api(member)

    answer = client.post("/graphql/", {"query": ALL}).json()

    [shown] = answer["data"]["products"]["results"]
    rest = client.get(f"/api/v1/products/{product.pk}/").json()
    assert shown["priceFrom"] == rest["price_from"] == "168.00"
    assert shown["taxRate"] == rest["tax_rate"]
    assert shown["billingModes"] == rest["billing_modes"]
    assert shown["vendor"] == rest["vendor"]
    assert [_snake(one) for one in shown["skus"]] == rest["skus"]
    assert "123.45" not in str(answer)


def test_filters_and_orders_as_rest_does(shelf, api, member):
    client = api(member)
    code = shelf["public"].vendor.code
    query = 'query ($v: [String!]) { products(vendor: $v, ordering: "-price") { results { id } } }'

    found = ask(client, query, v=[code, "nobody"])["data"]["products"]["results"]

    rest = client.get(f"/api/v1/products/?vendor={code},nobody&ordering=-price").json()
    assert [row["id"] for row in found] == [row["id"] for row in rest["results"]]
    assert found


def test_refuses_a_filter_that_it_does_not_know(api, member):
    answer = ask(api(member), '{ products(ordering: "tastiest") { count } }')

    [error] = answer["errors"]
    assert error["extensions"]["code"] == "core.invalid"
    assert error["extensions"]["errors"][0]["field"] == "ordering"


def test_pages_through_the_skus_of_a_product(api, member, platform):
    product = ProductFactory(tenant=platform)
    skus = [SkuFactory(product=product, position=n, price="1.00") for n in range(5)]
    query = "{ skus(product: %d, page: 2, pageSize: 2) { count results { id unitPrice } } }"

    answer = ask(api(member), query % product.pk)

    assert answer["data"]["skus"] == {
        "count": 5,
        "results": [{"id": sku.pk, "unitPrice": "1.00"} for sku in skus[2:4]],
    }


def test_the_same_queries_for_one_product_and_ten(api, member, platform):
    client = api(member)
    _products(platform, 1)
    ask(client, ALL)  # what a process keeps is there
    with CaptureQueriesContext(connection) as once:
        ask(client, ALL)
    _products(platform, 9)

    with CaptureQueriesContext(connection) as often:
        answer = ask(client, ALL)

    assert len(answer["data"]["products"]["results"]) == 10
    assert len(often) == len(once)


def _products(platform, count):
    for product in ProductFactory.create_batch(count, tenant=platform):
        SkuFactory.create_batch(2, product=product, price="3.00")


def _snake(shown):
    names = {name: "".join(f"_{c.lower()}" if c.isupper() else c for c in name) for name in shown}
    return {names[name]: value for name, value in shown.items()}
