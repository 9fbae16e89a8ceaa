"""A campaign from the draft to its end: decided by others, live to the second, stopped at once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.approvals import kinds
from apps.approvals.enums import ApprovalStatus
from apps.approvals.models import Approval
from apps.core.errors import Forbidden, NotFound
from apps.core.models import AuditEntry
from apps.products import services as products
from apps.products.campaigns import CampaignStatus, PromotionKind
from apps.products.enums import BillingMode, CapUnit, ChangeType
from apps.products.errors import (
    CampaignIsEmpty,
    CampaignIsFrozen,
    CampaignIsOver,
    PromotionIsOutside,
)
from apps.products.models import Campaign
from apps.products.selectors.pricing import Circumstances, QuoteLineIn, price_basket
from apps.products.selectors.promotions import budget_left, chart_of, pool_members, usage_of
from apps.products.services.campaigns import note_campaign_edit
from tests.factories.products import PriceFactory, ProductFactory, SkuFactory
from tests.factories.promotions import (
    CampaignFactory,
    PromotionFactory,
    RuleClaimFactory,
    VoucherFactory,
)
from tests.factories.rbac import StaffFactory, give_role
from tests.products.test_claims import quote_with
from tests.support.approvals import agree, refuse

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture(autouse=True)
def approvers(platform, roles):
    codes = ("sales-manager", "finance")
    return {code: give_role(StaffFactory(tenant=platform), code) for code in codes}


@pytest.fixture
def operations(platform, roles):
    return give_role(StaffFactory(tenant=platform), "operations")


@pytest.fixture
def sku(platform):
    """Sold at 100.00, bought at 60.00."""
    sku = SkuFactory(product=ProductFactory(tenant=platform))
    PriceFactory(sku=sku, unit_cost=Decimal("60.00"))
    return sku


@pytest.fixture
def campaign(platform, sku, now):
    draft = CampaignFactory(tenant=platform, ends_at=now + timedelta(days=2))
    PromotionFactory(
        campaign=draft, kind=PromotionKind.FLASH_SALE, sku=sku, name="秒杀", cap_total=50
    )
    return draft


def ask(campaign, actor, now):
    return products.request_campaign(campaign=campaign, reason="双十一", actor=actor, now=now)


def pays(customer, sku, at):
    return price_basket(customer=customer, lines=[QuoteLineIn(sku.pk)], at=at).total


def facts(card):
    return " ".join(f"{fact.label} {fact.value}" for fact in card.facts)


class TestLaunch:
    def test_goes_live_once_others_agree(self, campaign, customer, sku, operations, approvers, now):
        approval = ask(campaign, operations, now)
        before = pays(customer, sku, now)

        agreed = agree(approval, now)

        campaign.refresh_from_db()
        assert agreed == [approvers["finance"]]
        assert (campaign.status, campaign.approved_at) == (CampaignStatus.RUNNING, now)
        assert (before, pays(customer, sku, now)) == (Decimal("100.00"), Decimal("80.00"))

    def test_ends_on_the_second(self, campaign, customer, sku, operations, now):
        agree(ask(campaign, operations, now), now)
        end = campaign.ends_at

        last, after = end - timedelta(seconds=1), end

        assert pays(customer, sku, last) == Decimal("80.00")
        assert pays(customer, sku, after) == Decimal("100.00")

    def test_is_refused_and_a_draft_again(self, campaign, customer, sku, operations, now):
        refuse(ask(campaign, operations, now), now)

        campaign.refresh_from_db()
        assert campaign.status == CampaignStatus.DRAFT
        assert pays(customer, sku, now) == Decimal("100.00")

    def test_the_card_says_what_is_given_and_what_is_left(self, campaign, operations, now):
        card = kinds.get("products.promotion").card(ask(campaign, operations, now))

        changes = [(change.before, change.after, change.needs) for change in card.changes]
        assert changes == [
            ("¥100.00", "¥80.00 (−20.0 %)", ""),
            ("40.0 %", "25.0 %", "products.view_cost"),
        ]
        assert "8 折" in facts(card)
        assert card.warnings == ("活动持续超过六十天。",)

    @pytest.mark.parametrize(("may", "said"), [(True, "低于厂商价"), (False, "停在成本线")])
    def test_below_the_cost_is_warned_of_and_asks_sales(
        self, may, said, campaign, operations, approvers, now
    ):
        campaign.promotions.update(rate=Decimal("0.5"), may_break_floor=may)
        approval = ask(campaign, operations, now)

        assert said in kinds.get("products.promotion").card(approval).warnings[0]
        assert agree(approval, now) == [approvers["finance"], approvers["sales-manager"]]

    def test_an_edit_voids_what_was_asked(self, campaign, operations, now):
        approval = ask(campaign, operations, now)

        note_campaign_edit(campaign=campaign, now=now)

        approval.refresh_from_db()
        campaign.refresh_from_db()
        assert (approval.status, campaign.status) == (ApprovalStatus.VOIDED, CampaignStatus.DRAFT)

    def test_what_is_live_is_not_edited(self, platform, now):
        with pytest.raises(CampaignIsFrozen):
            note_campaign_edit(campaign=CampaignFactory(tenant=platform, running=True), now=now)

    def test_the_audit_says_what_is_different_the_second_time(
        self, campaign, operations, boss, now
    ):
        agree(ask(campaign, operations, now), now)
        products.pause_campaign(campaign=campaign, actor=boss, now=now)
        products.revise_campaign(campaign=campaign, actor=boss, now=now)
        campaign.promotions.update(rate=Decimal("0.7"))
        agree(ask(campaign, operations, now), now)

        entry = AuditEntry.objects.filter(verb="promotion.launched").latest("pk")

        assert (entry.before, entry.after) == ({"优惠": "8 折"}, {"优惠": "7 折"})

    def test_only_a_sound_draft_is_asked_for(self, platform, campaign, operations, now):
        promotion = campaign.promotions.get()

        with pytest.raises(CampaignIsEmpty):
            ask(CampaignFactory(tenant=platform), operations, now)
        with pytest.raises(CampaignIsOver):
            ask(campaign, operations, campaign.ends_at)
        promotion.valid_until = None
        promotion.save()
        with pytest.raises(PromotionIsOutside):
            ask(campaign, operations, now)

        assert not Approval.objects.exists()

    def test_the_budget_is_one_for_all_its_promotions(self, campaign, operations, now):
        campaign.budget = Decimal("1000.00")
        campaign.save()
        other = PromotionFactory(campaign=campaign)
        quote = quote_with((other.rule_key, 2, "30.00"))
        RuleClaimFactory(rule_key=other.rule_key, customer=quote.customer, amount="30.00")

        asked = ask(campaign, operations, now)
        agree(asked, now)

        assert asked.form["amount"] == "1000.00"
        assert budget_left(campaign) == Decimal("970.00")
        key = other.rule_key
        other.delete()  # what it gave away is gone all the same
        assert key in pool_members(campaign)

    def test_a_first_order_is_one_order_of_a_customer(self, campaign, operations, now):
        campaign.promotions.update(kind=PromotionKind.FIRST_ORDER)

        ask(campaign, operations, now)

        promotion = campaign.promotions.get()
        assert (promotion.cap_per_customer, promotion.cap_counts) == (1, CapUnit.ORDERS)

    @pytest.mark.parametrize(
        ("who", "error"),
        [("clerk", Forbidden), ("stranger", NotFound), ("rival_boss", NotFound)],
    )
    def test_others_ask_for_nothing(self, who, error, campaign, now, request):
        with pytest.raises(error):
            ask(campaign, request.getfixturevalue(who), now)

        campaign.refresh_from_db()
        assert campaign.status == CampaignStatus.DRAFT


class TestStop:
    def live(self, campaign):
        Campaign.objects.filter(pk=campaign.pk).update(
            status=CampaignStatus.RUNNING, approved_at=timezone.now()
        )
        campaign.refresh_from_db()
        return campaign

    def test_takes_effect_with_the_next_price(self, campaign, customer, sku, boss, now):
        agree(ask(campaign, boss, now), now)
        prices = []

        for act in ("pause_campaign", "resume_campaign", "end_campaign"):
            getattr(products, act)(campaign=campaign, actor=boss, now=now)
            prices.append(pays(customer, sku, now))

        assert prices == [Decimal("100.00"), Decimal("80.00"), Decimal("100.00")]

    @pytest.mark.parametrize(
        ("who", "error"),
        [("clerk", Forbidden), ("stranger", NotFound), ("rival_boss", NotFound)],
    )
    def test_is_for_those_who_may(self, who, error, campaign, now, request):
        self.live(campaign)

        with pytest.raises(error):
            products.pause_campaign(campaign=campaign, actor=request.getfixturevalue(who), now=now)

        campaign.refresh_from_db()
        assert campaign.status == CampaignStatus.RUNNING

    def test_what_is_over_is_marked_by_a_sweep(self, campaign, now):
        self.live(campaign)

        assert products.end_campaigns(now=campaign.ends_at - timedelta(seconds=1)) == 0
        assert products.end_campaigns(now=campaign.ends_at) == 1
        assert products.end_campaigns(now=campaign.ends_at) == 0


class TestSpendAndSave:
    def test_counts_what_the_order_pays_and_not_what_is_billed_by_use(
        self, platform, customer, sku, now
    ):
        hourly = SkuFactory(product=sku.product, price="500.00", billing_mode=BillingMode.HOURLY)
        PromotionFactory(
            campaign__tenant=platform,
            kind=PromotionKind.SPEND_AND_SAVE,
            change=ChangeType.SPEND_AND_SAVE,
            rate=None,
            steps=[{"from": "100", "off": "10"}, {"from": "500", "off": "100"}],
        )

        lines = [QuoteLineIn(sku.pk), QuoteLineIn(hourly.pk)]
        priced = price_basket(customer=customer, lines=lines, at=now)

        assert [line.amount for line in priced.lines] == [Decimal("90.00"), Decimal("500.00")]


class TestWithVouchers:
    """VCH-1: through the engine, as the customer chose them."""

    def total(self, customer, sku, now, *vouchers):
        given = Circumstances(voucher_ids=tuple(voucher.pk for voucher in vouchers))
        lines = [QuoteLineIn(sku.pk, 2)]
        return price_basket(customer=customer, lines=lines, at=now, given=given).total

    def test_only_chosen_ones_of_mine_count(self, customer, sku, now):
        mine, other = VoucherFactory(customer=customer), VoucherFactory()

        totals = [self.total(customer, sku, now, *chosen) for chosen in ([], [mine], [other])]

        assert totals == [Decimal("200.00"), Decimal("170.00"), Decimal("200.00")]

    def test_one_counts_unless_all_go_together(self, customer, sku, now):
        alone = [VoucherFactory(customer=customer) for _ in range(2)]
        friends = [VoucherFactory(customer=customer, batch__with_vouchers=True) for _ in range(2)]

        assert self.total(customer, sku, now, *alone) == Decimal("170.00")
        assert self.total(customer, sku, now, alone[0], friends[0]) == Decimal("170.00")
        assert self.total(customer, sku, now, *friends) == Decimal("140.00")

    def test_one_without_promotions_gives_way_to_the_narrower(self, platform, customer, sku, now):
        PromotionFactory(campaign__tenant=platform, sku=sku)
        shy = VoucherFactory(customer=customer, batch__with_promotions=False)

        assert self.total(customer, sku, now, shy) == Decimal("160.00")
        assert self.total(customer, sku, now, VoucherFactory(customer=customer)) == Decimal(
            "130.00"
        )


class TestUsage:
    def test_is_what_was_claimed_and_not_given_back(self, campaign, customer, now):
        Campaign.objects.filter(pk=campaign.pk).update(
            status=CampaignStatus.RUNNING, approved_at=now
        )
        promotion = campaign.promotions.get()
        promotion.cap_budget = Decimal("100.00")
        promotion.save()
        for key, amount in (("A", "20.00"), ("B", "40.00")):
            quote = quote_with((promotion.rule_key, 2, amount), customer=customer)
            products.claim_rules(quote=quote, key=key, now=now)
        products.release_claims(key="A", now=now)

        usage = usage_of(promotions=[promotion])[promotion.pk]

        assert (usage.orders, usage.units, usage.amount) == (1, 2, Decimal("40.00"))
        assert (usage.budget_left, usage.left) == (Decimal("60.00"), 48)
        chart = chart_of(promotions=[promotion], at=now)
        assert (len(chart), chart[-1].amount, chart[-1].orders) == (30, Decimal("40.00"), 1)
