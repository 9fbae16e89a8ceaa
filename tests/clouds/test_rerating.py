"""Metered use by steps: late use and orders rate the window again, in lines that add (PRC-5)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

import pytest
from django.db.models import Sum
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.billing.enums import EntryKind
from apps.billing.models import Bill, BillItem, Entry
from apps.billing.selectors import explain_item, verify_ledger
from apps.clouds.models import UsageRating
from apps.clouds.services import imports, rerating
from apps.orders.services.counting import count_towards_steps
from apps.products.agreement_enums import AgreementKind
from tests.factories.agreements import AgreementPriceFactory
from tests.factories.bills import MOMENT, SubAccountFactory, focus_csv, run, start, usage_row
from tests.factories.customers import CustomerFactory
from tests.factories.products import SkuFactory
from tests.support.purchases import buy

pytestmark = pytest.mark.django_db

_serial = count(1)
DECEMBER = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)


@pytest.fixture
def sub_account(platform, customer):
    return SubAccountFactory(tenant=platform, external_id="sub-1", customer=customer)


def steps(customer, *, method="whole", period="month", measure="spend", **facts):
    return AgreementPriceFactory(
        agreement__customer=customer,
        agreement__in_force=True,
        name="阶梯价",
        change="tiers",
        measure=measure,
        method=method,
        period=period,
        steps=[{"from": "100", "rate": "0.9"}, {"from": "1000", "rate": "0.8"}],
        **facts,
    )


def row(cost, resource="i-1", day=5, month=10, **cells):
    until = date(2026 + month // 12, month % 12 + 1, 1)
    return usage_row(
        ListCost=str(cost),
        ListUnitPrice="NULL",
        PricingQuantity=str(cost),
        ResourceId=resource,
        BillingPeriodStart=f"2026-{month:02}-01T00:00:00Z",
        BillingPeriodEnd=f"{until}T00:00:00Z",
        ChargePeriodStart=f"2026-{month:02}-{day:02}T08:00:00Z",
        ChargePeriodEnd=f"2026-{month:02}-{day:02}T09:00:00Z",
        **cells,
    )


def bring(tenant, rows, at=MOMENT):
    """One more part of a month's bill."""
    run(start(focus_csv(rows), tenant=tenant, scope="addition"))
    rerate(at)


def rerate(at=MOMENT):
    return rerating.rerate_asked(clock=lambda: at)


class TestBorders:
    @pytest.mark.parametrize(
        ("cost", "total"),
        [("99.99", "99.99"), ("100", "90.00"), ("100.01", "90.01"), ("1000", "800.00")],
    )
    def test_of_the_whole(self, platform, customer, sub_account, cost, total):
        steps(customer)

        bring(platform, [row(cost)])

        assert Bill.objects.get().total == Decimal(total)

    def test_crossing_one_rates_again_what_was_charged(self, platform, customer, sub_account):
        steps(customer)
        bring(platform, [row("60")])

        bring(platform, [row("40", "i-2")])

        lines = BillItem.objects.order_by("pk").values_list("resource_id", "reason", "payable")
        assert list(lines) == [
            ("i-1", "use", Decimal(60)),
            ("i-1", "rerated", Decimal(-6)),
            ("i-2", "late", Decimal(36)),
        ]
        with translation.override("en"):
            [why] = explain_item(BillItem.objects.get(reason="rerated"))
        assert why == "阶梯价: ¥100.00 counted, from ¥100.00 on it is 90 % of the price"
        assert not verify_ledger().findings

    def test_late_use_of_one_resource_is_told_from_its_new_price(
        self, platform, customer, sub_account
    ):
        steps(customer)
        bring(platform, [row("60")])

        bring(platform, [row("40", day=6)])

        lines = BillItem.objects.filter(revision=2).order_by("pk")
        assert list(lines.values_list("reason", "list_cost", "payable")) == [
            ("rerated", Decimal(0), Decimal(-6)),
            ("late", Decimal(40), Decimal(36)),
        ]

    def test_by_quantity(self, platform, customer, sub_account):
        steps(customer, measure="quantity")

        bring(platform, [row("99")])
        bring(platform, [row("1", "i-2")])

        assert Bill.objects.get().total == Decimal("90.00")


class TestWindows:
    def test_a_closed_month_is_adjusted_in_the_next_open_bill(
        self, platform, customer, sub_account
    ):
        steps(customer, period="quarter")
        bring(platform, [row("60")])

        job = start(focus_csv([row("40", month=11)]), tenant=platform)
        imports.run_import(bill_import_id=job.pk, clock=lambda: DECEMBER)
        rerate(DECEMBER)

        october, november = Bill.objects.order_by("month")
        assert (october.total, november.total) == (Decimal("60.00"), Decimal("30.00"))
        line = BillItem.objects.get(reason="rerated")
        assert (line.bill, line.used_in, line.payable) == (november, october.month, Decimal(-6))
        adjusted = Entry.objects.get(kind=EntryKind.ADJUSTMENT)
        assert (adjusted.period, adjusted.amount) == (october.month, Decimal("6.00"))
        assert not verify_ledger().findings

    def test_slabs_leave_earlier_months_as_they_were(self, platform, customer, sub_account):
        steps(customer, period="quarter", method="slab")
        bring(platform, [row("90")])

        bring(platform, [row("20", month=11)])

        assert not BillItem.objects.filter(reason="rerated").exists()
        assert exact(customer) == Decimal(90 + 10 + 9)

    def test_an_order_counts_and_rates_again(self, platform, customer, sub_account):
        steps(customer)
        bring(platform, [row("60")])
        line = buy(
            customer,
            SkuFactory(product__tenant=platform),
            "20.00",
            datetime(2026, 10, 20, tzinfo=UTC),
        )

        for _again in range(2):
            count_towards_steps(order_id=line.order_id, now=MOMENT)
            rerate()

        assert Bill.objects.get().total == Decimal("54.00")  # 60 of use, 40 ordered by the list
        assert Entry.objects.filter(kind=EntryKind.ADJUSTMENT).count() == 1

    def test_a_project_s_steps_are_for_its_resources(self, platform, customer, sub_account):
        price = steps(customer)
        price.agreement.kind, price.agreement.project = AgreementKind.PROJECT, "P-1"
        price.agreement.save()

        bring(platform, [row("200")])

        assert Bill.objects.get().total == Decimal("200.00")


class TestJob:
    def test_lost_doubled_or_late_it_does_the_same(self, platform, customer, sub_account):
        steps(customer, period="quarter")
        bring(platform, [row("60")])
        run(start(focus_csv([row("40", month=11)]), tenant=platform))
        assert UsageRating.objects.filter(rerate_asked_at__isnull=False).count() == 1

        assert [rerate(), rerate()] == [1, 0]
        UsageRating.objects.update(rerate_asked_at=MOMENT)  # as if it had been told twice
        entries = Entry.objects.count()
        rerate()

        assert (Entry.objects.count(), exact(customer)) == (entries, Decimal(90))

    def test_waits_while_lines_come_in(self, platform, customer, sub_account):
        steps(customer, period="quarter")
        bring(platform, [row("60")])
        job = run(start(focus_csv([row("40", month=11)]), tenant=platform))
        job.periods.update(held_by=job)

        assert rerate() == 0
        assert UsageRating.objects.filter(rerate_asked_at__isnull=False).exists()

    def test_the_preview_tells_what_it_would_add(self, platform, customer, sub_account):
        steps(customer, period="quarter")
        bring(platform, [row("60")])
        run(start(focus_csv([row("40", month=11)]), tenant=platform))
        rating = UsageRating.objects.get(month=date(2026, 10, 1))

        now, later = (rerating.preview(rating=rating, now=at) for at in (MOMENT, DECEMBER))

        assert (now.difference, now.goes_to) == (Decimal(-6), "2026-10")
        assert later.goes_to == "2026-11"


def test_lines_ask_no_queries_of_their_own(
    platform, customer, sub_account, django_assert_max_num_queries
):
    steps(customer, period="year")
    for month in (10, 11):
        bring(platform, [row("1", f"i-{n}", month=month) for n in range(20)])
    rating = UsageRating.objects.get(month=date(2026, 10, 1))

    with django_assert_max_num_queries(16):
        rerating.preview(rating=rating, now=MOMENT)


def exact(customer):
    return BillItem.objects.filter(bill__customer=customer).aggregate(sum=Sum("payable"))["sum"]


def a_buyer(platform, name, method, period):
    """A customer with steps and an account at the vendor's, of which `rows` tell the use."""
    buyer = SubAccountFactory(
        tenant=platform, external_id=name, customer=CustomerFactory(tenant=platform)
    ).customer
    steps(buyer, method=method, period=period)
    return buyer


PARTS = st.lists(
    st.tuples(
        st.decimals("0.000000000001", 700, places=12),
        st.sampled_from(["i-1", "i-2"]),
        st.sampled_from([10, 11]),
        st.integers(1, 28),
    ),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    parts=PARTS,
    method=st.sampled_from(["whole", "slab"]),
    period=st.sampled_from(["month", "quarter", "contract"]),
    order=st.randoms(use_true_random=False),
)
def test_however_use_arrives_it_costs_the_same(platform, parts, method, period, order):
    """Charges and adjustments of any split sum to what all of it costs at once, to the twelfth
    decimal, and the books agree."""
    number = next(_serial)
    names = [f"{number}-whole", f"{number}-split"]
    one, other = (a_buyer(platform, name, method, period) for name in names)

    def rows(name):
        return [
            row(cost, resource, day, month, SubAccountId=name, ChargeDescription=f"part {n}")
            for n, (cost, resource, month, day) in enumerate(parts)
        ]

    bring(platform, rows(names[0]))
    split = rows(names[1])
    order.shuffle(split)
    for n, part in enumerate(split):
        bring(platform, [part], DECEMBER if n % 2 else MOMENT)

    assert exact(one) == exact(other)
    assert not verify_ledger().findings
