"""From vendors' lines to customers' bills: rounded once, posted once, corrected by differences."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from apps.billing.models import Bill, BillItem, Entry
from apps.clouds.importing.refusals import ExchangeRateIsWrong, SubAccountIsForeign
from apps.clouds.importing.states import CostBasis
from apps.clouds.models import BillPeriod, ExchangeRate, SubAccount, UsageRating
from apps.clouds.services import mapping, rating
from apps.core.errors import Forbidden, NotFound
from tests.factories.bills import (
    MOMENT,
    ExchangeRateFactory,
    SubAccountFactory,
    focus_csv,
    imported,
    usage_row,
    usage_rows,
)
from tests.factories.customers import CustomerFactory
from tests.factories.products import CustomerDiscountFactory

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

OCTOBER = date(2026, 10, 1)


@pytest.fixture
def sub_account(platform, customer):
    return SubAccountFactory(tenant=platform, external_id="sub-1", customer=customer)


def discount(customer, rate, **facts):
    return CustomerDiscountFactory(
        customer=customer, rate=Decimal(rate), valid_from=datetime(2026, 1, 1, tzinfo=UTC), **facts
    )


def rate_due() -> int:
    return rating.rate_due_months(clock=lambda: MOMENT)


class TestBilling:
    def test_one_bill_and_one_entry_a_customer_and_month(self, platform, customer, sub_account):
        discount(customer, "0.85")

        imported(focus_csv(usage_rows(100)), tenant=platform)

        bill = Bill.objects.get()
        assert (bill.customer, bill.month) == (customer, OCTOBER)
        assert (bill.list_total, bill.total) == (Decimal("50.00"), Decimal("42.50"))
        assert bill.items.count() == 100
        assert Entry.objects.count() == 1
        assert not BillPeriod.objects.get().is_due

    def test_rounds_once(self, platform, customer, sub_account):
        """550 of 1,000 rows are 0.00 by themselves; together they are money."""
        small = usage_rows(550, ListUnitPrice="0.004", ListCost="0.004")
        large = [{**row, "ResourceId": f"j-{row['ResourceId']}"} for row in usage_rows(450)]

        imported(focus_csv([*small, *large]), tenant=platform)

        exact = Decimal("0.004") * 550 + Decimal("0.5") * 450
        line_by_line = Decimal("0.00") * 550 + Decimal("0.50") * 450
        assert Bill.objects.get().total == exact == Decimal("227.200")
        assert line_by_line == Decimal("225.00")
        assert UsageRating.objects.get().payable_total == exact

    def test_items_keep_twelve_decimals(self, platform, customer, sub_account):
        discount(customer, "0.333333")
        imported(
            focus_csv([usage_row(ListCost="0.000000000010", ListUnitPrice="NULL")]), tenant=platform
        )
        assert BillItem.objects.get().payable == Decimal("0.000000000003")

    def test_the_discount_is_that_of_the_day_of_use(self, platform, customer, sub_account):
        discount(customer, "0.5", valid_until=datetime(2026, 10, 10, tzinfo=UTC))
        late = {
            "ChargePeriodStart": "2026-10-10T00:00:00Z",
            "ChargePeriodEnd": "2026-10-10T01:00:00Z",
        }
        imported(focus_csv([usage_row(), usage_row(**late)]), tenant=platform)
        assert Bill.objects.get().total == Decimal("0.75")

    def test_the_same_month_again_posts_nothing(self, platform, customer, sub_account):
        rows = usage_rows(3)
        imported(focus_csv(rows), tenant=platform)
        imported(focus_csv(list(reversed(rows))), tenant=platform)
        BillPeriod.objects.update(is_due=True)

        assert rate_due() == 1
        assert Entry.objects.count() == 1
        assert Bill.objects.get().revision == 1

    def test_a_correction_posts_the_difference(self, platform, customer, sub_account):
        rows = usage_rows(10)
        imported(focus_csv(rows), tenant=platform)
        rows[0] = usage_row(ResourceId="i-000000", ListCost="2", ListUnitPrice="2")

        imported(focus_csv(rows), tenant=platform)

        bill = Bill.objects.get()
        assert (bill.revision, bill.total) == (2, Decimal("6.50"))
        amounts = Entry.objects.order_by("pk").values_list("amount", flat=True)
        assert list(amounts) == [Decimal("-5.00"), Decimal("-1.50")]

    def test_a_credit_lowers_the_bill(self, platform, customer, sub_account):
        credit = usage_row(
            ChargeCategory="Credit", ListCost="-0.2", BilledCost="-0.2", ListUnitPrice="NULL"
        )
        imported(focus_csv([usage_row(), credit]), tenant=platform)
        assert Bill.objects.get().total == Decimal("0.30")

    def test_a_prepayment_is_not_charged_beside_the_use_it_covers(
        self, platform, customer, sub_account
    ):
        prepaid = usage_row(
            ChargeCategory="Purchase", ListCost="100", BilledCost="80", EffectiveCost="0"
        )
        covered = usage_row(BilledCost="0", EffectiveCost="0.4")
        content = focus_csv([prepaid, covered])

        imported(content, tenant=platform)
        assert Bill.objects.get().total == Decimal("0.50")

        SubAccount.objects.update(basis=CostBasis.BILLED)
        BillPeriod.objects.update(is_due=True)
        rate_due()
        assert Bill.objects.get().total == Decimal("80.00")

    def test_several_sub_accounts_and_vendors_are_one_bill(self, platform, customer, sub_account):
        SubAccountFactory(
            tenant=platform, provider_name="Other", external_id="p1", customer=customer
        )
        imported(focus_csv([usage_row()]), tenant=platform)
        imported(focus_csv([usage_row(ProviderName="Other", SubAccountId="p1")]), tenant=platform)

        assert Bill.objects.get().total == Decimal("1.00")

    def test_names_longer_than_the_bill_has_room_for_stay_apart(
        self, platform, customer, sub_account
    ):
        ids = [f"/subscriptions/{'x' * 300}/{number}" for number in range(2)]
        imported(focus_csv([usage_row(ResourceId=name) for name in ids]), tenant=platform)
        assert BillItem.objects.values("resource_id").distinct().count() == 2


class TestForeignCurrency:
    ROWS = focus_csv([usage_row(BillingCurrency="USD", ListCost="10", ListUnitPrice="10")])

    def test_without_a_rate_nothing_is_billed_and_it_is_said(self, platform, customer, sub_account):
        imported(self.ROWS, tenant=platform)

        assert Bill.objects.count() == 0
        assert UsageRating.objects.get().problem["code"] == "clouds.exchange_rate_is_missing"
        assert BillPeriod.objects.get().is_due

    def test_the_rate_given_later_bills_the_month(self, platform, boss, customer, sub_account):
        imported(self.ROWS, tenant=platform)

        mapping.enter_exchange_rate(
            tenant=platform,
            currency="USD",
            month=OCTOBER,
            rate=Decimal("7.123456789012"),
            source="PBC 2026-10-31",
            actor=boss,
            now=MOMENT,
        )
        rate_due()

        assert Bill.objects.get().total == Decimal("71.23")
        assert BillItem.objects.get().payable == Decimal("71.234567890120")
        assert UsageRating.objects.get().problem == {}

    def test_another_rate_adjusts(self, platform, boss, customer, sub_account):
        ExchangeRateFactory(tenant=platform, rate=Decimal(7))
        imported(self.ROWS, tenant=platform)
        facts = {"tenant": platform, "currency": "USD", "month": OCTOBER, "source": "x"}

        mapping.enter_exchange_rate(**facts, rate=Decimal(7), actor=boss, now=MOMENT)
        assert ExchangeRate.objects.count() == 1
        mapping.enter_exchange_rate(**facts, rate=Decimal("7.5"), actor=boss, now=MOMENT)
        rate_due()

        assert Bill.objects.get().total == Decimal("75.00")
        assert ExchangeRate.objects.count() == 2

    @pytest.mark.parametrize("rate", ["0", "-7", "NaN", "0.0000000000001", "1e12"])
    def test_a_rate_that_is_none_is_refused(self, platform, boss, rate):
        with pytest.raises(ExchangeRateIsWrong):
            mapping.enter_exchange_rate(
                tenant=platform,
                currency="USD",
                month=OCTOBER,
                rate=Decimal(rate),
                source="x",
                actor=boss,
                now=MOMENT,
            )
        assert ExchangeRate.objects.count() == 0


class TestMapping:
    def test_parked_lines_are_billed_once_they_belong_to_somebody(self, platform, boss, customer):
        imported(focus_csv(usage_rows(4)), tenant=platform)
        assert Bill.objects.count() == 0

        mapping.map_sub_account(
            sub_account=SubAccount.objects.get(), customer=customer, actor=boss, now=MOMENT
        )
        rate_due()

        assert Bill.objects.get().total == Decimal("2.00")

    def test_a_wrong_owner_gets_his_money_back(self, platform, boss, customer, sub_account):
        other = CustomerFactory(tenant=platform)
        imported(focus_csv(usage_rows(4)), tenant=platform)

        mapping.map_sub_account(sub_account=sub_account, customer=other, actor=boss, now=MOMENT)
        rate_due()

        totals = dict(Bill.objects.values_list("customer", "total"))
        assert totals == {customer.pk: Decimal("0.00"), other.pk: Decimal("2.00")}

    def test_a_customer_of_another_seller_is_refused(
        self, platform, distributor, rival, boss, sub_account
    ):
        SubAccount.objects.update(tenant=distributor)
        sub_account.refresh_from_db()
        with pytest.raises(SubAccountIsForeign):
            mapping.map_sub_account(
                sub_account=sub_account,
                customer=CustomerFactory(tenant=rival),
                actor=boss,
                now=MOMENT,
            )

    def test_is_for_those_who_may(self, platform, clerk, rival_boss, customer, sub_account):
        facts = {"sub_account": sub_account, "customer": customer, "now": MOMENT}
        with pytest.raises((Forbidden, NotFound)):
            mapping.map_sub_account(**facts, actor=clerk)
        with pytest.raises(NotFound):
            mapping.map_sub_account(**facts, actor=rival_boss)


def test_a_month_that_is_half_imported_is_not_billed(platform, customer, sub_account):
    job = imported(focus_csv(usage_rows(2)), tenant=platform)
    BillPeriod.objects.update(is_due=True, held_by=job, list_total=0)
    UsageRating.objects.update(digest="")

    assert rate_due() == 0
    assert BillPeriod.objects.get().is_due
