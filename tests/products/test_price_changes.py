"""Price changes: nothing moves by itself but within a band, nothing twice, nothing in the past."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.approvals import selectors
from apps.approvals import services as approvals
from apps.approvals.enums import ApprovalStatus
from apps.approvals.models import Approval
from apps.core.errors import Forbidden, NotFound
from apps.core.models import AuditEntry, OutboxEvent
from apps.products.enums import PriceChangeSource, PriceChangeStatus
from apps.products.errors import (
    AmountIsNegative,
    ChangeWaitsForApproval,
    NothingToSubmit,
    PriceIsTheSame,
    ProductIsNotYours,
)
from apps.products.models import Price, PriceBand, PriceChange
from apps.products.selectors import price_at
from apps.products.services import (
    Received,
    VendorPrice,
    apply_due,
    discard_change,
    propose_price,
    receive_vendor_prices,
    request_price_changes,
    set_price,
)
from tests.factories.products import (
    PriceBandFactory,
    PriceFactory,
    ProductFactory,
    SkuFactory,
)
from tests.factories.rbac import StaffFactory, give_role
from tests.support.approvals import agree, finish, refuse

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
S = PriceChangeStatus


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture(autouse=True)
def approvers(platform, roles):
    codes = ("finance", "operations", "administrator")
    return {code: give_role(StaffFactory(tenant=platform), code) for code in codes}


@pytest.fixture
def skus(platform):
    """Two, sold at 100.00 and bought at 60.00."""
    product = ProductFactory(tenant=platform)
    made = [SkuFactory(product=product, vendor_sku=f"ecs.{n}") for n in range(2)]
    for sku in made:
        PriceFactory(sku=sku, unit_cost=Decimal("60.00"))
    return made


@pytest.fixture
def vendor(skus):
    return skus[0].product.vendor


def receive(vendor, platform, now, *prices):
    return receive_vendor_prices(
        vendor=vendor,
        tenant_id=platform.pk,
        offers=[
            VendorPrice(f"ecs.{n}", cost and Decimal(cost), listed and Decimal(listed))
            for n, (cost, listed) in enumerate(prices)
        ],
        now=now,
    )


def states():
    return list(PriceChange.objects.order_by("pk").values_list("status", flat=True))


def cost_of(sku, at):
    return price_at(sku=sku, at=at).unit_cost


class TestAVendorsPriceList:
    def test_becomes_proposals_and_no_price_moves(self, vendor, platform, skus, now):
        received = receive(vendor, platform, now, ("66.00", None), ("60.00", "100.00"))

        assert received == Received(same=1, proposed=1, automatic=0, unknown=())
        change = PriceChange.objects.get()
        assert (change.sku, change.source, change.status) == (skus[0], "vendor", S.PROPOSED)
        assert (change.before_cost, change.unit_cost) == (Decimal("60.00"), Decimal("66.00"))
        assert (change.percent, change.cost_percent) == (Decimal(0), Decimal(10))
        assert Price.objects.count() == 2
        assert AuditEntry.objects.get(verb="price.list_received").facts["proposed"] == 1

    def test_twice_changes_nothing(self, vendor, platform, now):
        receive(vendor, platform, now, ("66.00", "110.00"), ("61.00", None))
        before = list(PriceChange.objects.order_by("pk").values())

        again = receive(vendor, platform, now + DAY, ("66.00", "110.00"), ("61.00", None))

        assert (again.proposed, again.automatic) == (0, 0)
        assert list(PriceChange.objects.order_by("pk").values()) == before
        assert AuditEntry.objects.filter(verb="price.list_received").count() == 1

    def test_a_later_word_supersedes_an_earlier_one(self, vendor, platform, now):
        receive(vendor, platform, now, ("66.00", None))
        receive(vendor, platform, now, ("67.00", None))
        assert states() == [S.SUPERSEDED, S.PROPOSED]

        receive(vendor, platform, now, ("60.00", None))

        assert states() == [S.SUPERSEDED, S.SUPERSEDED]

    def test_an_unchanged_price_is_no_word_against_a_persons_proposal(
        self, vendor, platform, skus, boss, now
    ):
        propose_price(sku=skus[0], unit_price=Decimal("90.00"), unit_cost=None, actor=boss, now=now)

        receive(vendor, platform, now, ("60.00", "100.00"))

        assert states() == [S.PROPOSED]

    def test_names_what_nobody_knows(self, vendor, platform, now):
        offers = [VendorPrice("ecs.99", Decimal("1.00"))]

        received = receive_vendor_prices(
            vendor=vendor, tenant_id=platform.pk, offers=offers, now=now
        )

        assert received.unknown == ("ecs.99",)
        assert not PriceChange.objects.exists()

    @pytest.mark.sqlite
    def test_takes_few_queries_however_long_it_is(
        self, vendor, platform, skus, now, django_assert_max_num_queries
    ):
        SkuFactory.create_batch(1, product=skus[0].product)
        for n in range(2, 40):
            sku = SkuFactory(product=skus[0].product, vendor_sku=f"ecs.{n}")
            PriceFactory(sku=sku, unit_cost=Decimal("60.00"))

        with django_assert_max_num_queries(20):
            received = receive(vendor, platform, now, *[("66.00", None)] * 40)

        assert received.proposed == 40


class TestABand:
    @pytest.mark.parametrize(
        ("cost", "listed", "is_automatic"),
        [
            ("63.00", None, True),  # +5 %
            ("63.01", None, False),
            ("57.00", None, True),
            ("56.99", None, False),
            (None, "105.00", True),
            (None, "105.01", False),
            ("60.60", "200.00", False),
        ],
    )
    def test_lets_through_what_it_holds(
        self, cost, listed, is_automatic, vendor, platform, skus, now
    ):
        PriceBandFactory(vendor=vendor)

        received = receive(vendor, platform, now, (cost, listed))
        apply_due(now=now)

        assert (received.automatic, received.proposed) == (is_automatic, not is_automatic)
        assert states() == [S.APPLIED if is_automatic else S.PROPOSED]
        price = price_at(sku=skus[0], at=now)
        wanted = (Decimal(cost or "60.00"), Decimal(listed or "100.00"))
        untouched = (Decimal("60.00"), Decimal("100.00"))
        assert (price.unit_cost, price.unit_price) == (wanted if is_automatic else untouched)
        assert price_at(sku=skus[0], at=now - DAY).unit_cost == Decimal("60.00")

    def test_that_is_off_holds_nothing(self, vendor, platform, now):
        PriceBandFactory(vendor=vendor, is_active=False)

        assert receive(vendor, platform, now, ("60.01", None)).automatic == 0

    def test_holds_no_first_price(self, vendor, platform, skus, now):
        PriceBandFactory(vendor=vendor)
        Price.objects.filter(sku=skus[0]).delete()

        received = receive(vendor, platform, now, ("60.00", "100.00"))

        assert (received.automatic, received.proposed) == (0, 1)

    def test_is_not_for_people(self, vendor, skus, boss, now):
        PriceBandFactory(vendor=vendor)

        propose_price(
            sku=skus[0], unit_price=Decimal("101.00"), unit_cost=None, actor=boss, now=now
        )

        assert states() == [S.PROPOSED]

    def test_is_the_platforms_alone(self, vendor, boss, rival_boss, clerk):
        PriceBandFactory(vendor=vendor)

        assert PriceBand.objects.visible_to(boss).count() == 1
        assert not PriceBand.objects.visible_to(rival_boss).exists()
        assert not PriceBand.objects.visible_to(clerk).exists()


class TestAProposal:
    def propose(self, sku, actor, now, price="110.00", **more):
        return propose_price(
            sku=sku, unit_price=Decimal(price), unit_cost=None, actor=actor, now=now, **more
        )

    def test_is_remembered_with_who_and_why(self, skus, boss, now):
        change = self.propose(skus[0], boss, now, reason="汇率")

        assert (change.proposed_by, change.reason) == (boss, "汇率")
        assert (change.source, change.percent) == (PriceChangeSource.PERSON, Decimal(10))
        assert AuditEntry.objects.get(verb="price.proposed").actor_id == boss.pk

    @pytest.mark.parametrize(("actor", "error"), [("stranger", NotFound), ("clerk", Forbidden)])
    def test_needs_permission(self, actor, error, skus, now, request):
        with pytest.raises(error):
            self.propose(skus[0], request.getfixturevalue(actor), now)

        assert not PriceChange.objects.exists()

    def test_is_not_for_another_tenant(self, skus, rival_boss, now):
        with pytest.raises(ProductIsNotYours):
            self.propose(skus[0], rival_boss, now)

        assert not PriceChange.objects.exists()

    @pytest.mark.parametrize(
        ("price", "error"), [("100.00", PriceIsTheSame), ("-1.00", AmountIsNegative)]
    )
    def test_says_something(self, price, error, skus, boss, now):
        with pytest.raises(error):
            self.propose(skus[0], boss, now, price)

        assert not PriceChange.objects.exists()

    def test_is_discarded_unless_it_waits(self, skus, boss, now):
        change = discard_change(change=self.propose(skus[0], boss, now), actor=boss, now=now)
        assert (change.status, change.open_key) == (S.REJECTED, None)

        waiting = self.propose(skus[0], boss, now)
        request_price_changes(actor=boss, now=now, reason="调价")
        with pytest.raises(ChangeWaitsForApproval):
            discard_change(change=waiting, actor=boss, now=now)


class TestAnApproval:
    @pytest.fixture
    def approval(self, skus, vendor, platform, boss, now):
        receive(vendor, platform, now, ("66.00", "110.00"), ("54.00", "80.00"))
        return request_price_changes(actor=boss, now=now, reason="厂商十二月调价")

    def test_covers_a_batch(self, approval, skus, approvers, now):
        assert states() == [S.PENDING, S.PENDING]

        agreed = agree(approval, now)

        assert agreed == [approvers["operations"], approvers["finance"]]
        assert states() == [S.APPROVED, S.APPROVED]
        assert OutboxEvent.objects.filter(kind="products.PriceChangesApproved").exists()
        assert apply_due(now=now) == 2
        assert states() == [S.APPLIED, S.APPLIED]
        assert [str(price_at(sku=sku, at=now).unit_price) for sku in skus] == ["110.00", "80.00"]
        assert [str(price_at(sku=sku, at=now - DAY).unit_price) for sku in skus] == ["100.00"] * 2

    def test_shows_what_moves_and_what_it_leaves(self, approval, approvers, boss, clerk, now):
        def card(user):
            return selectors.decision(approval, user, now=now).card

        shown = card(approvers["finance"])
        facts = {fact.name: fact.value for fact in shown.facts}
        assert (facts["changes"], facts["rise"], facts["fall"]) == ("2", "+10.00 %", "-20.00 %")
        changes = [(one.before, one.after) for one in shown.changes]
        assert ("40.0 %", "32.5 %") in changes
        assert ("¥100.00", "¥110.00 (+10.00 %)") in changes
        assert ("¥60.00", "¥66.00 (+10.00 %)") in changes

        needs = {one.needs for one in shown.changes if "60.00" in one.before}
        assert needs == {"products.view_cost"}

    def test_is_never_the_proposers(self, skus, boss, now):
        TestAProposal().propose(skus[0], boss, now)

        approval = request_price_changes(actor=boss, now=now, reason="调价")

        assert boss.pk in approval.segregated

    def test_refused_changes_nothing(self, approval, now):
        refuse(approval, now)

        assert states() == [S.REJECTED, S.REJECTED]
        assert apply_due(now=now) == 0
        assert Price.objects.count() == 2

    def test_withdrawn_leaves_proposals(self, approval, boss, now):
        approvals.withdraw(approval=approval, actor=boss, now=now)
        finish(approval, now)

        assert states() == [S.PROPOSED, S.PROPOSED]

    def test_does_not_cover_what_was_superseded_meanwhile(
        self, approval, vendor, platform, skus, approvers, now
    ):
        receive(vendor, platform, now, ("99.00", "110.00"), ("54.00", "80.00"))

        agree(approval, now)
        apply_due(now=now)

        assert states() == [S.SUPERSEDED, S.APPLIED, S.PROPOSED]
        assert cost_of(skus[0], now) == Decimal("60.00")

    def test_a_price_set_meanwhile_wins(self, approval, skus, boss, now):
        set_price(sku=skus[0], unit_price=Decimal("95.00"), actor=boss, now=now)

        agree(approval, now)
        apply_due(now=now + DAY)

        assert states() == [S.SUPERSEDED, S.APPLIED]
        assert price_at(sku=skus[0], at=now + 2 * DAY).unit_price == Decimal("95.00")

    def test_a_doubled_or_delayed_job_does_it_once(self, approval, skus, now):
        agree(approval, now)

        assert [apply_due(now=now + DAY), apply_due(now=now + DAY)] == [2, 0]

        assert Price.objects.filter(sku=skus[0]).count() == 2
        assert price_at(sku=skus[0], at=now).unit_price == Decimal("100.00")  # the past stays
        assert price_at(sku=skus[0], at=now + DAY).unit_price == Decimal("110.00")

    @pytest.mark.parametrize(("actor", "error"), [("stranger", Forbidden), ("clerk", Forbidden)])
    def test_is_asked_for_with_permission(self, actor, error, vendor, platform, now, request):
        receive(vendor, platform, now, ("66.00", None))

        with pytest.raises(error):
            request_price_changes(actor=request.getfixturevalue(actor), now=now, reason="x")

        assert states() == [S.PROPOSED]

    def test_another_tenant_has_nothing_to_submit(self, vendor, platform, rival_boss, now):
        receive(vendor, platform, now, ("66.00", None))

        with pytest.raises(NothingToSubmit):
            request_price_changes(actor=rival_boss, now=now, reason="x")

        assert states() == [S.PROPOSED]
        assert not Approval.objects.exists()

    def test_of_chosen_ones_leaves_the_rest(self, vendor, platform, boss, now):
        receive(vendor, platform, now, ("66.00", None), ("67.00", None))
        chosen = PriceChange.objects.order_by("pk").first()

        approval = request_price_changes(actor=boss, now=now, reason="x", changes=[chosen.pk])

        assert states() == [S.PENDING, S.PROPOSED]
        assert approval.status == ApprovalStatus.RUNNING
