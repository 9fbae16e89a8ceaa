"""CAT-1: what each state of a product allows, and how a product gets from one to the next."""

from itertools import product as pairs

import pytest
from django.utils import timezone

from apps.approvals import services as approvals
from apps.core.errors import Forbidden, IllegalTransition, NotFound
from apps.core.models import AuditEntry
from apps.products import services as products
from apps.products.enums import (
    PRODUCT_ACTIONS,
    PRODUCT_FLOW,
    ProductAction,
    ProductStatus,
    product_actions,
)
from apps.products.errors import (
    GreyReleaseIsMissing,
    ListingNeedsReview,
    PercentIsOutOfRange,
    ProductHasNoPrice,
    ProductIsNotFrozen,
    ProductIsNotGrey,
    ProductIsNotYours,
    SkuIsUnknown,
)
from apps.products.models import GreyRelease, Product, Sku
from apps.products.models.releases import bucket_of
from tests.factories.customers import CustomerFactory
from tests.factories.products import ProductFactory, SkuFactory
from tests.factories.rbac import StaffFactory, give_role
from tests.support.approvals import agree, refuse

pytestmark = pytest.mark.django_db

S, A = ProductStatus, ProductAction
ALLOWED = {
    (S.GREY, A.BUY), (S.GREY, A.RENEW), (S.GREY, A.RESIZE), (S.GREY, A.SHOW),
    (S.ON_SALE, A.BUY), (S.ON_SALE, A.RENEW), (S.ON_SALE, A.RESIZE), (S.ON_SALE, A.SHOW),
    (S.NO_NEW_SALES, A.RENEW), (S.NO_NEW_SALES, A.RESIZE),
}  # fmt: skip
MOVES = {
    (S.DRAFT, S.REVIEW), (S.DRAFT, S.ON_SALE), (S.DRAFT, S.RETIRED),
    (S.REVIEW, S.DRAFT), (S.REVIEW, S.GREY), (S.REVIEW, S.ON_SALE),
    (S.GREY, S.ON_SALE), (S.GREY, S.NO_NEW_SALES), (S.GREY, S.FROZEN),
    (S.ON_SALE, S.NO_NEW_SALES), (S.ON_SALE, S.FROZEN),
    (S.NO_NEW_SALES, S.GREY), (S.NO_NEW_SALES, S.ON_SALE),
    (S.NO_NEW_SALES, S.FROZEN), (S.NO_NEW_SALES, S.RETIRED),
    (S.FROZEN, S.NO_NEW_SALES), (S.FROZEN, S.RETIRED),
}  # fmt: skip
TRAITS = {
    S.DRAFT: {"draft": True},
    S.REVIEW: {"in_review": True},
    S.GREY: {"grey": 100},
    S.ON_SALE: {},
    S.NO_NEW_SALES: {"stopped": True},
    S.FROZEN: {"frozen": True},
    S.RETIRED: {"retired": True},
}


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def draft(platform):
    product = ProductFactory(tenant=platform, draft=True)
    SkuFactory(product=product, price="10.00")
    return product


@pytest.fixture(autouse=True)
def approvers(platform, roles):
    codes = ("sales-manager", "finance", "operations", "administrator")
    return {code: give_role(StaffFactory(tenant=platform), code) for code in codes}


class TestMatrix:
    @pytest.mark.parametrize(("status", "act"), list(pairs(S, A)))
    def test_each_state_allows_what_it_says(self, status, act, platform, customer, now):
        sku = SkuFactory(product=ProductFactory(tenant=platform, **TRAITS[status]))

        is_open = sku in Sku.objects.open_to(customer, act, now)

        assert (act in product_actions(status)) is ((status, act) in ALLOWED)
        assert is_open is ((status, act) in ALLOWED)

    @pytest.mark.parametrize(("start", "end"), list(pairs(S, S)))
    def test_each_move_is_declared(self, start, end):
        assert PRODUCT_FLOW.may(start, end) is ((start, end) in MOVES)

    def test_every_state_has_its_row(self):
        assert set(PRODUCT_ACTIONS) == set(ProductStatus)

    @pytest.mark.parametrize("status", S)
    def test_a_quote_is_made_of_what_can_be_bought(self, status, platform, customer, member, now):
        product = ProductFactory(tenant=platform, **TRAITS[status])
        lines = [products.QuoteLineIn(sku_id=SkuFactory(product=product, price="10.00").pk)]

        if (status, A.BUY) in ALLOWED:
            quote = products.create_quote(customer=customer, lines=lines, actor=member, now=now)
            assert quote.lines.count() == 1
        else:
            with pytest.raises(SkuIsUnknown):
                products.create_quote(customer=customer, lines=lines, actor=member, now=now)


class TestReview:
    def ask(self, product, actor, now, **how):
        return products.request_listing(product=product, reason="新品", actor=actor, now=now, **how)

    def test_submitting_moves_to_review(self, draft, boss, now):
        self.ask(draft, boss, now)

        draft.refresh_from_db()
        assert (draft.status, draft.submitted_at) == (S.REVIEW, now)

    def test_approval_puts_on_sale(self, draft, approvers, now):
        agree(self.ask(draft, approvers["operations"], now), now)

        draft.refresh_from_db()
        assert (draft.status, draft.on_sale_at) == (S.ON_SALE, now)
        assert not GreyRelease.objects.exists()

    def test_approval_lets_out_to_some(self, draft, approvers, now):
        agree(self.ask(draft, approvers["operations"], now, grey_percent=20), now)

        draft.refresh_from_db()
        assert (draft.status, draft.grey_at, draft.on_sale_at) == (S.GREY, now, None)
        assert (draft.grey_release.percent, draft.grey_release.started_at) == (20, now)

    def test_a_refusal_makes_it_a_draft_again(self, draft, boss, now):
        refuse(self.ask(draft, boss, now), now)

        draft.refresh_from_db()
        assert draft.status == S.DRAFT

    def test_taking_it_back_makes_it_a_draft_again(self, draft, boss, now):
        approval = self.ask(draft, boss, now)

        approvals.withdraw(approval=approval, actor=boss, reason="改价", now=now)
        approvals.run_effect(approval_id=approval.pk, now=now)

        draft.refresh_from_db()
        assert draft.status == S.DRAFT
        self.ask(draft, boss, now)

    def test_an_edit_makes_it_a_draft_again(self, draft, boss, now):
        self.ask(draft, boss, now)

        products.void_listing_request(product=draft, now=now)

        draft.refresh_from_db()
        assert draft.status == S.DRAFT

    @pytest.mark.parametrize("percent", [-1, 101])
    def test_more_than_all_is_refused(self, percent, draft, boss, now):
        with pytest.raises(PercentIsOutOfRange):
            self.ask(draft, boss, now, grey_percent=percent)

        draft.refresh_from_db()
        assert draft.status == S.DRAFT


class TestGreyRelease:
    @pytest.fixture
    def product(self, platform):
        product = ProductFactory(tenant=platform, grey=30)
        SkuFactory(product=product, price="10.00")
        return product

    def test_reaches_so_many_of_a_hundred(self, product, platform, now):
        customers = CustomerFactory.create_batch(100, tenant=platform)

        reached = [c for c in customers if Product.objects.offered_to(c, now).exists()]

        assert len(reached) == 30
        assert reached == [c for c in customers if product.grey_release.reaches(c)]

    def test_more_percent_only_add_customers(self, product, platform, boss, now):
        customers = CustomerFactory.create_batch(100, tenant=platform)
        before = {c for c in customers if Product.objects.offered_to(c, now).exists()}

        products.change_grey_release(product=product, percent=60, customers=[], actor=boss, now=now)

        after = {c for c in customers if Product.objects.offered_to(c, now).exists()}
        assert before < after
        assert len(after) == 60

    def test_other_products_reach_others(self, platform):
        places = {bucket_of(product_id=n, customer_id=7) for n in range(100)}

        assert len(places) == 100

    @pytest.mark.sqlite
    def test_the_list_comes_on_top(self, product, customer, boss, now):
        for percent, listed, reached in ((0, [], False), (0, [customer], True), (100, [], True)):
            products.change_grey_release(
                product=product, percent=percent, customers=listed, actor=boss, now=now
            )
            assert Product.objects.offered_to(customer, now).exists() is reached

    def test_a_change_is_audited(self, product, customer, boss, now):
        products.change_grey_release(
            product=product, percent=50, customers=[customer], actor=boss, now=now
        )

        entry = AuditEntry.objects.get(verb="product.grey_changed")
        assert entry.before == {"percent": 30, "customers": []}
        assert entry.after == {"percent": 50, "customers": [customer.number]}

    def test_before_its_start_it_reaches_nobody(self, product, customer, now):
        GreyRelease.objects.update(percent=100, started_at=now + timezone.timedelta(seconds=1))

        assert not Product.objects.offered_to(customer, now).exists()

    def test_is_called_back_at_once(self, product, customer, boss, now):
        GreyRelease.objects.update(percent=100)

        products.roll_back_grey_release(product=product, actor=boss, now=now)

        product.refresh_from_db()
        assert (product.status, product.sales_stopped_at) == (S.NO_NEW_SALES, now)
        assert not Product.objects.offered_to(customer, now).exists()
        assert Product.objects.open_to(customer, A.RENEW, now).exists()

    def test_goes_on_where_it_was(self, product, boss, now):
        products.roll_back_grey_release(product=product, actor=boss, now=now)

        release = products.resume_grey_release(product=product, actor=boss, now=now)

        assert (release.percent, release.product.status) == (30, S.GREY)

    def test_ends_with_everybody(self, product, customer, boss, now):
        products.resume_sales(product=product, actor=boss, now=now)

        product.refresh_from_db()
        assert product.status == S.ON_SALE
        assert Product.objects.offered_to(customer, now).exists()

    def test_what_is_not_in_one_cannot_be_called_back(self, platform, boss, now):
        product = ProductFactory(tenant=platform)

        with pytest.raises(ProductIsNotGrey):
            products.roll_back_grey_release(product=product, actor=boss, now=now)
        with pytest.raises(ProductIsNotGrey):
            products.change_grey_release(
                product=product, percent=1, customers=[], actor=boss, now=now
            )

    def test_what_never_was_in_one_cannot_go_on(self, platform, boss, now):
        product = ProductFactory(tenant=platform, stopped=True)
        with pytest.raises(ProductHasNoPrice):
            products.resume_grey_release(product=product, actor=boss, now=now)
        SkuFactory(product=product, price="1.00")

        with pytest.raises(GreyReleaseIsMissing):
            products.resume_grey_release(product=product, actor=boss, now=now)

        product.refresh_from_db()
        assert product.status == S.NO_NEW_SALES


class TestFreezing:
    def test_freezes_and_thaws(self, platform, boss, now):
        product = ProductFactory(tenant=platform)

        products.freeze_product(product=product, actor=boss, now=now)
        product.refresh_from_db()
        assert (product.status, product.frozen_at) == (S.FROZEN, now)

        products.thaw_product(product=product, actor=boss, now=now)
        product.refresh_from_db()
        assert product.status == S.NO_NEW_SALES

    def test_only_what_is_frozen_is_thawed(self, platform, boss, now):
        product = ProductFactory(tenant=platform)

        with pytest.raises(ProductIsNotFrozen):
            products.thaw_product(product=product, actor=boss, now=now)

        product.refresh_from_db()
        assert product.status == S.ON_SALE

    def test_a_draft_is_not_frozen(self, draft, boss, now):
        with pytest.raises(IllegalTransition):
            products.freeze_product(product=draft, actor=boss, now=now)
        with pytest.raises(ListingNeedsReview):
            products.resume_sales(product=draft, actor=boss, now=now)


@pytest.mark.parametrize(
    "service",
    [
        products.freeze_product,
        products.thaw_product,
        products.resume_grey_release,
        products.roll_back_grey_release,
    ],
)
@pytest.mark.parametrize(
    ("person", "refusal"),
    [("stranger", NotFound), ("clerk", Forbidden), ("rival_boss", ProductIsNotYours)],
)
def test_needs_permission_on_a_product_of_ones_own(
    service, person, refusal, platform, now, request
):
    product = ProductFactory(tenant=platform, grey=10)

    with pytest.raises(refusal):
        service(product=product, actor=request.getfixturevalue(person), now=now)

    product.refresh_from_db()
    assert product.status == S.GREY
