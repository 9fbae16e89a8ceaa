"""A rule is tried on the orders of the last 90 days before it goes live (PRC-3)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.core.errors import Forbidden, NotFound
from apps.products import services as products
from apps.products.agreement_enums import DryRunStatus
from apps.products.agreement_errors import NothingToTry
from apps.products.campaigns import PromotionKind
from apps.products.enums import CapUnit, ChangeType
from apps.products.models import AgreementPrice, RuleDryRun
from tests.factories.agreements import AgreementPriceFactory, PriceAgreementFactory
from tests.factories.customers import CustomerFactory, CustomerTagFactory
from tests.factories.products import PriceFactory, ProductFactory, SkuFactory
from tests.factories.promotions import CampaignFactory, PromotionFactory
from tests.factories.rbac import StaffFactory, give_role
from tests.support.purchases import buy

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def sku(platform):
    """Sold at 100.00, bought at 60.00."""
    sku = SkuFactory(product=ProductFactory(tenant=platform))
    PriceFactory(sku=sku, unit_cost=Decimal("60.00"))
    return sku


@pytest.fixture
def other(platform):
    return CustomerFactory(tenant=platform)


@pytest.fixture
def finance(platform, roles):
    return give_role(StaffFactory(tenant=platform), "finance")


@pytest.fixture
def agreement(customer):
    agreement = PriceAgreementFactory(customer=customer)
    AgreementPriceFactory(agreement=agreement, rate=Decimal("0.50"))
    return agreement


def start(agreement, actor, now=NOW):
    return products.start_dry_run(
        subject=("products.PriceAgreement", agreement.pk), actor=actor, now=now
    )


def run(agreement, actor, now=NOW):
    started = start(agreement, actor, now)
    return products.run_dry_run(dry_run_id=started.pk, clock=lambda: now)


class TestResult:
    def test_says_what_the_rule_would_have_cost(self, agreement, customer, sku, boss):
        buy(customer, sku, "100.00", NOW - 10 * DAY, quantity=3)
        buy(customer, sku, "100.00", NOW - 20 * DAY)

        found = run(agreement, boss)

        assert (found.status, found.orders_done, found.progress) == (DryRunStatus.DONE, 2, 100)
        result = found.result
        assert (result["before"], result["after"], result["given"]) == (
            "400.00",
            "200.00",
            "200.00",
        )
        assert (result["orders"], result["changed"], result["below_cost"]) == (2, 2, 2)
        assert result["customers"] == [
            {"customer": customer.pk, "name": customer.name, "orders": 2, "given": "200.00"}
        ]
        assert sum(Decimal(week["given"]) for week in result["weeks"]) == Decimal("200.00")

    def test_prices_are_those_of_the_day_of_the_order(self, agreement, customer, sku, boss):
        old = SkuFactory(product=sku.product)
        PriceFactory(sku=old, unit_price=Decimal("10.00"), valid_until=NOW - 15 * DAY)
        PriceFactory(sku=old, unit_price=Decimal("20.00"), valid_from=NOW - 15 * DAY)
        buy(customer, old, "1.00", NOW - 16 * DAY)
        buy(customer, old, "1.00", NOW - 15 * DAY)

        assert run(agreement, boss).result["before"] == "30.00"

    def test_older_orders_and_those_of_others_do_not_count(self, agreement, customer, sku, boss):
        buy(customer, sku, "100.00", NOW - 91 * DAY)
        buy(PriceAgreementFactory().customer, sku, "100.00", NOW - DAY)

        assert run(agreement, boss).result["orders"] == 0

    def test_a_version_is_compared_with_the_one_before(self, customer, sku, boss):
        first = PriceAgreementFactory(customer=customer, in_force=True)
        AgreementPriceFactory(agreement=first, rate=Decimal("0.90"))
        second = PriceAgreementFactory(customer=customer, previous=first, version=2)
        AgreementPriceFactory(agreement=second, rate=Decimal("0.80"))
        buy(customer, sku, "100.00", NOW - DAY)

        result = run(second, boss).result

        assert (result["before"], result["after"]) == ("90.00", "80.00")


class TestCampaign:
    """Promotions give what their caps allow, to those who paid first."""

    @pytest.fixture
    def campaign(self, platform):
        return CampaignFactory(tenant=platform)

    def tried(self, campaign, boss):
        started = products.start_dry_run(
            subject=("products.Campaign", campaign.pk), actor=boss, now=NOW
        )
        return products.run_dry_run(dry_run_id=started.pk, clock=lambda: NOW).result

    def given(self, result):
        return {row["customer"]: row["given"] for row in result["customers"]}

    def test_the_stock_goes_to_who_paid_first(self, campaign, customer, other, sku, boss):
        PromotionFactory(campaign=campaign, cap_total=3)
        buy(other, sku, "1.00", NOW - 3 * DAY)
        buy(customer, sku, "1.00", NOW - 9 * DAY, quantity=2)
        buy(customer, sku, "1.00", NOW - DAY)

        result = self.tried(campaign, boss)

        assert (result["orders"], result["changed"], result["given"]) == (3, 2, "60.00")
        assert self.given(result) == {customer.pk: "40.00", other.pk: "20.00"}

    @pytest.mark.parametrize(
        ("cap", "given"),
        [
            ({"cap_per_customer": 1}, "40.00"),  # one of each customer's
            ({"cap_per_day": 1}, "40.00"),  # one on each day
            ({"cap_total": 1, "cap_counts": CapUnit.ORDERS}, "20.00"),
            ({"cap_budget": Decimal("40.00")}, "40.00"),
            ({}, "80.00"),
        ],
    )
    def test_each_cap_holds(self, campaign, customer, other, sku, boss, cap, given):
        PromotionFactory(campaign=campaign, **cap)
        for person in (customer, other):
            for days in (5, 2):
                buy(person, sku, "1.00", NOW - days * DAY)

        assert self.tried(campaign, boss)["given"] == given

    def test_promotions_share_the_budget_of_the_campaign(self, campaign, customer, sku, boss):
        campaign.budget = Decimal("30.00")
        campaign.save()
        other = SkuFactory(product=sku.product)
        PriceFactory(sku=other)
        for one in (sku, other):
            PromotionFactory(campaign=campaign, sku=one)
        for days, one in ((5, sku), (4, other), (2, sku)):
            buy(customer, one, "1.00", NOW - days * DAY)

        assert self.tried(campaign, boss)["given"] == "20.00"  # 20.00 more are not left

    def test_it_reaches_whom_it_is_for(self, campaign, customer, other, sku, boss):
        tagged = CustomerTagFactory(tenant=customer.tenant)
        customer.tags.add(tagged)
        PromotionFactory(campaign=campaign).tags.add(tagged)
        for person in (customer, other):
            buy(person, sku, "1.00", NOW - DAY)

        assert self.given(self.tried(campaign, boss)) == {customer.pk: "20.00"}

    def test_a_first_order_is_the_first_that_was_paid(self, campaign, customer, other, sku, boss):
        PromotionFactory(campaign=campaign, kind=PromotionKind.FIRST_ORDER)
        buy(other, sku, "1.00", NOW - 200 * DAY)
        for person in (customer, other):
            for days in (5, 2):
                buy(person, sku, "1.00", NOW - days * DAY)

        assert self.given(self.tried(campaign, boss)) == {customer.pk: "20.00"}

    def test_gift_balance_is_given_away_too(self, campaign, customer, sku, boss):
        PromotionFactory(
            campaign=campaign,
            kind=PromotionKind.SPEND_AND_SAVE,
            change=ChangeType.SPEND_AND_SAVE,
            rate=None,
            is_gift=True,
            steps=[{"from": "100", "off": "50"}],
        )
        buy(customer, sku, "1.00", NOW - DAY)

        result = self.tried(campaign, boss)

        assert (result["after"], result["gifts"], result["given"]) == ("100.00", "50.00", "50.00")
        assert result["below_cost"] == 1  # 100.00 - 50.00 < 60.00

    def test_ten_orders_cost_as_many_queries_as_one(self, campaign, customer, sku, boss):
        PromotionFactory(campaign=campaign, cap_total=3)
        buy(customer, sku, "1.00", NOW - 20 * DAY)
        self.tried(campaign, boss)  # what is read once in a process
        counted = []
        for days in (range(1, 2), range(2, 11)):
            for day in days:
                buy(customer, sku, "1.00", NOW - day * DAY)
            with CaptureQueriesContext(connection) as queries:
                self.tried(campaign, boss)
            counted.append(len(queries))

        assert counted[1] <= counted[0]


class TestJob:
    def test_a_doubled_one_finds_it_done(self, agreement, customer, sku, boss):
        first = run(agreement, boss)

        again = products.run_dry_run(dry_run_id=first.pk, clock=lambda: NOW + DAY)

        assert again.finished_at == first.finished_at

    def test_a_lost_one_is_found_and_begun_anew(self, agreement, boss):
        started = start(agreement, boss)
        assert products.waiting_dry_runs(now=NOW) == []

        assert products.waiting_dry_runs(now=NOW + DAY) == [started.pk]
        RuleDryRun.objects.filter(pk=started.pk).update(claimed_until=NOW + DAY)
        assert products.waiting_dry_runs(now=NOW + timedelta(minutes=10)) == []
        found = products.run_dry_run(dry_run_id=started.pk, clock=lambda: NOW)
        assert found.status == DryRunStatus.WAITING  # somebody works on it

    def test_one_whose_rules_are_gone_fails_with_the_reason(self, agreement, boss):
        started = start(agreement, boss)
        AgreementPrice.objects.all().delete()

        found = products.run_dry_run(dry_run_id=started.pk, clock=lambda: NOW)

        assert (found.status, bool(found.problem)) == (DryRunStatus.FAILED, True)

    def test_without_rules_there_is_nothing_to_try(self, customer, boss):
        with pytest.raises(NothingToTry):
            start(PriceAgreementFactory(customer=customer), boss)

    def test_a_clerk_and_a_stranger_start_none(self, agreement, clerk, stranger, rival_boss):
        for person in (clerk, stranger, rival_boss):
            with pytest.raises((Forbidden, NotFound)):
                start(agreement, person)

        assert not RuleDryRun.objects.exists()


class TestPage:
    def url(self, found, page="change"):
        return reverse(f"admin:products_ruledryrun_{page}", args=[found.pk])

    def test_the_button_leads_to_the_result(self, browse, boss, agreement, customer, sku):
        buy(customer, sku, "100.00", timezone.now() - DAY)
        url = reverse("admin:products_priceagreement_change", args=[agreement.pk])
        form = {
            "name": agreement.name,
            "kind": "framework",
            "starts_on": "2026-01-01",
            "ends_on": "2026-12-31",
            "on_expiry": "list_price",
            "grace_days": "0",
            "commitment_kind": "none",
            "commitment": "0.00",
            "prices-TOTAL_FORMS": "0",
            "prices-INITIAL_FORMS": "0",
            "products_priceagreement_dry_run_button": "1",
        }

        answer = browse(boss).post(url, form)

        found = RuleDryRun.objects.get()
        assert answer.headers["Location"] == self.url(found)
        products.run_dry_run(dry_run_id=found.pk, clock=timezone.now)
        page = browse(boss).get(self.url(found)).content.decode()
        assert "¥50.00" in page
        assert browse(boss).get(self.url(found, "progress")).json() == {
            "percent": 100,
            "is_running": False,
        }

    def test_a_campaigns_header_leads_to_the_result(
        self, browse, boss, finance, clerk, platform, customer, sku
    ):
        campaign = CampaignFactory(tenant=platform)
        page = reverse("admin:products_campaign_change", args=[campaign.pk])
        assert "try_on_past_orders" not in browse(boss).get(page).content.decode()  # no rule yet
        PromotionFactory(campaign=campaign)
        buy(customer, sku, "1.00", timezone.now() - DAY)
        act = {"action": "try_on_past_orders", "_selected_action": [campaign.pk]}
        url = reverse("admin:products_campaign_changelist")
        assert "try_on_past_orders" not in browse(clerk).get(page).content.decode()
        browse(clerk).post(url, act)
        assert not RuleDryRun.objects.exists()

        assert "try_on_past_orders" in browse(finance).get(page).content.decode()
        answer = browse(finance).post(url, act)

        found = RuleDryRun.objects.get()
        assert answer.headers["Location"] == self.url(found)
        products.run_dry_run(dry_run_id=found.pk, clock=timezone.now)
        shown = browse(finance).get(self.url(found)).content.decode()
        assert "¥20.00" in shown
        assert customer.name in shown

    def test_it_is_stale_once_the_rule_changed(self, browse, boss, agreement):
        found = run(agreement, boss)
        fresh = browse(boss).get(self.url(found)).context["report"]["is_stale"]

        AgreementPrice.objects.update(rate=Decimal("0.60"))

        stale = browse(boss).get(self.url(found)).context["report"]["is_stale"]
        assert (fresh, stale) == (False, True)

    def test_others_do_not_follow_it(self, browse, clerk, stranger, rival_boss, agreement, boss):
        found = run(agreement, boss)

        def status(person):
            return browse(person).get(self.url(found, "progress")).status_code

        assert [status(one) for one in (clerk, stranger, rival_boss)] == [403, 403, 404]
