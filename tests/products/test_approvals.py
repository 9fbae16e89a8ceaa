"""Kinds of approval that are the catalogue's, from the request to what it does (APR-5, PRC-6)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.approvals import kinds, selectors
from apps.approvals.enums import ApprovalStatus, EffectStatus
from apps.approvals.errors import SubjectIsPending
from apps.approvals.models import Approval
from apps.core.errors import Forbidden, NotFound
from apps.core.models import AuditEntry, OutboxEvent
from apps.products import services as products
from apps.products.enums import ProductStatus
from apps.products.errors import (
    ListingNeedsReview,
    PeriodIsEmpty,
    ProductHasNoPrice,
    ProductIsNotDraft,
    RateIsOutOfRange,
    TargetIsMissing,
)
from apps.products.models import CustomerDiscount
from tests.factories.products import (
    LONG_AGO,
    CustomerDiscountFactory,
    PriceFactory,
    ProductFactory,
    SkuFactory,
)
from tests.factories.rbac import StaffFactory, give_role
from tests.support.approvals import agree, refuse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def approvers(platform, roles):
    codes = ("sales-manager", "finance", "operations", "administrator")
    return {code: give_role(StaffFactory(tenant=platform), code) for code in codes}


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def salesman(clerk, customer):
    customer.owner = clerk
    customer.save()
    return clerk


@pytest.fixture
def product(platform):
    """Sold at 100.00, bought at 60.00."""
    sku = SkuFactory(product=ProductFactory(tenant=platform, draft=True, description="云服务器"))
    PriceFactory(sku=sku, unit_cost=Decimal("60.00"))
    return sku.product


def ask(service, customer, actor, now, **changes):
    asked = {
        "name": "年框折扣",
        "percent": Decimal(90),
        "scope": "all",
        "target": None,
        "valid_from": timezone.localdate(now),
        "valid_until": timezone.localdate(now) + timedelta(days=30),
        "reason": "年框",
    }
    return service(customer=customer, actor=actor, now=now, **{**asked, **changes})


class TestPricesOfACustomer:
    def test_are_granted_once_all_agree(self, salesman, customer, product, approvers, now):
        approval = ask(
            products.request_customer_pricing,
            customer,
            salesman,
            now,
            scope="product",
            target=product,
        )

        agreed = agree(approval, now)

        assert agreed == [approvers["sales-manager"], approvers["finance"]]
        discount = CustomerDiscount.objects.get()
        assert (discount.customer, discount.product) == (customer, product)
        assert (discount.rate, discount.name) == (Decimal("0.90"), "年框折扣")
        assert discount.valid_from == now
        last = timezone.localdate(discount.valid_until - timedelta(seconds=1))
        assert last == timezone.localdate(now) + timedelta(days=30)
        entry = AuditEntry.objects.get(verb="discount.granted")
        assert (entry.actor_id, entry.facts["discount"]) == (approvers["finance"].pk, discount.pk)

    @pytest.mark.parametrize(("percent", "asked"), [(70, True), (63, True), ("75", False)])
    def test_deep_or_thin_ones_ask_operations(
        self, salesman, customer, product, approvers, now, percent, asked
    ):
        approval = ask(
            products.request_customer_pricing, customer, salesman, now, percent=Decimal(percent)
        )

        assert (approvers["operations"] in agree(approval, now)) is asked

    def test_an_unknown_margin_asks_operations(self, salesman, customer, approvers, now):
        approval = ask(products.request_customer_pricing, customer, salesman, now)

        assert approvers["operations"] in agree(approval, now)

    def test_the_margin_is_for_those_who_may_see_the_cost(
        self, salesman, customer, product, approvers, now
    ):
        approval = ask(products.request_customer_pricing, customer, salesman, now)

        def margins(user):
            card = selectors.decision(approval, user, now=now).card
            return [(one.before, one.after) for one in card.changes]

        pays = ("100 %", "90 %")
        assert margins(salesman) == [pays]
        assert margins(approvers["finance"]) == [pays, ("40.0 %", "33.3 %")]

    def test_a_refusal_grants_nothing(self, salesman, customer, now):
        refuse(ask(products.request_customer_pricing, customer, salesman, now), now)

        assert not CustomerDiscount.objects.exists()

    def test_ending_a_discount_meanwhile_voids_it(self, salesman, customer, boss, now):
        approval = ask(products.request_customer_pricing, customer, salesman, now)
        discount = CustomerDiscountFactory(customer=customer)

        products.end_discount(discount=discount, actor=boss, now=now)

        approval.refresh_from_db()
        assert approval.status == ApprovalStatus.VOIDED

    def test_a_period_that_ended_while_waiting_holds_the_outcome(self, salesman, customer, now):
        approval = ask(products.request_customer_pricing, customer, salesman, now)

        agree(approval, now + timedelta(days=40))

        assert approval.effect == EffectStatus.HELD
        assert not CustomerDiscount.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"percent": Decimal(0)}, RateIsOutOfRange),
            ({"percent": Decimal("100.01")}, RateIsOutOfRange),
            ({"scope": "product"}, TargetIsMissing),
        ],
    )
    def test_what_cannot_be_is_refused(self, salesman, customer, now, changes, error):
        with pytest.raises(error):
            ask(products.request_customer_pricing, customer, salesman, now, **changes)

        assert not Approval.objects.exists()

    def test_others_may_not_ask(self, stranger, rival_boss, customer, now):
        for person in (stranger, rival_boss):
            with pytest.raises((Forbidden, NotFound)):
                ask(products.request_customer_pricing, customer, person, now)


class TestSpecialDiscount:
    def test_is_granted(self, salesman, customer, product, now):
        approval = ask(
            products.request_special_discount, customer, salesman, now, percent=Decimal(80)
        )

        agree(approval, now)

        assert CustomerDiscount.objects.get().rate == Decimal("0.80")

    def test_several_within_a_month_are_told(self, salesman, customer, product, now):
        agree(ask(products.request_special_discount, customer, salesman, now), now)
        second = ask(products.request_special_discount, customer, salesman, now)

        warnings = kinds.get(second.kind).card(second).warnings

        assert [text for text in warnings if "30" in text] != []

    def test_below_the_vendors_price_is_told(self, salesman, customer, product, now):
        approval = ask(
            products.request_special_discount, customer, salesman, now, percent=Decimal(50)
        )

        assert len(kinds.get(approval.kind).card(approval).warnings) == 1

    def test_one_at_a_time(self, salesman, customer, now):
        ask(products.request_special_discount, customer, salesman, now)

        with pytest.raises(SubjectIsPending):
            ask(products.request_special_discount, customer, salesman, now)


class TestPricesOfADistributor:
    def test_are_told(self, boss, distributor, now):
        approval = products.request_distributor_pricing(
            distributor=distributor,
            percent=Decimal(80),
            valid_from=date(2027, 1, 1),
            reason="金牌",
            actor=boss,
            now=now,
        )

        agree(approval, now)

        [event] = OutboxEvent.objects.filter(kind="products.DistributorPricingApproved")
        assert event.payload == {
            "approval_id": approval.pk,
            "distributor_id": distributor.pk,
            "percent": "80",
        }

    def test_his_own_people_never_decide_last(self, boss, rival, rival_boss, now):
        approval = products.request_distributor_pricing(
            distributor=rival,
            percent=Decimal(80),
            valid_from=date(2027, 1, 1),
            reason="金牌",
            actor=boss,
            now=now,
        )

        assert rival_boss.pk in approval.segregated


class TestListing:
    def ask(self, product, actor, now):
        return products.request_listing(product=product, reason="新品", actor=actor, now=now)

    def test_puts_the_product_on_sale(self, product, approvers, now):
        approval = self.ask(product, approvers["operations"], now)

        agreed = agree(approval, now)

        product.refresh_from_db()
        assert (product.status, product.on_sale_at) == (ProductStatus.ON_SALE, now)
        assert approvers["finance"] in agreed
        assert approvers["operations"] not in agreed

    def test_a_refused_product_stays_a_draft(self, product, boss, now):
        refuse(self.ask(product, boss, now), now)

        product.refresh_from_db()
        assert product.status == ProductStatus.DRAFT

    def test_a_new_price_voids_it(self, product, boss, now):
        approval = self.ask(product, boss, now)

        products.set_price(sku=product.skus.get(), unit_price=Decimal("50.00"), actor=boss, now=now)

        approval.refresh_from_db()
        assert approval.status == ApprovalStatus.VOIDED

    def test_nobody_puts_a_draft_on_sale_alone(self, product, boss, now):
        with pytest.raises(ListingNeedsReview):
            products.resume_sales(product=product, actor=boss, now=now)

        product.refresh_from_db()
        assert product.status == ProductStatus.DRAFT

    def test_what_was_on_sale_comes_back_without_a_review(self, platform, boss, now):
        product = ProductFactory(tenant=platform, stopped=True)
        SkuFactory(product=product, price="10.00")

        products.resume_sales(product=product, actor=boss, now=now)

        assert product.status == ProductStatus.NO_NEW_SALES
        product.refresh_from_db()
        assert product.status == ProductStatus.ON_SALE

    def test_only_priced_drafts_are_reviewed(self, platform, boss, now):
        with pytest.raises(ProductHasNoPrice):
            self.ask(ProductFactory(tenant=platform, draft=True), boss, now)
        with pytest.raises(ProductIsNotDraft):
            self.ask(ProductFactory(tenant=platform), boss, now)

        assert not Approval.objects.exists()

    def test_a_rival_may_not_ask(self, product, rival_boss, clerk, now):
        for person in (rival_boss, clerk):
            with pytest.raises((Forbidden, NotFound)):
                self.ask(product, person, now)


def test_a_discount_is_ended_once(customer, boss, now):
    discount = CustomerDiscountFactory(customer=customer)
    products.end_discount(discount=discount, actor=boss, now=now)

    with pytest.raises(PeriodIsEmpty):
        products.end_discount(discount=discount, actor=boss, now=now)

    discount.refresh_from_db()
    assert (discount.valid_from, discount.valid_until) == (LONG_AGO, now)
