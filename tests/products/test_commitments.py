"""Minimum commitments and tier windows, exact at the borders of months (AGR-1, PRC-5)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.orders.enums import OrderStatus
from apps.products import ports
from apps.products.agreement_enums import AgreementKind, CommitmentKind
from apps.products.models import PriceAgreement
from apps.products.pricing import Percent, Rule, Tiers, TierWindow
from apps.products.pricing.facts import Measure, Subject
from apps.products.selectors import commitments_of
from apps.products.selectors.purchases import bought_for
from tests.factories import billing
from tests.factories.agreements import AgreementPriceFactory, PriceAgreementFactory
from tests.factories.products import SkuFactory
from tests.support.purchases import buy

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
OCTOBER = datetime(2026, 9, 30, 16, 0, tzinfo=UTC)  # where it begins in Shanghai
NOVEMBER = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@pytest.fixture
def sku(platform):
    return SkuFactory(product__tenant=platform)


def monthly(customer, amount="1000.00", **changes):
    return PriceAgreementFactory(
        customer=customer,
        in_force=True,
        commitment_kind=CommitmentKind.MONTHLY,
        commitment=Decimal(amount),
        **changes,
    )


def months_of(agreement, now=NOW):
    found = commitments_of([agreement], now=now)[agreement.pk]
    return {f"{month.month:%m}": month for month in found.months}


class TestMonthly:
    def test_a_purchase_counts_to_the_month_of_its_payment_in_shanghai(self, customer, sku):
        agreement = monthly(customer)
        buy(customer, sku, "400.00", NOVEMBER - SECOND)
        buy(customer, sku, "30.00", NOVEMBER)

        months = months_of(agreement)

        assert (months["10"].bought, months["11"].bought) == (Decimal("400.00"), Decimal("30.00"))
        assert (months["10"].shortfall, months["11"].shortfall) == (Decimal("600.00"), 0)
        assert months["11"].missing == Decimal("970.00")

    def test_what_was_billed_counts_to_the_month_of_the_use(self, customer, sku):
        agreement = monthly(customer)
        bill = billing.bill(customer, "250.00")

        months = months_of(agreement, now=datetime(2027, 1, 1, tzinfo=UTC))

        assert months[f"{bill.month:%m}"].bought == Decimal("250.00")

    def test_the_shortfall_is_the_sum_of_the_months_that_are_over(self, customer, sku):
        agreement = monthly(customer, valid_from=OCTOBER - timedelta(days=30))
        buy(customer, sku, "1500.00", OCTOBER - SECOND)
        buy(customer, sku, "999.99", OCTOBER)

        found = commitments_of([agreement], now=NOW)[agreement.pk]

        assert found.shortfall == Decimal("0.01")  # September's surplus helps no other month

    def test_a_month_that_the_term_holds_in_part_owes_its_share(self, customer):
        agreement = monthly(customer, valid_from=NOVEMBER - timedelta(days=10))

        assert months_of(agreement)["10"].committed == Decimal("322.58")  # 10 of 31 days

    def test_refunded_orders_and_others_purchases_do_not_count(self, customer, sku):
        agreement = monthly(customer)
        buy(customer, sku, "400.00", NOVEMBER, status=OrderStatus.REFUNDED)
        buy(PriceAgreementFactory().customer, sku, "400.00", NOVEMBER)

        assert months_of(agreement)["11"].bought == 0

    def test_the_month_is_over_at_midnight_in_shanghai(self, customer):
        agreement = monthly(customer)

        states = [
            months_of(agreement, now=at)["10"].is_over for at in (NOVEMBER - SECOND, NOVEMBER)
        ]
        assert states == [False, True]


class TestTotal:
    def test_is_owed_once_the_term_is_over(self, customer, sku):
        agreement = PriceAgreementFactory(
            customer=customer,
            in_force=True,
            commitment_kind=CommitmentKind.TOTAL,
            commitment=Decimal("1000.00"),
        )
        buy(customer, sku, "400.00", NOVEMBER)

        running, over = (
            commitments_of([agreement], now=now)[agreement.pk]
            for now in (NOW, agreement.valid_until)
        )
        assert (running.shortfall, running.missing) == (0, Decimal("600.00"))
        assert (over.shortfall, over.missing) == (Decimal("600.00"), 0)

    def test_nothing_is_promised_without_one(self, customer):
        agreement = PriceAgreementFactory(customer=customer, in_force=True)

        assert commitments_of([agreement], now=NOW) == {agreement.pk: None}


def test_a_project_counts_its_own_purchases(customer, monkeypatch):
    agreement = monthly(customer, kind=AgreementKind.PROJECT, project="P-1")

    def bought(_customers, _since, _until):
        for project in ("P-1", "P-2", ""):
            amount = Decimal("100.00")
            yield ports.Purchase(
                customer.pk, "x", Subject(), 1, 1, amount, amount, NOVEMBER, project
            )

    monkeypatch.setattr(ports, "_sources", {"orders": bought})

    assert months_of(agreement)["11"].bought == Decimal("100.00")


def test_an_order_carries_the_project_of_its_quote(customer, sku):
    agreement = monthly(customer, kind=AgreementKind.PROJECT, project="P-1")
    buy(customer, sku, "400.00", NOVEMBER, project="P-1", quantity=3)
    buy(customer, sku, "50.00", NOVEMBER, project="P-2")
    price = AgreementPriceFactory(
        agreement=agreement,
        change="tiers",
        period="month",
        steps=[{"from": "0", "rate": "1"}, {"from": "3", "rate": "0.9"}],
    )

    assert months_of(agreement)["11"].bought == Decimal("400.00")
    assert bought_for(customer, [price.to_rule()], NOW) == {price.to_rule().key: 3}


@pytest.mark.parametrize(("counts_use", "bought"), [(True, "250.00"), (False, "0.00")])
def test_metered_use_counts_where_the_agreement_says_so(customer, counts_use, bought):
    agreement = monthly(customer, counts_use=counts_use)
    bill = billing.bill(customer, bought if counts_use else "250.00")
    price = AgreementPriceFactory(
        agreement=agreement,
        change="tiers",
        measure="spend",
        period="year",
        steps=[{"from": "0", "rate": "0.9"}],
    )
    later = datetime(2026, 12, 31, 15, tzinfo=UTC)

    months = months_of(agreement, now=later)
    counted = bought_for(customer, [price.to_rule()], later)[price.to_rule().key]

    assert months[f"{bill.month:%m}"].bought == Decimal(bought)
    assert counted == (bill.list_total if counts_use else 0)


def test_ten_agreements_ask_as_often_as_one(customer, sku, django_assert_num_queries):
    agreements = [monthly(customer) for _n in range(10)]
    buy(customer, sku, "400.00", NOVEMBER)
    rows = list(PriceAgreement.objects.filter(pk__in=[row.pk for row in agreements]))

    for asked in (rows[:1], rows):
        with django_assert_num_queries(2):
            commitments_of(asked, now=NOW)


class TestTierWindows:
    def rule(self, sku, window, measure=Measure.QUANTITY):
        change = Tiers(
            steps=((Decimal(0), Percent(Decimal(1))), (Decimal(10), Percent(Decimal("0.9")))),
            window=window,
            measure=measure,
        )
        return Rule(key="agreement-price:1", name="阶梯价", change=change)

    @pytest.mark.parametrize(
        ("window", "units"),
        [
            (TierWindow.MONTH, 4),
            (TierWindow.QUARTER, 4 + 3),
            (TierWindow.YEAR, 4 + 3 + 2),
            (TierWindow.CONTRACT, 4 + 3 + 2 + 1),
        ],
    )
    def test_open_at_midnight_in_shanghai(self, customer, sku, window, units):
        year = datetime(2025, 12, 31, 16, 0, tzinfo=UTC)
        for quantity, at in ((4, NOVEMBER), (3, OCTOBER), (2, year), (1, year - SECOND)):
            buy(customer, sku, "10.00", at, quantity=quantity)

        found = bought_for(customer, [self.rule(sku, window)], NOW)

        assert found == {"agreement-price:1": units}

    def test_spend_is_measured_by_the_list(self, customer, sku):
        buy(customer, sku, "10.00", NOVEMBER)

        rule = self.rule(sku, TierWindow.MONTH, Measure.SPEND)

        assert bought_for(customer, [rule], NOW) == {rule.key: Decimal("20.00")}

    def test_nothing_is_read_where_each_order_counts_alone(
        self, customer, sku, django_assert_num_queries
    ):
        with django_assert_num_queries(0):
            assert bought_for(customer, [self.rule(sku, TierWindow.ORDER)], NOW) == {}
