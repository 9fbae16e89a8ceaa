"""Discounts by hand: within authority at once, beyond it by approval; split deals (PRC-6)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.core.errors import Forbidden, NotFound
from apps.core.models import AuditEntry
from apps.products import services as products
from apps.products.agreement_errors import DiscountIsBeyondAuthority, DiscountIsWithinAuthority
from apps.products.models import CustomerDiscount, ManualDiscount, Quote
from apps.rbac.models import Role
from tests.factories.agreements import DiscountAuthorityFactory
from tests.factories.products import PriceFactory, ProductFactory, SkuFactory
from tests.factories.rbac import StaffFactory, give_role
from tests.support.approvals import agree

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def sku(platform):
    """Sold at 100.00, bought at 60.00."""
    sku = SkuFactory(product=ProductFactory(tenant=platform))
    PriceFactory(sku=sku, unit_cost=Decimal("60.00"))
    return sku


@pytest.fixture
def salesman(clerk, customer):
    customer.owner = clerk
    customer.save()
    return clerk


@pytest.fixture
def authority(platform, roles):
    return DiscountAuthorityFactory(
        tenant=platform, role=Role.objects.get(code="sales"), lowest_rate=Decimal("0.85")
    )


def line(sku, percent, quantity=1):
    return products.DiscountedLine(sku.pk, quantity, 1, Decimal(percent))


def give(customer, actor, now, *lines):
    return products.quote_by_hand(
        customer=customer, lines=lines, reason="老客户", actor=actor, now=now
    )


class TestWithinAuthority:
    def test_makes_the_quote_at_once(self, salesman, customer, sku, authority, now):
        quote = give(customer, salesman, now, line(sku, "90"))

        assert quote.total == Decimal("90.00")
        given = ManualDiscount.objects.get()
        assert (given.before, given.amount, given.off) == (
            Decimal("100.00"),
            Decimal("90.00"),
            Decimal("10.00"),
        )
        entry = AuditEntry.objects.get(verb="manualdiscount.given")
        assert (entry.actor_id, entry.reason) == (salesman.pk, "老客户")

    @pytest.mark.parametrize(("percent", "is_within"), [("85", True), ("84.99", False)])
    def test_ends_at_the_lowest_rate(
        self, salesman, customer, sku, authority, now, percent, is_within
    ):
        look = products.look_at_price(
            customer=customer, lines=[line(sku, percent)], actor=salesman, now=now
        )

        assert look.is_within is is_within
        assert len(look.reasons) == (0 if is_within else 1)

    def test_the_margin_must_be_left(self, salesman, customer, sku, authority, now):
        authority.min_margin = Decimal("0.50")
        authority.save()

        with pytest.raises(DiscountIsBeyondAuthority):
            give(customer, salesman, now, line(sku, "89"))

        assert not Quote.objects.exists()
        give(customer, salesman, now, line(sku, "90"))

    def test_the_narrowest_row_of_a_role_counts(
        self, salesman, platform, customer, sku, authority, now
    ):
        DiscountAuthorityFactory(
            tenant=platform, role=authority.role, product=sku.product, lowest_rate=Decimal("0.95")
        )

        with pytest.raises(DiscountIsBeyondAuthority):
            give(customer, salesman, now, line(sku, "90"))

    def test_the_best_of_several_roles_counts(
        self, salesman, platform, customer, sku, authority, now
    ):
        DiscountAuthorityFactory(
            tenant=platform,
            role=Role.objects.get(code="sales-manager"),
            lowest_rate=Decimal("0.70"),
        )
        with pytest.raises(DiscountIsBeyondAuthority):
            give(customer, salesman, now, line(sku, "75"))

        give_role(salesman, "sales-manager")
        give(customer, type(salesman).objects.get(pk=salesman.pk), now, line(sku, "75"))

        assert Quote.objects.get().total == Decimal("75.00")

    def test_nobody_without_a_row(self, salesman, customer, sku, now):
        with pytest.raises(DiscountIsBeyondAuthority):
            give(customer, salesman, now, line(sku, "99"))

        assert not ManualDiscount.objects.exists()

    def test_others_have_none(self, stranger, rival_boss, clerk, customer, sku, authority, now):
        for person in (stranger, rival_boss, clerk):
            with pytest.raises((Forbidden, NotFound)):
                give(customer, person, now, line(sku, "99"))

        assert not Quote.objects.exists()


class TestSplitDeals:
    @pytest.fixture(autouse=True)
    def most(self, authority):
        authority.most_off = Decimal("30.00")
        authority.save()

    def test_halves_are_judged_together(self, salesman, customer, sku, now):
        give(customer, salesman, now, line(sku, "90", 2))

        with pytest.raises(DiscountIsBeyondAuthority) as error:
            give(customer, salesman, now + timedelta(minutes=5), line(sku, "90", 2))

        assert "¥20.00" in str(error.value)
        assert ManualDiscount.objects.count() == 1

    def test_other_skus_of_the_product_are_the_same_deal(self, salesman, customer, sku, now):
        other = SkuFactory(product=sku.product, price="100.00")

        with pytest.raises(DiscountIsBeyondAuthority):
            give(customer, salesman, now, line(sku, "90", 2), line(other, "90", 2))

    def test_another_product_is_another_deal(self, salesman, platform, customer, sku, now):
        other = SkuFactory(product=ProductFactory(tenant=platform), price="100.00")

        give(customer, salesman, now, line(sku, "90", 2), line(other, "90", 2))

        assert ManualDiscount.objects.count() == 2

    def test_a_quote_that_ran_out_unordered_does_not_count(self, salesman, customer, sku, now):
        give(customer, salesman, now, line(sku, "90", 2))

        give(customer, salesman, now + timedelta(days=1), line(sku, "90", 2))

        assert ManualDiscount.objects.count() == 2


class TestBeyondAuthority:
    def test_an_approval_grants_it(self, salesman, customer, sku, platform, authority, now):
        for code in ("sales-manager", "finance", "operations", "administrator"):
            give_role(StaffFactory(tenant=platform), code)

        approval = products.request_discount_by_hand(
            customer=customer, lines=[line(sku, "80")], reason="大单", actor=salesman, now=now
        )
        agree(approval, now)

        discount = CustomerDiscount.objects.get()
        assert (discount.rate, discount.product) == (Decimal("0.80"), sku.product)

    def test_nobody_is_asked_for_what_is_within(self, salesman, customer, sku, authority, now):
        with pytest.raises(DiscountIsWithinAuthority):
            products.request_discount_by_hand(
                customer=customer, lines=[line(sku, "90")], reason="", actor=salesman, now=now
            )


class TestWorkbench:
    url = "/admin/products/manualdiscount/workbench/"

    def form(self, customer, sku, percent, **more):
        return {
            "customer": customer.pk,
            "reason": "老客户",
            "sku_0": sku.pk,
            "quantity_0": "2",
            "percent_0": percent,
            **more,
        }

    def test_shows_what_the_customer_would_pay(self, browse, salesman, customer, sku, authority):
        client = browse(salesman)

        page = client.post(f"{self.url}preview/", self.form(customer, sku, "90")).content.decode()

        assert "¥180.00" in page
        assert "¥60.00" not in page  # what it costs us
        assert not Quote.objects.exists()

    def test_the_margin_is_for_those_who_may_see_the_cost(self, browse, boss, customer, sku):
        answer = browse(boss).post(f"{self.url}preview/", self.form(customer, sku, ""))

        assert answer.context["margin"] == "¥80.00 (40.0 %)"

    def test_makes_the_quote(self, browse, salesman, customer, sku, authority):
        answer = browse(salesman).post(self.url, self.form(customer, sku, "90", quote="1"))

        quote = Quote.objects.get()
        assert answer.headers["Location"] == reverse("admin:products_quote_change", args=[quote.pk])

    def test_says_why_it_is_beyond_authority(self, browse, salesman, customer, sku, authority):
        answer = browse(salesman).post(self.url, self.form(customer, sku, "50"))

        assert answer.status_code == 200
        assert "85 %" in answer.content.decode()
        assert not Quote.objects.exists()

    def test_others_customers_are_no_choice(self, browse, clerk, rival_boss, customer, sku):
        for person in (clerk, rival_boss):
            answer = browse(person).post(self.url, self.form(customer, sku, ""))
            assert answer.status_code in {200, 403}

        assert not Quote.objects.exists()

    def test_a_stranger_gets_nowhere(self, browse, stranger):
        assert browse(stranger).get(self.url).status_code == 403
