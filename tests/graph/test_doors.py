"""Who gets in at /graphql/, how much may be asked at once, and how it says no."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from graphql import get_introspection_query
from rest_framework.test import APIClient

from apps.core.graph.limits import DEEPEST, LONGEST, MOST_ALIASES
from apps.rbac.services import tokens
from tests.factories.products import ProductFactory

pytestmark = pytest.mark.django_db
URL = "/graphql/"
COUNT = "{ products { count } }"


def refusal(client, query, **headers):
    answer = client.post(URL, {"query": query}, headers=headers)
    [error] = answer.json()["errors"]
    return answer.status_code, error["extensions"]["code"], error["message"]


class TestWhoGetsIn:
    @pytest.mark.parametrize("query", [COUNT, get_introspection_query()])
    def test_nobody_without_signing_in(self, query, api):
        answers = [api(None).get(URL, {"query": query}), api(None).post(URL, {"query": query})]

        assert [answer.status_code for answer in answers] == [401, 401]
        assert answers[0].json()["code"] == "core.not_authenticated"
        assert "ProductPage" not in answers[1].content.decode()

    def test_who_is_signed_in_is_told_the_schema(self, api, member):
        answer = api(member).post(URL, {"query": get_introspection_query()}).json()

        types = answer["data"]["__schema"]["types"]
        assert "ProductPage" in {one["name"] for one in types}
        assert answer["data"]["__schema"]["mutationType"] is None

    def test_a_session_reads_by_address_and_posts_with_the_csrf_token_alone(self, member):
        client = Client(enforce_csrf_checks=True)
        client.force_login(member)

        read = client.get(URL, {"query": COUNT})
        posted = client.post(URL, {"query": COUNT}, content_type="application/json")

        assert (read.status_code, read.json()) == (200, {"data": {"products": {"count": 0}}})
        assert (posted.status_code, posted.json()["code"]) == (403, "core.forbidden")

    @pytest.mark.parametrize(("scope", "seen"), [("read", 1), ("orders.view_order", 0)])
    def test_a_token_sees_what_its_scopes_name(self, member, platform, scope, seen):
        ProductFactory(tenant=platform)
        now = timezone.now()
        key = tokens.create_token(
            user=member, name="x", scopes=[scope], expires_at=now + timedelta(days=1), now=now
        ).key
        client = APIClient(headers={"authorization": f"Bearer {key}"})

        answer = client.post(URL, {"query": COUNT})

        assert answer.json() == {"data": {"products": {"count": seen}}}


class TestLimits:
    def test_depth(self, api, member):
        query = "{ products " + "{ results " * DEEPEST + "{ id }" + " }" * DEEPEST + " }"

        assert refusal(api(member), query)[:2] == (400, "core.query_too_deep")

    def test_fragments_in_a_circle(self, api, member):
        query = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"

        assert refusal(api(member), query)[:2] == (400, "core.query_too_deep")

    def test_fragments_that_double(self, api, member):
        parts = [f"fragment F{n} on Query {{ {f'...F{n + 1} ' * 30} }}" for n in range(7)]
        query = "{ ...F0 } " + " ".join(parts) + " fragment F7 on Query { vendors { code } }"

        assert refusal(api(member), query)[:2] == (400, "core.query_too_costly")

    def test_aliases(self, api, member):
        many = " ".join(f"a{n}: vendors {{ code }}" for n in range(MOST_ALIASES + 1))

        assert refusal(api(member), f"{{ {many} }}")[:2] == (400, "core.query_aliases")

    @pytest.mark.parametrize(
        ("query", "variables"),
        [
            ("{ products(pageSize: 100) { %s } }", {}),
            ("query ($n: Int!) { products(pageSize: $n) { %s } }", {"n": 100}),
            ("query ($n: Int! = 100) { products(pageSize: $n) { %s } }", {}),
        ],
    )
    def test_cost_counts_what_the_pages_could_hold(self, query, variables, api, member):
        query %= "results { skus { id code name region zone } }"
        small = dict.fromkeys(variables, 20)

        refused = api(member).post(URL, {"query": query, "variables": variables}).json()
        read = api(member).post(URL, {"query": query.replace("100", "20"), "variables": small})

        assert refused["errors"][0]["extensions"]["code"] == "core.query_too_costly"
        assert read.json() == {"data": {"products": {"results": []}}}

    def test_length(self, api, member):
        answer = api(member).post(URL, {"query": COUNT + " " * LONGEST})

        assert (answer.status_code, answer.json()["code"]) == (400, "core.query_too_long")

    @pytest.mark.parametrize("page", ["page: 0", "pageSize: 0", "pageSize: 101"])
    def test_pages(self, page, api, member):
        _status, code, _text = refusal(api(member), f"{{ products({page}) {{ count }} }}")

        assert code == "core.page_invalid"


class TestRefusals:
    @pytest.mark.parametrize(
        "query",
        ["{ products", "{ secrets }", "mutation { pay }", "subscription { x }", "{ order { id } }"],
    )
    def test_of_what_is_no_query(self, query, api, member):
        assert refusal(api(member), query)[:2] == (400, "core.query_invalid")

    @pytest.mark.parametrize(
        "body", [{}, [], {"query": 1}, {"query": COUNT, "variables": [1]}, {"query": ""}]
    )
    def test_of_what_asks_nothing(self, body, api, member):
        answer = api(member).post(URL, body)

        assert (answer.status_code, answer.json()["code"]) == (400, "core.malformed")

    @pytest.mark.parametrize(("language", "words"), [("en", "Not found."), ("zh-hans", "未找到")])
    def test_speak_the_readers_language(self, language, words, api, member):
        answer = api(member).post(
            URL, {"query": "{ order(id: 1) { id } }"}, headers={"Accept-Language": language}
        )

        [error] = answer.json()["errors"]
        assert (answer.status_code, answer.json()["data"]) == (200, {"order": None})
        assert words in error["message"]
        assert error["extensions"]["code"] == "core.not_found"
        assert error["path"] == ["order"]

    def test_what_nobody_foresaw_is_the_servers_fault(self, api, member, monkeypatch):
        def broken(*_args, **_options):
            raise ZeroDivisionError("secret of the house")

        monkeypatch.setattr("apps.products.api.graph.rows", broken)

        with pytest.raises(ZeroDivisionError):
            api(member).post(URL, {"query": COUNT})
