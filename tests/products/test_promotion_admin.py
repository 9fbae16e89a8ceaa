"""The admin's doors to promotions and vouchers: operations makes, others decide, sales look."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.approvals.enums import ApprovalStatus
from apps.approvals.models import Approval
from apps.customers.enums import CustomerTier
from apps.products.campaigns import BatchStatus, CampaignStatus, IssueStatus, VoucherStatus
from apps.products.models import Campaign, Promotion, Voucher, VoucherBatch, VoucherIssue
from tests.factories.customers import CustomerFactory
from tests.factories.products import ProductFactory, SkuFactory
from tests.factories.promotions import (
    CampaignFactory,
    PromotionFactory,
    RuleClaimFactory,
    VoucherBatchFactory,
    VoucherFactory,
    VoucherIssueFactory,
)
from tests.factories.rbac import StaffFactory, give_role

pytestmark = pytest.mark.django_db
WINDOW = {
    "valid_from_0": "2026-11-01",
    "valid_from_1": "00:00:00",
    "valid_until_0": "2026-12-01",
    "valid_until_1": "00:00:00",
}


def url_of(model, page, *args):
    return reverse(f"admin:products_{model}_{page}", args=args)


@pytest.fixture
def operations(platform, roles):
    return give_role(StaffFactory(tenant=platform), "operations")


@pytest.fixture
def finance(platform, roles):
    """Who decides; sales look as well where the margin is thin or not known."""
    give_role(StaffFactory(tenant=platform), "sales-manager")
    return give_role(StaffFactory(tenant=platform), "finance")


@pytest.fixture
def draft(platform):
    return CampaignFactory(tenant=platform)


def promotion_form(campaign, **changes):
    form = {
        "campaign": campaign.pk,
        "name": "限时秒杀",
        "kind": "flash_sale",
        "change": "percent",
        "rate": "0.5",
        "per": "unit",
        "scope": "all",
        "priority": "0",
        "cap_counts": "units",
        "cap_total": "100",
        "regions": ["cn-beijing"],
        **WINDOW,
    }
    return form | changes


class TestCampaigns:
    def test_are_drafted_and_asked_for(self, browse, operations, finance, platform):
        client = browse(operations)
        form = {
            "name": "双十二",
            "starts_at_0": "2026-12-12",
            "starts_at_1": "20:00:00",
            "ends_at_0": "2026-12-12",
            "ends_at_1": "22:00:00",
            "promotions-TOTAL_FORMS": "0",
            "promotions-INITIAL_FORMS": "0",
        }

        client.post(url_of("campaign", "add"), form)
        campaign = Campaign.objects.get()
        window = {"valid_from_0": "2026-12-12", "valid_from_1": "20:00:00"}
        window |= {"valid_until_0": "2026-12-12", "valid_until_1": "22:00:00"}
        answer = client.post(url_of("promotion", "add"), promotion_form(campaign, **window))
        assert answer.status_code == 302, answer.context["errors"]
        client.post(url_of("campaign", "request", campaign.pk, "launch"), {"reason": "双十二"})

        campaign.refresh_from_db()
        promotion = campaign.promotions.get()
        assert (campaign.status, campaign.tenant) == (CampaignStatus.SUBMITTED, platform)
        assert (promotion.rate, promotion.regions) == (Decimal("0.5"), ["cn-beijing"])
        assert promotion.valid_until == campaign.ends_at
        assert Approval.objects.get().status == ApprovalStatus.RUNNING

    def test_an_edit_of_a_rule_voids_the_request(
        self, browse, operations, finance, platform, draft
    ):
        promotion = PromotionFactory(campaign=draft)
        client = browse(operations)
        client.post(url_of("campaign", "request", draft.pk, "launch"), {"reason": "双十一"})

        form = promotion_form(draft, name=promotion.name, rate="0.6")
        client.post(url_of("promotion", "change", promotion.pk), form)

        draft.refresh_from_db()
        promotion.refresh_from_db()
        assert (draft.status, promotion.rate) == (CampaignStatus.DRAFT, Decimal("0.6"))
        assert Approval.objects.get().status == ApprovalStatus.VOIDED

    def test_what_is_live_is_read_and_not_edited(self, browse, boss, platform):
        promotion = PromotionFactory(campaign__tenant=platform)
        url = url_of("promotion", "change", promotion.pk)

        page = browse(boss).get(url)
        answer = browse(boss).post(url, promotion_form(promotion.campaign, rate="0.1"))

        promotion.refresh_from_db()
        assert "8 折" in page.content.decode()
        assert (answer.status_code, promotion.rate) == (403, Decimal("0.8"))

    @pytest.mark.parametrize(
        ("action", "status"),
        [("pause_campaign", CampaignStatus.PAUSED), ("end_campaign", CampaignStatus.ENDED)],
    )
    def test_are_stopped_by_a_button(self, action, status, browse, boss, platform):
        campaign = PromotionFactory(campaign__tenant=platform).campaign
        page = browse(boss).get(url_of("campaign", "change", campaign.pk)).content.decode()

        act = {"action": action, "_selected_action": [campaign.pk]}
        browse(boss).post(url_of("campaign", "changelist"), act)

        campaign.refresh_from_db()
        assert (f'value="{action}"' in page, campaign.status) == (True, status)

    def test_sales_look_and_touch_nothing(self, browse, clerk, platform):
        promotion = PromotionFactory(campaign__tenant=platform)
        client = browse(clerk)

        page = client.get(url_of("campaign", "change", promotion.campaign_id))
        act = {"action": "pause_campaign", "_selected_action": [promotion.campaign_id]}
        client.post(url_of("campaign", "changelist"), act)

        promotion.campaign.refresh_from_db()
        assert (page.status_code, promotion.campaign.status) == (200, CampaignStatus.RUNNING)
        assert client.get(url_of("campaign", "add")).status_code == 403

    @pytest.mark.parametrize("who", ["stranger", "rival_boss"])
    def test_of_others_do_not_exist(self, who, browse, platform, request):
        promotion = PromotionFactory(campaign__tenant=platform)
        client = browse(request.getfixturevalue(who))

        for model, pk in (("campaign", promotion.campaign_id), ("promotion", promotion.pk)):
            assert client.get(url_of(model, "change", pk)).status_code in {302, 403, 404}


class TestRuleForm:
    def test_shows_what_the_change_needs(self, browse, operations, draft):
        page = browse(operations).get(url_of("promotion", "add"), {"campaign": draft.pk})

        html = page.content.decode()
        assert 'x-show="change == &#x27;percent&#x27;"' in html or "change == 'percent'" in html

    def test_takes_its_window_from_the_campaign_to_the_second(self, browse, operations, draft):
        draft.starts_at += timedelta(seconds=7)
        draft.save()

        page = browse(operations).get(url_of("promotion", "add"), {"campaign": draft.pk})

        html = page.content.decode()
        assert ('value="2026-01-01"' in html, 'value="08:00:07"' in html) == (True, True)

    def test_reads_steps_a_line_each(self, browse, operations, draft):
        form = promotion_form(
            draft, kind="spend_and_save", change="spend_and_save", steps="2000 300\n1000 100\n"
        )

        browse(operations).post(url_of("promotion", "add"), form)

        steps = [{"from": "1000", "off": "100"}, {"from": "2000", "off": "300"}]
        promotion = Promotion.objects.get()
        assert (promotion.steps, promotion.rate) == (steps, None)

    def test_is_for_several_tiers_or_for_all(self, browse, operations, draft):
        client = browse(operations)
        page = client.get(url_of("promotion", "add"), {"campaign": draft.pk}).content.decode()
        assert page.count('type="checkbox" name="tiers"') == len(CustomerTier)
        tiers = [CustomerTier.SILVER, CustomerTier.GOLD]

        client.post(url_of("promotion", "add"), promotion_form(draft, name="银金", tiers=tiers))
        client.post(url_of("promotion", "add"), promotion_form(draft, name="所有"))

        found = dict(Promotion.objects.values_list("name", "tiers"))
        assert found == {"银金": ("silver", "gold"), "所有": ()}

    @pytest.mark.parametrize(
        "elsewhere", [{"regions": ["cn-shanghai"]}, {"regions": [], "billing_modes": ["yearly"]}]
    )
    def test_for_one_sku_is_for_how_it_is_sold(self, elsewhere, browse, operations, draft):
        sku = SkuFactory(product=ProductFactory(tenant=draft.tenant), region="cn-beijing")
        form = promotion_form(draft, scope="sku", sku=sku.pk)

        refused = browse(operations).post(url_of("promotion", "add"), form | elsewhere)
        assert refused.status_code == 200
        assert not Promotion.objects.exists()
        browse(operations).post(url_of("promotion", "add"), form)

        assert Promotion.objects.get().sku == sku

    @pytest.mark.parametrize(
        "wrong",
        [
            {"rate": ""},
            {"rate": "1.5"},
            {"scope": "sku"},
            {"change": "spend_and_save", "kind": "spend_and_save", "steps": "much little"},
            {"change": "spend_and_save", "kind": "promotion", "steps": "1000 100"},
            {"change": "fixed_price"},
            {"valid_until_0": "2026-10-01"},
        ],
    )
    def test_refuses_what_makes_no_sense(self, wrong, browse, operations, draft):
        answer = browse(operations).post(url_of("promotion", "add"), promotion_form(draft, **wrong))

        assert answer.status_code == 200
        assert not Promotion.objects.exists()


class TestVouchers:
    def test_a_batch_is_drafted_and_asked_for(self, browse, operations, finance, platform):
        client = browse(operations)
        form = {
            "name": "新客礼",
            "amount": "100.00",
            "threshold": "500.00",
            "scope": "all",
            "total": "1000",
            "per_customer": "1",
            "claim_code": "welcome",
            "with_promotions": "on",
            **WINDOW,
        }

        answer = client.post(url_of("voucherbatch", "add"), form)
        assert answer.status_code == 302, answer.context["errors"]
        batch = VoucherBatch.objects.get()
        client.post(url_of("voucherbatch", "request", batch.pk, "approval"), {"reason": "新客"})

        batch.refresh_from_db()
        assert (batch.status, batch.claim_code) == (BatchStatus.SUBMITTED, "WELCOME")
        assert (batch.amount, batch.change) == (Decimal("100.00"), "face_value")

    def test_are_handed_out_to_a_tier(self, browse, operations, platform):
        batch = VoucherBatchFactory(tenant=platform)
        CustomerFactory.create_batch(2, tenant=platform, tier="gold")
        CustomerFactory(tenant=platform)

        browse(operations).post(
            url_of("voucherbatch", "hand_out", batch.pk), {"tiers": ["gold"], "each": "1"}
        )

        assert VoucherIssue.objects.get().total == 2

    def test_codes_are_made(self, browse, operations, platform):
        batch = VoucherBatchFactory(tenant=platform)

        browse(operations).post(url_of("voucherbatch", "codes", batch.pk), {"count": "3"})

        assert Voucher.objects.filter(status=VoucherStatus.ISSUED).count() == 3

    @pytest.mark.parametrize("page", ["hand_out", "codes"])
    @pytest.mark.parametrize(("who", "status"), [("clerk", 403), ("rival_boss", 404)])
    def test_others_hand_out_none(self, page, who, status, browse, platform, request):
        batch = VoucherBatchFactory(tenant=platform)
        client = browse(request.getfixturevalue(who))

        answer = client.post(url_of("voucherbatch", page, batch.pk), {"count": 3, "each": 1})

        assert answer.status_code == status
        assert not Voucher.objects.exists()

    def test_are_voided_by_an_action(self, browse, boss, customer):
        voucher = VoucherFactory(customer=customer)

        act = {"action": "void_voucher", "_selected_action": [voucher.pk]}
        browse(boss).post(url_of("voucher", "changelist"), act)

        voucher.refresh_from_db()
        assert voucher.status == VoucherStatus.VOID

    def test_the_job_shows_how_far_it_is(self, browse, boss, platform):
        VoucherIssueFactory(
            batch__tenant=platform,
            customer_ids=[1, 2, 3, 4],
            handled=1,
            status=IssueStatus.RUNNING,
        )

        page = browse(boss).get(url_of("voucherissue", "changelist"))

        assert '<progress max="100" value="25">' in page.content.decode()


@pytest.mark.parametrize(
    "model", ["campaign", "promotion", "voucherbatch", "voucher", "voucherissue", "ruleclaim"]
)
def test_lists_ask_as_often_for_ten_as_for_one(model, browse, boss, platform, customer):
    client = browse(boss)
    running = CampaignFactory(tenant=platform, running=True)
    CampaignFactory(tenant=platform)  # without a promotion yet

    def one_more():
        promotion = PromotionFactory(campaign__tenant=platform, customers=[customer])
        PromotionFactory(campaign=running)
        VoucherFactory(customer=customer)
        VoucherIssueFactory(batch__tenant=platform)
        RuleClaimFactory(customer=customer, rule_key=promotion.rule_key)

    one_more()
    client.get(url_of(model, "changelist"))
    with CaptureQueriesContext(connection) as one:
        assert client.get(url_of(model, "changelist")).status_code == 200
    for _ in range(9):
        one_more()
    with CaptureQueriesContext(connection) as ten:
        client.get(url_of(model, "changelist"))

    assert len(ten) <= len(one)


def test_the_use_of_a_campaign_is_drawn(browse, boss, platform, customer):
    promotion = PromotionFactory(campaign__tenant=platform, cap_budget=Decimal("100.00"))
    RuleClaimFactory(
        customer=customer,
        rule_key=promotion.rule_key,
        day=timezone.localdate() - timedelta(days=1),
    )

    page = browse(boss).get(url_of("campaign", "change", promotion.campaign_id))

    html = page.content.decode()
    assert "¥20.00" in html
    assert "¥80.00" in html
    assert "kb-chart" in html


def test_uses_name_the_promotion_and_the_batch(browse, boss, platform, customer):
    promotion = PromotionFactory(campaign__tenant=platform, name="今日秒杀")
    voucher = VoucherFactory(customer=customer, batch__name="秋季代金券")
    for key in (promotion.rule_key, f"voucher:{voucher.pk}"):
        RuleClaimFactory(customer=customer, rule_key=key)

    page = browse(boss).get(url_of("ruleclaim", "changelist")).content.decode()

    assert ("今日秒杀" in page, "秋季代金券" in page) == (True, True)
