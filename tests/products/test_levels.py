"""Price lists over three levels, what each pays, and the terms of suppliers."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.approvals import kinds
from apps.approvals.enums import EffectStatus
from apps.core.errors import Forbidden, NotFound
from apps.core.models import OutboxEvent
from apps.products import services as products
from apps.products.agreement_enums import PriceListStatus, TermKind
from apps.products.agreement_errors import (
    FixedPriceIsForPrepaid,
    PriceListIsEmpty,
    PriceListIsOutOfRange,
    PriceListNeedsApproval,
)
from apps.products.enums import ChangeType, ProductPerm
from apps.products.models import PriceListPrice, SupplierTerm
from apps.products.services.price_lists import agree_purchase_price
from tests.factories.agreements import PriceListFactory, SupplierTermFactory
from tests.factories.customers import CustomerFactory
from tests.factories.products import PriceFactory, ProductFactory, SkuFactory
from tests.factories.rbac import StaffFactory, TenantFactory, give_role
from tests.support.approvals import agree, refuse

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def sku(platform):
    """Sold at 100.00, bought at 60.00 by the platform."""
    sku = SkuFactory(product=ProductFactory(tenant=platform))
    PriceFactory(sku=sku, unit_cost=Decimal("60.00"))
    return sku


@pytest.fixture
def below(distributor):
    """A level below the distributor."""
    return TenantFactory(parent=distributor, code="below", name="苏州渠道")


def chief_of(tenant):
    return give_role(StaffFactory(tenant=tenant), "operations")


def publish(tenant, rate, now, actor=None, **facts):
    listed = PriceListFactory(tenant=tenant, **facts)
    PriceListPrice.objects.create(
        price_list=listed, name="渠道价", rate=Decimal(rate), valid_from=listed.valid_from
    )
    return products.publish_price_list(price_list=listed, actor=actor or chief_of(tenant), now=now)


def quote_for(tenant, sku, now):
    customer = CustomerFactory(tenant=tenant)
    return products.preview_quote(
        customer=customer, lines=[products.QuoteLineIn(sku.pk)], actor=chief_of(tenant), now=now
    )


class TestThreeLevels:
    @pytest.fixture
    def chain(self, roles, platform, distributor, below, sku, now):
        """The distributor pays 75, lists 95; the level below it pays 85, lists 90."""
        for tenant, percent in ((distributor, 75), (below, 85)):
            agree_purchase_price(
                distributor=tenant,
                percent=Decimal(percent),
                valid_from=now - timedelta(days=1),
                actor=None,
                reason="",
            )
        publish(distributor, "0.95", now, lowest=Decimal("0.88"))
        publish(below, "0.90", now)
        return now

    def test_customers_see_the_list_of_their_own_level(
        self, chain, platform, distributor, below, sku
    ):
        totals = [quote_for(level, sku, chain).total for level in (platform, distributor, below)]

        assert totals == [Decimal("100.00"), Decimal("95.00"), Decimal("90.00")]

    def test_each_level_knows_what_it_pays_itself_and_no_more(
        self, chain, platform, distributor, below, sku
    ):
        costs = [
            quote_for(level, sku, chain).cost_total for level in (platform, distributor, below)
        ]

        assert costs == [Decimal("60.00"), Decimal("75.00"), Decimal("85.00")]

    def test_nobody_finds_the_cost_of_the_level_above(self, chain, distributor, below, sku):
        for level, hidden in ((below, ("75", "60.00")), (distributor, ("60.00",))):
            quote = quote_for(level, sku, chain)
            for text in (quote.to_snapshot(), quote.to_margin_snapshot()):
                assert not any(f'"{figure}' in text for figure in hidden)
        visible = SupplierTerm.objects.all().visible_to(
            give_role(StaffFactory(tenant=below), "finance")
        )
        assert {term.tenant for term in visible} == {below}

    def test_a_list_below_stays_within_the_range(self, chain, below, now):
        with pytest.raises(PriceListIsOutOfRange):
            publish(below, "0.87", now)

        assert below.price_lists.get(status=PriceListStatus.PUBLISHED).prices.get().rate == Decimal(
            "0.90"
        )


class TestPublishing:
    def test_replaces_the_list_before_and_holds_in_the_next_quote(
        self, roles, distributor, sku, now
    ):
        first = publish(distributor, "0.95", now)
        assert quote_for(distributor, sku, now).total == Decimal("95.00")

        publish(distributor, "0.92", now)

        first.refresh_from_db()
        assert first.status == PriceListStatus.WITHDRAWN
        assert quote_for(distributor, sku, now).total == Decimal("92.00")

    def test_withdrawing_brings_the_catalogue_s_price_back(self, roles, distributor, sku, now):
        listed = publish(distributor, "0.95", now)

        products.withdraw_price_list(price_list=listed, actor=chief_of(distributor), now=now)

        assert quote_for(distributor, sku, now).total == Decimal("100.00")

    def test_an_empty_list_is_not_published(self, roles, distributor, now):
        listed = PriceListFactory(tenant=distributor)

        with pytest.raises(PriceListIsEmpty):
            products.publish_price_list(price_list=listed, actor=chief_of(distributor), now=now)

        listed.refresh_from_db()
        assert listed.status == PriceListStatus.DRAFT

    def test_others_do_not_publish_it(self, roles, distributor, stranger, rival_boss, clerk, now):
        for person in (stranger, rival_boss, clerk):
            with pytest.raises((Forbidden, NotFound)):
                publish(distributor, "0.95", now, actor=person)


class TestFixedPrices:
    @pytest.fixture
    def listed(self, roles, distributor, sku, now):
        """The distributor pays 75; of the catalogue's 100 its customers are to pay 88."""
        agree_purchase_price(
            distributor=distributor,
            percent=Decimal(75),
            valid_from=now - timedelta(days=1),
            actor=None,
            reason="",
        )
        listed = PriceListFactory(tenant=distributor)
        PriceListPrice.objects.create(
            price_list=listed,
            name="渠道特价",
            change=ChangeType.FIXED_PRICE,
            unit_price=Decimal("88.00"),
            scope="sku",
            sku=sku,
            valid_from=listed.valid_from,
        )
        return listed

    def ask(self, listed, now):
        for code in ("sales-manager", "finance", "operations", "administrator"):
            give_role(StaffFactory(tenant=listed.tenant), code)
        return products.request_price_list(
            price_list=listed, reason="大客户", actor=chief_of(listed.tenant), now=now
        )

    def test_are_not_published_without_an_approval(self, listed, distributor, sku, now):
        with pytest.raises(PriceListNeedsApproval):
            products.publish_price_list(price_list=listed, actor=chief_of(distributor), now=now)

        assert quote_for(distributor, sku, now).total == Decimal("100.00")

    def test_who_decides_sees_price_and_margin_before_and_after(self, listed, now):
        card = kinds.get("products.price_list").card(self.ask(listed, now))

        pays, margin = card.changes
        assert (pays.before, pays.after) == ("¥100.00", "¥88.00")
        assert (margin.before, margin.after) == ("25.0 %", "14.8 %")
        assert margin.needs == ProductPerm.VIEW_COST

    def test_hold_once_they_are_approved(self, listed, distributor, sku, now):
        agree(self.ask(listed, now), now)

        listed.refresh_from_db()
        assert listed.status == PriceListStatus.PUBLISHED
        assert quote_for(distributor, sku, now).total == Decimal("88.00")

    def test_a_refusal_makes_it_a_draft_again(self, listed, distributor, sku, now):
        refuse(self.ask(listed, now), now)

        listed.refresh_from_db()
        assert listed.status == PriceListStatus.DRAFT
        assert quote_for(distributor, sku, now).total == Decimal("100.00")

    @pytest.mark.parametrize("lowest", ["0.90", "0.881"])
    def test_stay_within_the_range_of_the_level_above(self, listed, platform, now, lowest):
        publish(platform, "1", now, lowest=Decimal(lowest))

        with pytest.raises(PriceListIsOutOfRange):
            self.ask(listed, now)

        listed.refresh_from_db()
        assert listed.status == PriceListStatus.DRAFT

    def test_what_a_new_list_price_pushed_out_of_the_range_is_held(
        self, listed, platform, sku, now
    ):
        publish(platform, "1", now, lowest=Decimal("0.85"))
        approval = self.ask(listed, now)
        sku.prices.update(unit_price=Decimal("110.00"))

        agree(approval, now)

        listed.refresh_from_db()
        assert (approval.effect, listed.status) == (EffectStatus.HELD, PriceListStatus.PENDING)

    def test_are_for_what_is_paid_in_advance(self, listed, sku, now):
        sku.billing_mode = "hourly"
        sku.save()

        with pytest.raises(FixedPriceIsForPrepaid):
            self.ask(listed, now)


def test_an_approval_says_what_a_distributor_pays(boss, platform, distributor, sku, now):
    for code in ("sales-manager", "finance", "operations"):
        give_role(StaffFactory(tenant=platform), code)
    approval = products.request_distributor_pricing(
        distributor=distributor,
        percent=Decimal(72),
        valid_from=timezone.localdate(now),
        reason="年度返利后",
        actor=boss,
        now=now,
    )

    agree(approval, now)

    term = SupplierTerm.objects.get()
    assert (term.tenant, term.kind, term.rate) == (distributor, TermKind.PURCHASE, Decimal("0.72"))
    assert quote_for(distributor, sku, now).cost_total == Decimal("72.00")
    assert OutboxEvent.objects.filter(kind__contains="DistributorPricingApproved").exists()


class TestSuppliersTerms:
    def test_rebates_come_off_the_vendor_s_price_one_after_the_other(
        self, roles, platform, sku, now
    ):
        SupplierTermFactory(tenant=platform, rate=Decimal("0.10"))
        SupplierTermFactory(tenant=platform, kind=TermKind.BACK_REWARD, rate=Decimal("0.05"))

        assert quote_for(platform, sku, now).cost_total == Decimal("51.30")

    def test_one_that_is_over_does_not(self, roles, platform, sku, now):
        SupplierTermFactory(tenant=platform, valid_until=now - timedelta(days=1))

        assert quote_for(platform, sku, now).cost_total == Decimal("60.00")

    def test_its_page_is_for_those_who_may_see_the_cost(self, browse, boss, platform, clerk):
        SupplierTermFactory(tenant=platform)
        url = "/admin/products/supplierterm/"

        assert "8 %" in browse(boss).get(url).content.decode()
        assert browse(clerk).get(url).status_code == 403
