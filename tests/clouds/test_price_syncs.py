"""CAT-2: a vendor's price list comes by itself, and changes no price in silence."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.clouds import services, tasks
from apps.clouds.enums import PriceSyncStatus
from apps.clouds.errors import CloudAccountIsOff
from apps.clouds.models import PriceSync
from apps.clouds.services import price_syncs
from apps.core.errors import Forbidden, NotFound
from apps.core.models import AuditEntry, OutboxEvent
from apps.products import services as products
from apps.products.enums import PriceChangeStatus
from apps.products.models import Price, PriceBand, PriceChange
from tests.factories.clouds import CloudAccountFactory, PriceSyncFactory
from tests.factories.products import PriceFactory, ProductFactory, SkuFactory

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def account(platform):
    return CloudAccountFactory(tenant=platform)


@pytest.fixture
def skus(account):
    """Two that cost us 60.00 and are listed at 100.00."""
    product = ProductFactory(tenant=account.tenant, vendor=account.vendor)
    rows = [SkuFactory(product=product, vendor_sku=name) for name in ("s.large", "s.small")]
    for sku in rows:
        PriceFactory(sku=sku, unit_price=Decimal("100.00"), unit_cost=Decimal("60.00"))
    return rows


@pytest.fixture
def publish(sandbox_cloud):
    def publish(**costs):
        rows = [{"SkuId": name.replace("_", "."), "Price": cost} for name, cost in costs.items()]
        sandbox_cloud.state.advance(1)
        sandbox_cloud.state.publish_prices(rows)

    return publish


def sync(account, boss):
    return run(services.request_price_sync(account=account, actor=boss, now=timezone.now()))


def run(row):
    return services.run_price_sync(price_sync_id=row.pk, clock=timezone.now)


def outcome(row):
    return (row.status, row.proposed, row.automatic, row.same, row.unknown)


def test_a_difference_waits_for_people_and_changes_no_price(account, skus, publish, boss):
    publish(s_large="66.00", s_small="60.00", s_new="5.00")

    done = sync(account, boss)

    assert outcome(done) == (PriceSyncStatus.DONE, 1, 0, 1, 1)
    assert (done.progress, done.lines_done, done.unknown_skus) == (100, 3, ["s.new"])
    change = PriceChange.objects.get()
    assert (change.sku, change.unit_cost, change.status) == (
        skus[0],
        Decimal("66.00"),
        PriceChangeStatus.PROPOSED,
    )
    assert Price.objects.get(sku=skus[0]).unit_cost == Decimal("60.00")
    assert AuditEntry.objects.get(verb="pricesync.requested").actor_id == boss.pk


def test_only_what_the_band_holds_takes_effect_by_itself(account, skus, publish, boss):
    PriceBand.objects.create(vendor=account.vendor, cost_up=5, cost_down=5, is_active=True)
    publish(s_large="62.00", s_small="66.00")

    done = sync(account, boss)
    products.apply_due(now=timezone.now())

    assert outcome(done) == (PriceSyncStatus.DONE, 1, 1, 0, 0)
    large, small = (Price.objects.at(timezone.now()).get(sku=sku) for sku in skus)
    assert (large.unit_cost, small.unit_cost) == (Decimal("62.00"), Decimal("60.00"))


def test_an_hour_s_price_never_becomes_a_month_s(account, skus, boss, sandbox_cloud):
    """One instance type is sold by the hour and by the month."""
    hourly = SkuFactory(product=skus[0].product, vendor_sku="s.large", billing_mode="hourly")
    PriceFactory(sku=hourly, unit_price=Decimal("0.30"), unit_cost=Decimal("0.20"))
    sandbox_cloud.state.publish_prices(
        [
            {"SkuId": "s.large", "ChargeUnit": "Hour", "Price": "0.22"},
            {"SkuId": "s.large", "ChargeUnit": "Month", "Price": "66.00"},
            {"SkuId": "s.large", "ChargeUnit": "Week", "Price": "17.00"},
            {"SkuId": "s.large", "Price": "1.00"},
        ]
    )

    done = sync(account, boss)

    assert outcome(done) == (PriceSyncStatus.DONE, 2, 0, 0, 2)
    costs = PriceChange.objects.order_by("unit_cost").values_list("sku", "unit_cost")
    assert list(costs) == [(hourly.pk, Decimal("0.22")), (skus[0].pk, Decimal("66.00"))]


def test_the_same_list_again_changes_nothing(account, skus, publish, boss):
    publish(s_large="66.00", s_small="60.00")
    first, second = sync(account, boss), sync(account, boss)

    assert (first.pk == second.pk, outcome(second)) == (False, (PriceSyncStatus.DONE, 0, 0, 2, 0))
    assert PriceChange.objects.count() == 1


def test_a_doubled_job_does_it_once(account, skus, publish, boss, now):
    publish(s_large="66.00")
    row = services.request_price_sync(account=account, actor=boss, now=now)
    again = services.request_price_sync(account=account, actor=boss, now=now)

    assert (again.pk, OutboxEvent.objects.filter(kind="clouds.PriceSyncRequested").count()) == (
        row.pk,
        1,
    )
    assert [outcome(run(row)), outcome(run(row))] == [(PriceSyncStatus.DONE, 1, 0, 0, 0)] * 2
    assert PriceChange.objects.count() == 1


def test_a_job_that_died_is_begun_anew_and_proposes_nothing_twice(
    account, skus, publish, boss, monkeypatch
):
    monkeypatch.setattr(price_syncs, "BATCH", 1)
    publish(s_large="66.00", s_small="72.00")
    row = services.request_price_sync(account=account, actor=boss, now=timezone.now())

    def die(point):
        if point == "clouds.price_list.batch":
            raise SystemExit

    monkeypatch.setattr(price_syncs, "failpoint", die)
    with pytest.raises(SystemExit):
        run(row)
    assert PriceChange.objects.count() == 1
    assert services.waiting_price_syncs(now=timezone.now()) == []
    monkeypatch.setattr(price_syncs, "failpoint", lambda point: None)
    later = timezone.now() + price_syncs.LEASE + timedelta(seconds=1)

    assert services.waiting_price_syncs(now=later) == [row.pk]
    done = services.run_price_sync(price_sync_id=row.pk, clock=lambda: later)

    assert outcome(done) == (PriceSyncStatus.DONE, 2, 0, 1, 0)
    assert PriceChange.objects.count() == 2


def test_a_runner_that_was_overtaken_writes_no_more(account, skus, publish, boss, monkeypatch):
    """It has the old list in hand; meanwhile another one took the row over with the new list."""
    publish(s_large="66.00")
    row = services.request_price_sync(account=account, actor=boss, now=timezone.now())
    later = timezone.now() + price_syncs.LEASE + timedelta(seconds=1)

    def be_overtaken(point):
        monkeypatch.setattr(price_syncs, "failpoint", lambda point: None)
        publish(s_large="63.00")
        services.run_price_sync(price_sync_id=row.pk, clock=lambda: later)

    monkeypatch.setattr(price_syncs, "failpoint", be_overtaken)
    run(row)

    assert PriceChange.objects.get().unit_cost == Decimal("63.00")
    row.refresh_from_db()
    assert outcome(row) == (PriceSyncStatus.DONE, 1, 0, 0, 0)


def test_a_list_older_than_the_last_one_is_left_aside(account, skus, publish, boss, sandbox_cloud):
    publish(s_large="66.00")
    sync(account, boss)
    sandbox_cloud.state.advance(-3600)
    sandbox_cloud.state.publish_prices([{"SkuId": "s.large", "Price": "60.00"}])

    done = sync(account, boss)

    assert (done.status, done.problem[:1] != "") == (PriceSyncStatus.FAILED, True)
    assert PriceChange.objects.get().unit_cost == Decimal("66.00")


def test_a_silent_cloud_is_asked_again_and_in_the_end_given_up(
    account, skus, publish, boss, sandbox_cloud, monkeypatch
):
    publish(s_large="66.00")
    sandbox_cloud.faults.add("500", "DescribePrices", times=3)
    row = sync(account, boss)
    assert (row.status, row.attempts) == (PriceSyncStatus.RUNNING, 1)

    soon = timezone.now() + timedelta(minutes=3)
    assert services.waiting_price_syncs(now=soon) == [row.pk]
    done = services.run_price_sync(price_sync_id=row.pk, clock=lambda: soon)
    assert outcome(done) == (PriceSyncStatus.DONE, 1, 0, 0, 0)

    monkeypatch.setattr(price_syncs, "MOST_ATTEMPTS", 1)
    sandbox_cloud.faults.add("500", "DescribePrices", times=3)
    assert sync(account, boss).status == PriceSyncStatus.FAILED


def test_a_refusal_is_told(skus, account, boss, sandbox_cloud):
    account.access_key_id = "unknown"
    account.save()

    row = sync(account, boss)

    assert (row.status, row.is_alive) == (PriceSyncStatus.FAILED, None)
    assert "InvalidAccessKeyId" in row.problem


def test_each_vendor_is_asked_once_a_day_for_each_tenant(account, skus, publish, distributor):
    CloudAccountFactory(tenant=account.tenant, vendor=account.vendor, access_key_id="second")
    CloudAccountFactory(tenant=distributor, vendor=account.vendor)
    CloudAccountFactory(tenant=account.tenant, is_active=False)
    publish(s_large="66.00")

    assert tasks.start_price_syncs() == 2
    assert tasks.start_price_syncs() == 0
    PriceSync.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    assert tasks.sweep_price_syncs() == 2

    rows = PriceSync.objects.order_by("pk")
    assert [row.tenant for row in rows] == [account.tenant, distributor]
    assert [outcome(row)[1:] for row in rows] == [(1, 0, 0, 0), (0, 0, 0, 1)]


class TestDoors:
    def press(self, browse, user, account):
        return browse(user).post(
            reverse("admin:clouds_cloudaccount_changelist"),
            {"action": "request_price_sync", "_selected_action": [account.pk]},
        )

    def test_the_boss_asks_on_the_account(self, browse, boss, account, sandbox_cloud):
        self.press(browse, boss, account)

        row = PriceSync.objects.get()
        assert (row.account, row.started_by) == (account, boss)
        address = reverse("admin:clouds_pricesync_change", args=[row.pk])
        assert browse(boss).get(address).status_code == 200

    def test_others_do_not(self, browse, account, clerk, stranger, rival_boss, now):
        for person in (clerk, stranger, rival_boss):
            self.press(browse, person, account)
            with pytest.raises((Forbidden, NotFound)):
                services.request_price_sync(account=account, actor=person, now=now)

        assert not PriceSync.objects.exists()

    def test_an_account_that_is_off_is_not_asked(self, account, boss, now):
        account.is_active = False
        account.save()

        with pytest.raises(CloudAccountIsOff):
            services.request_price_sync(account=account, actor=boss, now=now)

    def test_ten_ask_as_often_as_one(self, browse, boss, platform, django_assert_max_num_queries):
        client, address = browse(boss), reverse("admin:clouds_pricesync_changelist")
        PriceSyncFactory(tenant=platform)
        client.get(address)
        with django_assert_max_num_queries(80) as one:
            client.get(address)
        PriceSyncFactory.create_batch(9, tenant=platform)
        with django_assert_max_num_queries(len(one)):
            assert client.get(address).context["cl"].result_count == 10
