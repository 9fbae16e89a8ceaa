"""S1: every field at /graphql/, from the schema: nobody reads a row that is not his."""

import pytest

from kboss.graph import graph
from tests.isolation.world import CANARY, WORLD, victim

pytestmark = pytest.mark.django_db

# Field of the query → the label of the row in the world that it shows; None: for all who may buy.
FIELDS: dict[str, str | None] = {
    "categories": None,
    "vendors": None,
    "products": None,
    "product": None,
    "skus": None,
    "orders": "orders.Order",
    "order": "orders.Order",
    "resources": "clouds.Resource",
    "resource": "clouds.Resource",
    "bills": "billing.Bill",
    "bill": "billing.Bill",
}
LISTS = sorted((name, label) for name, label in FIELDS.items() if label and name.endswith("s"))
ROWS = sorted((name, label) for name, label in FIELDS.items() if label and not name.endswith("s"))
OTHERS = pytest.mark.parametrize("who", ["outsider", "rival_boss", "stranger"])


def test_every_field_is_listed():
    assert set(graph._schema.query_type.fields) == set(FIELDS)


@OTHERS
@pytest.mark.parametrize(("name", "label"), LISTS)
def test_lists_are_empty_for_others(name, label, who, api, platform, request):
    WORLD[label](victim(platform))

    answer = ask(api(request.getfixturevalue(who)), f"{{ {name} {{ count results {{ id }} }} }}")

    assert answer == {"data": {name: {"count": 0, "results": []}}}


@OTHERS
@pytest.mark.parametrize(("name", "label"), ROWS)
def test_rows_of_others_are_rows_that_do_not_exist(name, label, who, api, platform, request):
    row = WORLD[label](victim(platform))
    client = api(request.getfixturevalue(who))

    theirs, unknown = (
        ask(client, f"{{ {name}(id: {pk}) {{ id status }} }}") for pk in (row.pk, 99_999_999)
    )

    assert theirs["data"] == unknown["data"] == {name: None}
    assert theirs["errors"][0]["message"] == unknown["errors"][0]["message"]
    assert CANARY not in str(theirs)


def ask(client, query):
    return client.post("/graphql/", {"query": query}).json()
