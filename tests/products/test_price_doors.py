"""Doors of prices over time and price changes: the admin's pages and the API."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.approvals.models import Approval
from apps.products.enums import PriceChangeStatus
from apps.products.models import Price, PriceBand, PriceChange
from apps.products.services import set_price
from tests.factories.products import (
    LONG_AGO,
    PriceBandFactory,
    PriceChangeBatchFactory,
    PriceChangeFactory,
    PriceFactory,
    ProductFactory,
    SkuFactory,
    VendorFactory,
)
from tests.factories.rbac import StaffFactory, give_role

pytestmark = pytest.mark.django_db
CHANGES = "/api/v1/price-changes/"
DAY = timedelta(days=1)


def url_of(model, page="changelist", *args):
    return reverse(f"admin:products_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def sku(platform):
    sku = SkuFactory(product=ProductFactory(tenant=platform, name="弹性计算"))
    PriceFactory(sku=sku, unit_price=Decimal("100.00"), unit_cost=Decimal("71.23"))
    return sku


@pytest.fixture
def change(sku):
    return PriceChangeFactory(
        sku=sku, before_cost=Decimal("71.23"), unit_cost=Decimal("77.77"), reason="汇率"
    )


class TestTheListOfChanges:
    def test_shows_what_is_to_be_decided(self, browse, boss, change):
        applied = PriceChangeFactory(
            sku__product=change.sku.product,
            sku__name="早已生效",
            status=PriceChangeStatus.APPLIED,
            approved_at=LONG_AGO,
            applied_at=LONG_AGO,
            open_key=None,
        )
        client = browse(boss)

        page = client.get(url_of(PriceChange)).content.decode()
        assert "+10.00 %" in page
        assert "早已生效" not in page
        assert "早已生效" in client.get(f"{url_of(PriceChange)}?state=applied").content.decode()
        assert client.get(url_of(PriceChange, "change", applied.pk)).status_code == 200

    def test_shows_no_cost_to_who_may_not_see_it(self, browse, platform, roles, change):
        administrator = give_role(StaffFactory(tenant=platform), "administrator")
        client = browse(administrator)

        for url in (url_of(PriceChange), url_of(PriceChange, "change", change.pk)):
            answer = client.get(url)
            assert answer.status_code == 200
            assert "77.77" not in answer.content.decode()
            assert "71.23" not in answer.content.decode()

    def test_submits_the_selected(self, browse, boss, change, roles, platform):
        for code in ("operations", "finance"):
            give_role(StaffFactory(tenant=platform), code)

        answer = browse(boss).post(
            url_of(PriceChange), {"action": "submit", "_selected_action": [change.pk]}
        )

        approval = Approval.objects.get()
        assert answer.url == reverse("admin:approvals_approval_change", args=[approval.pk])
        change.refresh_from_db()
        assert change.status == PriceChangeStatus.PENDING
        page = browse(boss).get(url_of(PriceChange, "change", change.pk)).content.decode()
        assert approval.number in page

    def test_submits_all_of_a_vendor(self, browse, boss, change, platform, roles):
        for code in ("operations", "finance"):
            give_role(StaffFactory(tenant=platform), code)
        url = reverse("admin:products_pricechange_request_new", args=["approval"])
        client = browse(boss)
        assert client.get(url).status_code == 200

        client.post(url, {"vendor": VendorFactory().pk, "reason": "无"})
        assert not Approval.objects.exists()
        client.post(url, {"vendor": change.sku.product.vendor_id, "reason": "十二月调价"})

        assert "十二月调价" in Approval.objects.get().title

    def test_takes_a_proposal(self, browse, boss, sku):
        form = {"sku": sku.pk, "unit_price": "120.00", "unit_cost": "71.23", "reason": "试算"}

        browse(boss).post(url_of(PriceChange, "add"), form)

        change = PriceChange.objects.get()
        assert (change.unit_price, change.proposed_by, change.percent) == (
            Decimal("120.00"),
            boss,
            Decimal(20),
        )

    def test_is_closed_to_strangers_clerks_and_customers(
        self, browse, stranger, clerk, member, change
    ):
        for user in (stranger, clerk):
            client = browse(user)
            assert client.get(url_of(PriceChange)).status_code == 403
            assert client.get(url_of(PriceChange, "change", change.pk)).status_code in {302, 403}
            assert client.get(url_of(PriceChange, "add")).status_code == 403
        assert browse(member).get(url_of(PriceChange)).status_code in {302, 403}

    def test_another_tenant_sees_nothing(self, browse, rival_boss, change):
        client = browse(rival_boss)

        assert "弹性计算" not in client.get(f"{url_of(PriceChange)}?state=all").content.decode()
        assert client.get(url_of(PriceChange, "change", change.pk)).status_code in {302, 404}

    def test_takes_as_many_queries_for_ten_as_for_one(self, browse, boss, change):
        client, url = browse(boss), url_of(PriceChange)
        client.get(url)
        with CaptureQueriesContext(connection) as one:
            client.get(url)
        for _ in range(9):
            PriceChangeFactory(sku__product=ProductFactory(tenant=change.sku.product.tenant))
        with CaptureQueriesContext(connection) as ten:
            client.get(url)

        assert len(ten) == len(one)


class TestBands:
    def form(self, vendor, **more):
        limits = {"list_up": "5", "list_down": "10", "cost_up": "3", "cost_down": "100"}
        return {"vendor": vendor.pk, **limits, "is_active": "on", **more}

    def test_are_set_by_the_platform(self, browse, boss, rival_boss, clerk):
        vendor = VendorFactory()
        for user in (rival_boss, clerk):
            browse(user).post(url_of(PriceBand, "add"), self.form(vendor))
        assert not PriceBand.objects.exists()

        browse(boss).post(url_of(PriceBand, "add"), self.form(vendor))

        band = PriceBand.objects.get()
        assert (band.list_down, band.is_active) == (Decimal(10), True)
        assert band.history.get().history_user == boss
        assert "+5 %" in browse(boss).get(url_of(PriceBand)).content.decode()

    @pytest.mark.parametrize("limit", ["-1", "101"])
    def test_are_percent(self, limit, browse, boss):
        browse(boss).post(url_of(PriceBand, "add"), self.form(VendorFactory(), cost_up=limit))

        assert not PriceBand.objects.exists()


class TestHistoryOfPrices:
    def test_says_who_and_why_and_draws(self, browse, boss, sku):
        batch = PriceChangeBatchFactory(reason="十二月调价")
        price = PriceFactory(
            sku=sku, unit_price=Decimal("88.00"), valid_from=LONG_AGO - DAY, valid_until=LONG_AGO
        )
        PriceChangeFactory(
            sku=sku,
            status=PriceChangeStatus.APPLIED,
            approved_at=LONG_AGO,
            applied_at=LONG_AGO,
            open_key=None,
            price=price,
            batch=batch,
        )

        page = browse(boss).get(reverse("admin:products_product_change", args=[sku.product_id]))

        text = page.content.decode()
        assert "十二月调价" in text
        assert 'data-type="line"' in text
        assert "71.23" in text

    def test_by_api_at_any_moment(self, api, boss, sku):
        now = timezone.now()
        set_price(sku=sku, unit_price=Decimal("90.00"), actor=boss, now=now)
        client, url = api(boss), f"/api/v1/skus/{sku.pk}/prices/"

        everything = client.get(url).json()
        assert [row["unit_price"] for row in everything] == ["90.00", "100.00"]
        assert everything[1]["unit_cost"] == "71.23"
        before = (now - timedelta(seconds=1)).isoformat().replace("+", "%2B")
        assert [row["unit_price"] for row in client.get(f"{url}?at={before}").json()] == ["100.00"]
        assert client.get(f"{url}?at=2001-01-01T00:00:00Z").json() == []
        assert client.get(f"{url}?at=yesterday").status_code == 400

    @pytest.mark.parametrize(
        ("user", "status", "sees_cost"),
        [
            ("boss", 200, True),
            ("clerk", 200, False),
            ("rival_boss", 200, False),  # may sell it, not know what it costs us
            ("stranger", 404, False),
            ("member", 404, False),
        ],
    )
    def test_by_api_by_role(self, user, status, sees_cost, api, sku, request):
        answer = api(request.getfixturevalue(user)).get(f"/api/v1/skus/{sku.pk}/prices/")

        assert answer.status_code == status
        assert ("71.23" in answer.content.decode()) is sees_cost


class TestChangesByApi:
    def test_are_listed_and_filtered(self, api, boss, change):
        client = api(boss)

        row = client.get(CHANGES).json()["results"][0]

        assert (row["before_price"], row["unit_price"], row["percent"]) == (
            "100.00",
            "110.00",
            "10.0000",
        )
        assert (row["unit_cost"], row["status"]) == ("77.77", "proposed")
        assert client.get(f"{CHANGES}?status=applied").json()["count"] == 0
        assert client.get(f"{CHANGES}?vendor={change.sku.product.vendor.code}").json()["count"] == 1
        assert client.get(f"{CHANGES}{change.pk}/").json()["reason"] == "汇率"

    def test_show_no_cost_to_who_may_not_see_it(self, api, platform, roles, change):
        administrator = give_role(StaffFactory(tenant=platform), "administrator")

        answer = api(administrator).get(CHANGES)

        assert answer.json()["count"] == 1
        assert "77.77" not in answer.content.decode()
        assert "cost_percent" not in answer.content.decode()

    @pytest.mark.parametrize("user", ["clerk", "stranger", "rival_boss", "member"])
    def test_are_for_few(self, user, api, change, request):
        client = api(request.getfixturevalue(user))

        assert client.get(CHANGES).json().get("count", 0) == 0
        assert client.get(f"{CHANGES}{change.pk}/").status_code == 404

    @pytest.mark.parametrize("rows", [1, 10])
    def test_take_a_constant_number_of_queries(
        self, rows, api, boss, platform, django_assert_max_num_queries
    ):
        for _ in range(rows):
            PriceChangeFactory(sku__product=ProductFactory(tenant=platform))
        client = api(boss)
        client.get(CHANGES)

        with django_assert_max_num_queries(5):
            assert client.get(CHANGES).json()["count"] == rows


def test_nobody_edits_a_change_or_a_price(browse, boss, change):
    client = browse(boss)
    client.post(url_of(PriceChange, "change", change.pk), {"unit_price": "1.00"})

    change.refresh_from_db()
    assert change.unit_price == Decimal("110.00")
    assert Price.objects.get().unit_price == Decimal("100.00")


def test_a_band_is_listed(browse, boss):
    PriceBandFactory()

    assert browse(boss).get(url_of(PriceBand)).status_code == 200
