"""Search, facets and suggestions: what is found, and what nobody ever finds."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.products.enums import BillingMode
from apps.products.models import ShelfEntry, ShelfOffer
from apps.products.services import refresh_changed, set_price
from apps.products.words import asked_words, folded
from tests.factories.products import (
    CategoryFactory,
    PriceFactory,
    ProductFactory,
    SkuFactory,
    VendorFactory,
)
from tests.support.catalogue import on_the_shelf

pytestmark = pytest.mark.django_db
PRODUCTS, FACETS = "/api/v1/products/", "/api/v1/products/facets/"
SUGGESTIONS = "/api/v1/products/suggestions/"
ZH = {"Accept-Language": "zh-hans"}


@pytest.fixture
def server(platform):
    """A server in Beijing by the month and in Shanghai by the hour."""
    product = ProductFactory(
        tenant=platform,
        name="通用云服务器",
        code="ecs-g7",
        vendor=VendorFactory(code="aliyun", name="阿里云"),
        category=CategoryFactory(slug="compute", name="云服务器"),
    )
    SkuFactory(product=product, name="2 核 4 GiB", region="cn-beijing", price="168.00")
    SkuFactory(
        product=product,
        name="4 核 8 GiB",
        region="cn-shanghai",
        billing_mode=BillingMode.HOURLY,
        price="0.50",
    )
    return product


@pytest.fixture
def gpu(platform):
    product = ProductFactory(
        tenant=platform,
        name="GPU 训练集群",
        vendor=VendorFactory(code="baidu", name="百度智能云"),
        category=CategoryFactory(slug="gpu", name="GPU 算力"),
    )
    facts = {"gpu_model": "昇腾 910B", "gpu_count": 8}
    SkuFactory(product=product, specification=facts, name="8 卡", price="98000.00")
    return product


@pytest.fixture
def shelf(server, gpu):
    on_the_shelf()
    return server, gpu


def ids(api, user, query):
    answer = api(user).get(f"{PRODUCTS}?{query}")
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["results"]]


class TestWords:
    @pytest.mark.parametrize(
        "query",
        [
            "云服务",
            "用云服",
            "北京云服务器",
            "北京 通用 包月",
            "服务器包月",
            "2核4g",
            "２核",
            "2 核 4 GIB",
            "ECS",
            "阿里云",
            "aliyun 通用",
            "shanghai",
        ],
    )
    def test_find(self, query, api, member, shelf):
        assert ids(api, member, f"search={query}") == [shelf[0].pk]

    @pytest.mark.parametrize("query", ["昇腾", "昇腾910b", "8卡", "8 cards", "训练"])
    def test_find_by_specification(self, query, api, member, shelf):
        assert ids(api, member, f"search={query}") == [shelf[1].pk]

    @pytest.mark.parametrize("query", ["广州", "云服务器 昇腾", "%", "_", "\\", "核4核"])
    def test_miss(self, query, api, member, shelf):
        assert ids(api, member, f"search={query}") == []

    def test_are_folded_alike(self):
        assert folded("２ 核 4 GiB") == folded("2核4gib")
        assert asked_words("北京云服务器 包年", ["北京", "包年"]) == ["北京", "云服务器", "包年"]

    @pytest.mark.sqlite
    def test_are_found_on_both_databases(self, api, member, shelf):
        assert ids(api, member, "search=北京云服务器") == [shelf[0].pk]
        assert ids(api, member, "gpu_model=昇腾 910B") == [shelf[1].pk]


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("region=cn-beijing&billing_mode=monthly", {0, 1}),
            ("region=cn-beijing&billing_mode=hourly", set()),  # no one SKU is both
            ("region=cn-shanghai,cn-hangzhou", {0}),
            ("vendor=aliyun,baidu", {0, 1}),
            ("category=gpu", {1}),
            ("price_min=0.50&price_max=0.51", {0}),
            ("price_min=168&price_max=168", set()),
            ("price_min=10000", {1}),
            ("gpu_model=昇腾 910B", {1}),
        ],
    )
    def test_narrow(self, query, found, api, member, shelf):
        assert set(ids(api, member, query)) == {shelf[place].pk for place in found}

    @pytest.mark.parametrize("query", ["billing_mode=weekly", "price_min=-1", "ordering=cost"])
    def test_refuse_what_they_do_not_know(self, query, api, member, shelf):
        for url in (PRODUCTS, FACETS):
            assert api(member).get(f"{url}?{query}").status_code == 400

    def test_order_by_price(self, api, member, shelf):
        server, gpu = shelf

        assert ids(api, member, "ordering=price") == [server.pk, gpu.pk]
        assert ids(api, member, "ordering=-price") == [gpu.pk, server.pk]


class TestFacets:
    def get(self, api, user, query=""):
        return api(user).get(f"{FACETS}?{query}", headers=ZH).json()

    def test_count_products(self, api, member, shelf):
        found = self.get(api, member)

        assert found["count"] == 2
        assert found["region"] == [
            {"value": "cn-beijing", "label": "北京", "count": 2},
            {"value": "cn-shanghai", "label": "上海", "count": 1},
        ]
        assert [one["value"] for one in found["billing_mode"]] == ["hourly", "monthly"]
        assert found["gpu_model"] == [{"value": "昇腾 910B", "label": "昇腾 910B", "count": 1}]
        assert found["price"] == [
            {"low": "0.00", "high": "100.00", "count": 1},
            {"low": "100.00", "high": "500.00", "count": 1},
            {"low": "50000.00", "high": None, "count": 1},
        ]

    def test_within_a_facet_tell_what_another_choice_would_find(self, api, member, shelf):
        found = self.get(api, member, "vendor=aliyun&region=cn-beijing")

        assert found["count"] == 1
        assert {one["value"]: one["count"] for one in found["vendor"]} == {"aliyun": 1, "baidu": 1}
        assert {one["value"] for one in found["category"]} == {"compute"}
        assert {one["value"] for one in found["billing_mode"]} == {"monthly"}
        assert found["gpu_model"] == []

    def test_agree_with_the_list(self, api, member, shelf):
        for query in ("", "search=核", "region=cn-beijing", "price_max=1", "search=无"):
            listed = len(ids(api, member, query))
            assert self.get(api, member, query)["count"] == listed

    @pytest.mark.parametrize("rows", [1, 10])
    def test_query_count_does_not_grow(
        self, rows, api, member, platform, django_assert_num_queries
    ):
        for _ in range(rows):
            SkuFactory(product=ProductFactory(tenant=platform), price="1.00")
        on_the_shelf()
        client = api(member)
        client.get(FACETS)

        # the customer, offers, names of regions, categories and vendors
        with django_assert_num_queries(5):
            assert client.get(FACETS).json()["count"] == rows


class TestWhatNobodyMaySee:
    @pytest.mark.parametrize("trait", ["draft", "stopped", "retired"])
    def test_is_in_no_search_facet_or_suggestion(self, trait, api, member, boss, platform, shelf):
        hidden = ProductFactory(
            tenant=platform, name="秘密产品", vendor=VendorFactory(code="secret"), **{trait: True}
        )
        SkuFactory(product=hidden, price="1.00", region="cn-guangzhou")
        on_the_shelf()

        for query in ("search=秘密", "vendor=secret", "region=cn-guangzhou"):
            assert ids(api, member, query) == []
            assert ids(api, boss, query) == [hidden.pk]
        client = api(member)
        assert client.get(f"{SUGGESTIONS}?search=秘密").json() == []
        assert "cn-guangzhou" not in client.get(FACETS).content.decode()
        assert "secret" not in client.get(FACETS).content.decode()

    def test_is_another_tenant_s(self, api, member, rival_boss, distributor, shelf):
        theirs = ProductFactory(tenant=distributor, name="渠道专供")
        SkuFactory(product=theirs, price="1.00", region="cn-guangzhou")
        on_the_shelf()

        for user in (member, rival_boss):
            assert ids(api, user, "search=渠道") == []
            assert api(user).get(f"{SUGGESTIONS}?search=渠道").json() == []
            assert "cn-guangzhou" not in api(user).get(FACETS).content.decode()

    def test_is_everything_for_a_stranger(self, api, stranger, shelf):
        assert ids(api, stranger, "search=云") == []
        assert api(stranger).get(FACETS).json()["count"] == 0
        assert api(stranger).get(f"{SUGGESTIONS}?search=云").json() == []

    @pytest.mark.parametrize("url", [FACETS, SUGGESTIONS])
    def test_asks_to_sign_in(self, url, api):
        assert api(None).get(url).status_code in {401, 403}


class TestSuggestions:
    def test_names_that_have_it_come_first(self, api, member, server, platform):
        named = ProductFactory(tenant=platform, name="阿里云数据库", category=server.category)
        on_the_shelf()

        found = api(member).get(f"{SUGGESTIONS}?search=阿里").json()

        assert [row["id"] for row in found] == [named.pk, server.pk]
        assert found[1]["vendor"] == {"code": "aliyun", "name": "阿里云"}

    def test_of_nothing_are_none(self, api, member, shelf):
        assert api(member).get(SUGGESTIONS).json() == []


class TestFreshness:
    def test_a_price_set_is_found_at_once(self, api, member, boss, shelf):
        sku = shelf[0].skus.get(region="cn-beijing")

        set_price(sku=sku, unit_price=Decimal("99.00"), actor=boss, now=timezone.now())

        assert ids(api, member, "price_min=98&price_max=100") == [shelf[0].pk]

    def test_the_sweep_finds_what_told_nobody(self, api, member, shelf):
        server, gpu = shelf
        refresh_changed(now=timezone.now())
        server.vendor.name = "灵犀云"
        server.vendor.save()
        server.category.name = "弹性计算"
        server.category.save()
        gpu.skus.get().prices.get().delete()
        PriceFactory(sku=gpu.skus.get(), unit_price=Decimal("7.77"))

        refresh_changed(now=timezone.now())

        assert ids(api, member, "search=灵犀 弹性") == [server.pk]
        assert ids(api, member, "price_min=7&price_max=8") == [gpu.pk]

    def test_prices_that_begin_by_themselves_are_followed(self, shelf):
        now, (_server, gpu) = timezone.now(), shelf
        sku = gpu.skus.get()
        sku.prices.update(valid_until=now + timedelta(days=1))
        PriceFactory(sku=sku, unit_price=Decimal("5.00"), valid_from=now + timedelta(days=1))
        on_the_shelf(now)
        assert ShelfEntry.objects.get(product=gpu).priced_until == now + timedelta(days=1)

        refresh_changed(now=now + timedelta(days=2))

        assert ShelfOffer.objects.get(product=gpu).price_from == Decimal("5.00")

    def test_a_second_sweep_in_a_row_changes_nothing(self, shelf):
        refresh_changed(now=timezone.now())
        before = list(ShelfOffer.objects.order_by("pk").values())

        refresh_changed(now=timezone.now() + timedelta(hours=1))

        assert list(ShelfOffer.objects.order_by("pk").values()) == before
