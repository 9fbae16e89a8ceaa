"""The API's doors: categories, products, quotes."""

from decimal import Decimal

import pytest

from apps.products.models import Quote
from apps.products.selectors import QuoteLineIn
from apps.products.services import create_quote
from tests.factories.customers import CustomerFactory, MembershipFactory
from tests.factories.products import (
    CategoryFactory,
    CustomerDiscountFactory,
    PriceFactory,
    ProductFactory,
    QuoteFactory,
    SkuFactory,
    VendorFactory,
)
from tests.factories.rbac import UserFactory, give_role
from tests.support.catalogue import on_the_shelf

pytestmark = pytest.mark.django_db
PRODUCTS, QUOTES = "/api/v1/products/", "/api/v1/quotes/"


@pytest.fixture
def product(platform):
    return ProductFactory(
        tenant=platform,
        name="通用云服务器",
        code="ecs-g7",
        summary="稳定可靠",
        vendor=VendorFactory(code="aliyun", name="阿里云"),
        category=CategoryFactory(slug="compute", name="云服务器"),
    )


@pytest.fixture
def sku(product):
    sku = SkuFactory(product=product, code="ecs-g7-large", name="2 核 4 GiB", stock=7)
    PriceFactory(sku=sku, unit_price=Decimal("168.00"), unit_cost=Decimal("123.45"))
    return sku


class TestCatalogue:
    def test_lists_what_is_on_sale(self, api, member, sku, product, platform):
        ProductFactory(tenant=platform, draft=True)

        answer = api(member).get(PRODUCTS).json()

        assert answer["results"] == [
            {
                "id": product.pk,
                "code": "ecs-g7",
                "name": "通用云服务器",
                "summary": "稳定可靠",
                "vendor": {"code": "aliyun", "name": "阿里云"},
                "category": {"slug": "compute", "name": "云服务器"},
                "price_from": "168.00",
                "billing_modes": ["monthly"],
                "offers": [{"region": "cn-beijing", "billing_mode": "monthly"}],
            }
        ]

    def test_shows_a_product_with_its_skus_and_never_the_cost(self, api, member, sku, product):
        answer = api(member).get(f"{PRODUCTS}{product.pk}/", headers={"Accept-Language": "zh-hans"})

        assert answer.json()["skus"] == [
            {
                "id": sku.pk,
                "code": "ecs-g7-large",
                "name": "2 核 4 GiB",
                "specification": {"vcpu": 2, "memory_gib": 4},
                "specification_text": "2 vCPU · 4 GiB",
                "region": "cn-beijing",
                "region_name": "北京",
                "zone": "",
                "spec_version": 1,
                "billing_mode": "monthly",
                "billing_mode_label": "包月",
                "is_metered": False,
                "unit_price": "168.00",
                "stock": 7,
            }
        ]
        assert answer.json()["tax_rate"] == "0.06"
        assert "123.45" not in answer.content.decode()

    @pytest.mark.parametrize(
        "query",
        [
            "search=云服务",
            "search=用云",
            "search=ECS",
            "search=g7-large",
            "search=阿里 通用",
            "search=可靠",
            "category=compute",
            "vendor=aliyun",
            "region=cn-beijing",
            "billing_mode=monthly&search=核",
        ],
    )
    def test_finds(self, query, api, member, sku, product, platform):
        ProductFactory(tenant=platform, name="Redis")
        on_the_shelf()

        found = api(member).get(f"{PRODUCTS}?{query}").json()["results"]

        assert [row["id"] for row in found] == [product.pk]

    @pytest.mark.parametrize(
        "query",
        ["search=百度", "search=%", "category=none", "vendor=none", "billing_mode=yearly"],
    )
    def test_does_not_find(self, query, api, member, sku):
        on_the_shelf()

        assert api(member).get(f"{PRODUCTS}?{query}").json()["count"] == 0

    @pytest.mark.parametrize("rows", [1, 10])
    def test_query_count_does_not_grow(
        self, rows, api, member, platform, django_assert_num_queries
    ):
        for _ in range(rows):
            product = ProductFactory(tenant=platform)
            SkuFactory.create_batch(3, product=product, price="1.00")
        client = api(member)
        client.get(PRODUCTS)

        # the customer, count, keys, products with vendor and category, SKUs
        with django_assert_num_queries(5):
            assert client.get(PRODUCTS).json()["count"] == rows

    @pytest.mark.parametrize(
        ("user", "status"), [("boss", 200), ("clerk", 200), ("stranger", 404), ("outsider", 200)]
    )
    def test_detail_by_role(self, user, status, api, product, request):
        client = api(request.getfixturevalue(user))

        assert client.get(f"{PRODUCTS}{product.pk}/").status_code == status

    @pytest.mark.parametrize("trait", ["draft", "stopped", "retired"])
    def test_what_is_off_the_shelf_does_not_exist_for_customers(
        self, trait, api, member, boss, platform
    ):
        url = f"{PRODUCTS}{ProductFactory(tenant=platform, **{trait: True}).pk}/"

        assert api(member).get(url).status_code == 404
        assert api(boss).get(url).status_code == 200

    def test_other_tenants_products_do_not_exist(self, api, member, rival_boss, rival, distributor):
        theirs = ProductFactory(tenant=distributor)

        for user in (member, rival_boss):
            assert api(user).get(f"{PRODUCTS}{theirs.pk}/").status_code == 404
            assert api(user).get(PRODUCTS).json()["count"] == 0

    def test_asks_to_sign_in(self, api):
        answer = api(None).get(PRODUCTS)

        assert (answer.status_code, answer.json()["code"]) in [
            (401, "core.not_authenticated"),
            (403, "core.not_authenticated"),
        ]

    def test_lists_the_vendors_on_offer(self, api, member, stranger):
        VendorFactory(code="oldcloud", name="旧云", is_active=False)
        VendorFactory(code="newcloud", name="新云")

        answer = api(member).get("/api/v1/vendors/").json()["results"]

        assert {"code": "newcloud", "name": "新云"} in answer
        assert "oldcloud" not in {vendor["code"] for vendor in answer}
        assert api(stranger).get("/api/v1/vendors/").json()["count"] == 0

    def test_lists_categories_in_order(self, api, member, stranger, product):
        CategoryFactory(slug="first", name="最先", position=0)
        product.category.position = 1
        product.category.save()

        answer = api(member).get("/api/v1/categories/").json()["results"]

        assert [row["slug"] for row in answer] == ["first", "compute"]
        assert api(stranger).get("/api/v1/categories/").json()["count"] == 0


def explained_line(sku, wide, narrow):
    """Two for three months, under two discounts, told in Chinese."""
    return {
        "sku": {"id": sku.pk, "code": "ecs-g7-large", "name": "通用云服务器 2 核 4 GiB"},
        "quantity": 2,
        "periods": 3,
        "billing_mode": "monthly",
        "is_metered": False,
        "unit_price": "168.00",
        "list_amount": "1008.00",
        "amount": "856.80",
        "savings": "151.20",
        "steps": [
            {
                "kind": "list",
                "name": "目录价",
                "rule": None,
                "before": "0.00",
                "after": "1008.00",
                "reason": "¥168.00 × 2 × 3（包月）",
            },
            {
                "kind": "customer_discount",
                "name": "框架",
                "rule": f"customer-discount:{narrow.pk}",
                "before": "1008.00",
                "after": "856.80",
                "reason": "8.5 折，适用于产品“通用云服务器”",
            },
        ],
        "rejected": [
            {
                "rule": f"customer-discount:{wide.pk}",
                "name": "新客",
                "reason": "“框架”的范围更具体，优先生效",
            }
        ],
        "tax": "48.50",
        "margin": None,
    }


class TestQuotes:
    def test_metered_use_is_an_estimate_and_not_due_at_once(self, api, member, product):
        hourly = SkuFactory(product=product, billing_mode="hourly", price="0.50")

        body = (
            api(member)
            .post(QUOTES, {"lines": [{"sku": hourly.pk, "quantity": 1, "periods": 24}]})
            .json()
        )

        assert (body["total"], body["due_now"]) == ("12.00", "0.00")
        assert body["lines"][0]["is_metered"] is True

    def test_makes_an_explained_quote(self, api, member, customer, sku, product):
        wide = CustomerDiscountFactory(customer=customer, name="新客", rate=Decimal("0.9"))
        narrow = CustomerDiscountFactory(
            customer=customer, name="框架", rate=Decimal("0.85"), product=product
        )

        answer = api(member).post(
            QUOTES,
            {"lines": [{"sku": sku.pk, "quantity": 2, "periods": 3}]},
            headers={"Accept-Language": "zh-hans"},
        )

        assert answer.status_code == 201
        body = answer.json()
        totals = [body[name] for name in ("list_total", "total", "due_now", "savings")]
        assert totals == ["1008.00", "856.80", "856.80", "151.20"]
        assert body["lines"] == [explained_line(sku, wide, narrow)]
        assert api(member).get(f"{QUOTES}{body['id']}/").json()["lines"][0]["amount"] == "856.80"

    def test_preview_writes_nothing(self, api, member, sku):
        answer = api(member).post(f"{QUOTES}preview/", {"lines": [{"sku": sku.pk}]})

        assert (answer.status_code, answer.json()["total"]) == (200, "168.00")
        assert not Quote.objects.exists()

    def test_one_key_makes_one_quote(self, api, member, sku):
        client = api(member)
        basket = {"lines": [{"sku": sku.pk}]}
        key = {"Idempotency-Key": "quote-0001"}

        first = client.post(QUOTES, basket, headers=key)
        again = client.post(QUOTES, basket, headers=key)
        other = client.post(QUOTES, {"lines": [{"sku": sku.pk, "quantity": 2}]}, headers=key)

        assert (first.status_code, again.json()) == (201, first.json())
        assert again.headers["Idempotency-Hit"] == "true"
        assert other.status_code == 422
        assert Quote.objects.count() == 1

    def test_staff_name_the_customer(self, api, boss, clerk, customer, sku, platform):
        basket = {"lines": [{"sku": sku.pk}]}

        assert api(boss).post(QUOTES, {**basket, "customer": customer.pk}).status_code == 201
        assert api(clerk).post(QUOTES, {**basket, "customer": customer.pk}).status_code == 400
        mine = CustomerFactory(tenant=platform, owner=clerk)
        assert api(clerk).post(QUOTES, {**basket, "customer": mine.pk}).status_code == 201

    def test_portal_users_cannot_quote_for_others(self, api, member, sku, platform):
        other = CustomerFactory(tenant=platform)

        answer = api(member).post(QUOTES, {"lines": [{"sku": sku.pk}], "customer": other.pk})

        assert answer.status_code == 400
        assert not Quote.objects.exists()

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"lines": []},
            {"lines": [{"sku": 0}]},
            {"lines": [{"quantity": 1}]},
            {"lines": "all"},
            {"lines": [{"sku": 987654321}]},
            {"lines": [{"sku": 2**63}]},
        ],
        ids=str,
    )
    def test_refuses_as_problem_json(self, body, api, member, sku):
        answer = api(member).post(QUOTES, body)

        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
        assert answer.json()["errors"][0]["field"].startswith("lines")

    @pytest.mark.parametrize(
        "line", [{"quantity": 0}, {"quantity": 10_001}, {"periods": 0}, {"quantity": 1.5}], ids=str
    )
    def test_refuses_odd_quantities(self, line, api, member, sku):
        answer = api(member).post(QUOTES, {"lines": [{"sku": sku.pk, **line}]})

        assert answer.status_code == 400
        assert not Quote.objects.exists()

    def test_a_sku_without_price_is_a_conflict(self, api, member, product):
        answer = api(member).post(QUOTES, {"lines": [{"sku": SkuFactory(product=product).pk}]})

        assert (answer.status_code, answer.json()["code"]) == (409, "products.sku_has_no_price")

    @pytest.mark.parametrize(
        ("user", "status"),
        [("boss", 200), ("member", 200), ("stranger", 404), ("clerk", 404), ("outsider", 404)],
    )
    def test_detail_by_role(self, user, status, api, boss, customer, sku, now, request):
        quote = create_quote(customer=customer, lines=[QuoteLineIn(sku.pk)], actor=boss, now=now)
        client = api(request.getfixturevalue(user))

        assert client.get(f"{QUOTES}{quote.pk}/").status_code == status

    def test_other_tenants_quotes_do_not_exist(self, api, rival_boss, customer):
        quote = QuoteFactory(customer=customer)

        assert api(rival_boss).get(f"{QUOTES}{quote.pk}/").status_code == 404

    def test_needs_permission(self, api, customer, member, sku):
        accountant = give_role(UserFactory(tenant=customer.tenant), "portal-finance")
        MembershipFactory(customer=customer, user=accountant)

        answer = api(accountant).post(QUOTES, {"lines": [{"sku": sku.pk}]})

        assert (answer.status_code, answer.json()["code"]) == (403, "core.forbidden")
