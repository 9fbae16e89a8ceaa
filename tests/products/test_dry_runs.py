"""A rule is tried on the orders of the last 90 days before it goes live (PRC-3)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.core.errors import Forbidden, NotFound
from apps.products import services as products
from apps.products.agreement_enums import DryRunStatus
from apps.products.agreement_errors import NothingToTry
from apps.products.models import AgreementPrice, RuleDryRun
from tests.factories.agreements import AgreementPriceFactory, PriceAgreementFactory
from tests.factories.products import PriceFactory, ProductFactory, SkuFactory
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
