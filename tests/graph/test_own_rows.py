"""Orders, resources and bills in GraphQL: each to those to whom the REST API shows it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.customers import CustomerFactory
from tests.isolation.world import WORLD

pytestmark = pytest.mark.django_db
FIELDS = {
    "order": (
        "orders.Order",
        "id number status statusLabel summary total listTotal createdAt paidAt completedAt "
        "lines { position name quantity periods billingMode billingModeLabel listAmount amount }",
    ),
    "resource": (
        "clouds.Resource",
        "id name status statusLabel vendorId vendor product customer region regionName "
        "specification billingMode billingModeLabel publicIp privateIp problem createdAt "
        "activatedAt expiresAt releasedAt",
    ),
    "bill": (
        "billing.Bill",
        "id number month status statusLabel listTotal total owed itemsCount revision issuedAt "
        "paidAt",
    ),
}
CASES = pytest.mark.parametrize("name", sorted(FIELDS))


def ask(client, query):
    return client.post("/graphql/", {"query": query}).json()


def page(name):
    return f"{{ {name}s {{ count results {{ {FIELDS[name][1]} }} }} }}"


@CASES
@pytest.mark.parametrize("who", ["member", "clerk", "boss"])
def test_says_what_rest_says(name, who, api, customer, request):
    row = WORLD[FIELDS[name][0]](customer)
    client = api(request.getfixturevalue(who))
    rest = client.get(f"/api/v1/{name}s/").json()

    listed = ask(client, page(name))["data"][f"{name}s"]

    assert listed["count"] == rest["count"]
    assert [one["id"] for one in listed["results"]] == [one["id"] for one in rest["results"]]
    if rest["count"]:
        one = ask(client, f"{{ {name}(id: {row.pk}) {{ {FIELDS[name][1]} }} }}")["data"][name]
        assert one == listed["results"][0]
        same = {"number", "status", "total", "owed", "month", "summary", "name"} & set(one)
        assert {key: one[key] for key in same} == {key: rest["results"][0][key] for key in same}


@CASES
def test_the_same_queries_for_one_row_and_ten(name, api, boss, customer):
    client, make = api(boss), WORLD[FIELDS[name][0]]
    make(customer)
    ask(client, page(name))  # what a process keeps is there
    with CaptureQueriesContext(connection) as once:
        ask(client, page(name))
    for _ in range(9):
        make(CustomerFactory(tenant=customer.tenant))

    with CaptureQueriesContext(connection) as often:
        answer = ask(client, page(name))

    assert answer["data"][f"{name}s"]["count"] == 10
    assert len(often) == len(once)
