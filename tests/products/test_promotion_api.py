"""The API's doors to promotions and vouchers, as the portal uses them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.orders.enums import OrderStatus
from apps.products import services as products
from apps.products.campaigns import PromotionKind, VoucherStatus
from apps.products.enums import ChangeType
from apps.products.models import Voucher
from tests.factories.customers import CustomerFactory, CustomerTagFactory
from tests.factories.products import ProductFactory, SkuFactory
from tests.factories.promotions import (
    CampaignFactory,
    PromotionFactory,
    VoucherBatchFactory,
    VoucherFactory,
)
from tests.products.test_claims import quote_with
from tests.support.purchases import buy

pytestmark = pytest.mark.django_db
PROMOTIONS, VOUCHERS = "/api/v1/promotions/", "/api/v1/vouchers/"
KEY = {"Idempotency-Key": "redeem-it-once"}


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def sku(platform):
    return SkuFactory(product=ProductFactory(tenant=platform), price="200.00")


def names(answer):
    return [row["name"] for row in answer.json()["results"]]


class TestPromotions:
    def test_show_what_is_left_and_when_it_ends(self, api, member, customer, platform, sku, now):
        sale = PromotionFactory(
            campaign=CampaignFactory(running=True, tenant=platform, banner="半价"),
            kind=PromotionKind.FLASH_SALE,
            name="秒杀",
            rate=Decimal("0.5"),
            sku=sku,
            cap_total=100,
            cap_per_customer=3,
            cap_budget=Decimal("999.00"),
        )
        quote = quote_with((sale.rule_key, 2, "10.00"), customer=customer)
        products.claim_rules(quote=quote, key="K", now=now)

        row = api(member).get(PROMOTIONS).json()["results"][0]

        assert (row["name"], row["kind"], row["campaign"]["banner"]) == (
            "秒杀",
            "flash_sale",
            "半价",
        )
        assert (row["stock"], row["left"], row["cap_per_customer"]) == (100, 1, 3)
        assert (row["summary"], row["covers"]["product"]) == ("5 折", sku.product_id)
        assert row["ends_at"] == timezone.localtime(sale.valid_until).isoformat()
        assert row["now"] >= row["starts_at"]
        assert "999.00" not in str(row)

    def test_are_those_that_run_now_and_are_for_me(self, api, member, customer, platform, now):
        live = CampaignFactory(running=True, tenant=platform)
        hour = timedelta(hours=1)
        tag = CustomerTagFactory(tenant=platform)
        customer.tags.add(tag)
        PromotionFactory(campaign=live, name="所有人")
        PromotionFactory(campaign=live, name="按等级", tiers=["standard"])
        PromotionFactory(campaign=live, name="按标签", tags=[tag])
        PromotionFactory(campaign=live, name="按客户", customers=[customer])
        PromotionFactory(campaign=live, name="按渠道", distributors=[platform])
        PromotionFactory(campaign=live, name="别的等级", tiers=["gold"])
        PromotionFactory(campaign=live, name="别的客户", customers=[CustomerFactory()])
        PromotionFactory(campaign=live, name="将来", valid_from=now + hour)
        PromotionFactory(campaign=live, name="过去", valid_until=now)
        PromotionFactory(campaign=CampaignFactory(tenant=platform), name="草稿")
        PromotionFactory(campaign=CampaignFactory(tenant=platform, paused=True), name="暂停")
        PromotionFactory(name="别家")

        answer = api(member).get(PROMOTIONS)

        assert set(names(answer)) == {"所有人", "按等级", "按标签", "按客户", "按渠道"}

    def test_for_a_first_order_are_for_who_has_ordered_nothing(
        self, api, member, customer, clerk, platform, sku, now
    ):
        welcome = PromotionFactory(
            campaign__tenant=platform, kind=PromotionKind.FIRST_ORDER, name="首单"
        )
        PromotionFactory(campaign__tenant=platform, name="人人")
        assert set(names(api(member).get(PROMOTIONS))) == {"首单", "人人"}

        buy(customer, sku, "100.00", now - timedelta(days=1), status=OrderStatus.REFUNDED)
        assert set(names(api(member).get(PROMOTIONS))) == {"首单", "人人"}  # it failed
        buy(customer, sku, "100.00", now)

        assert names(api(member).get(PROMOTIONS)) == ["人人"]
        assert api(member).get(f"{PROMOTIONS}{welcome.pk}/").status_code == 404
        assert set(names(api(clerk).get(PROMOTIONS))) == {"首单", "人人"}

    def test_say_where_and_how_they_count(self, api, member, platform):
        campaign = CampaignFactory(tenant=platform, running=True)
        PromotionFactory(campaign=campaign, name="北京", regions=["cn-beijing"])
        PromotionFactory(
            campaign=campaign,
            name="满减",
            kind=PromotionKind.SPEND_AND_SAVE,
            change=ChangeType.SPEND_AND_SAVE,
            rate=None,
            steps=[{"from": "100", "off": "10"}],
        )

        rows = {row["name"]: row for row in api(member).get(PROMOTIONS).json()["results"]}

        assert (rows["北京"]["regions"], rows["北京"]["billing_modes"]) == (["cn-beijing"], [])
        assert rows["满减"]["billing_modes"] == ["monthly", "one_off", "yearly"]  # what is prepaid

    def test_a_product_says_where_and_how_it_is_sold(self, api, member, platform):
        product = ProductFactory(tenant=platform)
        for region in ("cn-beijing", "cn-beijing", "cn-shanghai"):
            SkuFactory(product=product, region=region, price="5.00")
        SkuFactory(product=product, region="cn-wuxi", price="5.00", is_active=False)

        [row] = api(member).get("/api/v1/products/").json()["results"]

        assert row["offers"] == [
            {"region": "cn-beijing", "billing_mode": "monthly"},
            {"region": "cn-shanghai", "billing_mode": "monthly"},
        ]
        assert api(member).get(f"/api/v1/products/{product.pk}/").json()["offers"] == row["offers"]

    def test_of_others_do_not_exist(self, api, member, platform):
        other = PromotionFactory(campaign__tenant=platform, customers=[CustomerFactory()])

        assert api(member).get(f"{PROMOTIONS}{other.pk}/").status_code == 404

    @pytest.mark.parametrize(
        ("who", "status"), [("clerk", 200), ("boss", 200), ("stranger", 403), ("rival_boss", 200)]
    )
    def test_staff_see_their_tenants(self, who, status, api, platform, request):
        PromotionFactory(campaign__tenant=platform)

        answer = api(request.getfixturevalue(who)).get(PROMOTIONS)

        assert answer.status_code in {status, 200}
        shown = len(answer.json().get("results", []))
        assert shown == (1 if who in {"clerk", "boss"} else 0)

    @pytest.mark.parametrize("path", [PROMOTIONS, VOUCHERS])
    def test_ask_as_often_for_ten_as_for_one(self, path, api, member, customer, platform):
        campaign = CampaignFactory(running=True, tenant=platform)
        client = api(member)

        def one_more():
            PromotionFactory(campaign=campaign, cap_total=5, product=ProductFactory())
            VoucherFactory(customer=customer, batch__product=ProductFactory())

        one_more()
        client.get(path)  # permissions are read once
        with CaptureQueriesContext(connection) as one:
            client.get(path)
        for _ in range(9):
            one_more()
        with CaptureQueriesContext(connection) as ten:
            client.get(path)

        assert len(ten) == len(one)


class TestVouchers:
    def test_are_mine(self, api, member, customer):
        mine = VoucherFactory(customer=customer)
        VoucherFactory()

        rows = api(member).get(VOUCHERS).json()["results"]

        assert [(row["id"], row["face_value"], row["threshold"]) for row in rows] == [
            (mine.pk, "30.00", "100.00")
        ]
        assert rows[0]["summary"] == "满 ¥100.00 减 ¥30.00"

    def test_are_filtered_by_their_state(self, api, member, customer, now):
        VoucherFactory(customer=customer)
        used = VoucherFactory(customer=customer, status=VoucherStatus.USED, used_at=now)

        rows = api(member).get(VOUCHERS, {"status": "used"}).json()["results"]

        assert [row["id"] for row in rows] == [used.pk]

    def test_are_claimed_once_by_a_code(self, api, member, customer, platform):
        batch = VoucherBatchFactory(tenant=platform, claim_code="DOUBLE11")
        client = api(member)

        first = client.post(f"{VOUCHERS}redeem/", {"code": " double11 "}, headers=KEY)
        again = client.post(f"{VOUCHERS}redeem/", {"code": " double11 "}, headers=KEY)
        more = client.post(
            f"{VOUCHERS}redeem/", {"code": "DOUBLE11"}, headers={"Idempotency-Key": "another-one"}
        )

        assert (first.status_code, again.json()) == (201, first.json())
        assert (more.status_code, more.json()["code"]) == (409, "products.enough_vouchers")
        voucher = Voucher.objects.get()
        assert (voucher.customer, voucher.batch) == (customer, batch)

    @pytest.mark.parametrize("code", ["NOTHING", "RIVAL", "DRAFT"])
    def test_codes_of_nothing_say_so(self, code, api, member, platform, rival):
        VoucherBatchFactory(tenant=rival, claim_code="RIVAL")
        VoucherBatchFactory(tenant=platform, claim_code="DRAFT", draft=True)

        answer = api(member).post(f"{VOUCHERS}redeem/", {"code": code}, headers=KEY)

        assert (answer.status_code, answer.json()["code"]) == (400, "products.code_is_unknown")
        assert not Voucher.objects.exists()

    def test_staff_claim_none(self, api, boss, platform):
        VoucherBatchFactory(tenant=platform, claim_code="DOUBLE11")

        answer = api(boss).post(f"{VOUCHERS}redeem/", {"code": "DOUBLE11"}, headers=KEY)

        assert answer.status_code in {403, 404}
        assert not Voucher.objects.exists()


class TestUsable:
    def ask(self, client, sku, **more):
        body = {"lines": [{"sku": sku.pk, "quantity": 1, "periods": 1}], **more}
        return client.post(f"{VOUCHERS}usable/", body, format="json")

    def test_says_which_and_why_not(self, api, member, customer, platform, sku, now):
        def voucher(**facts):
            return VoucherFactory(customer=customer, **facts).pk

        best = voucher(batch__amount=Decimal("50.00"))
        good = voucher()
        reasons = {
            voucher(batch__threshold=Decimal("500.00")): "还差 ¥300.00 可用",
            voucher(batch__product=ProductFactory(name="对象存储")): "仅限 对象存储",
            voucher(batch__order_types=["renew"]): "不适用于此类订单",
            voucher(valid_from=now + timedelta(days=1)): "尚未到可用时间",
        }

        answer = self.ask(api(member), sku)

        assert answer.status_code == 200, answer.json()
        rows = answer.json()
        assert rows["best"] == [best]
        usable = [row["voucher"]["id"] for row in rows["vouchers"] if row["is_usable"]]
        assert usable == [best, good]
        said = {row["voucher"]["id"]: row["reason"] for row in rows["vouchers"] if row["reason"]}
        assert said == reasons

    def test_several_that_go_together_may_save_more(self, api, member, customer, sku):
        alone = VoucherFactory(customer=customer, batch__amount=Decimal("50.00"))
        pair = [VoucherFactory(customer=customer, batch__with_vouchers=True).pk for _ in range(2)]

        rows = self.ask(api(member), sku).json()

        assert rows["best"] == pair
        assert rows["vouchers"][0]["voucher"]["id"] == alone.pk

    def test_another_customer_is_nobody(self, api, member, sku):
        answer = self.ask(api(member), sku, customer=CustomerFactory().pk)

        assert answer.status_code == 400
