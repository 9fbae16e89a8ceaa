"""What is limited is given exactly as often as it may be (PRC-1: caps)."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.core.retry import retry_txn
from apps.products import services as products
from apps.products.campaigns import CampaignStatus, VoucherStatus
from apps.products.enums import CapUnit
from apps.products.errors import (
    CapIsReached,
    ClaimWasReleased,
    RuleIsStopped,
    VoucherIsNotUsable,
)
from apps.products.models import RuleClaim, RuleCounter
from apps.products.pricing import Used
from apps.products.selectors.limits import used_for
from apps.products.selectors.promotions import budget_left
from apps.products.services.claims import recount
from tests.factories.agreements import AgreementPriceFactory
from tests.factories.customers import CustomerFactory
from tests.factories.products import QuoteFactory
from tests.factories.promotions import (
    CampaignFactory,
    PromotionFactory,
    VoucherFactory,
)
from tests.support.threads import at_once

BUYERS = 64


def quote_with(*claims, customer=None):
    """A quote that takes (rule key, units, amount) of rules."""
    facts = {
        "lines": [],
        "list_total": "100.00",
        "total": "85.00",
        "savings": "15.00",
        "claims": [
            {"rule": rule, "units": units, "orders": 1, "amount": amount}
            for rule, units, amount in claims
        ],
    }
    return QuoteFactory(customer=customer or CustomerFactory(), snapshot=json.dumps(facts))


def used(promotion, customer, at=None):
    found = used_for(customer, [promotion.rule_key], at or timezone.now())
    return found.get(promotion.rule_key, Used())


@pytest.fixture
def now():
    return timezone.now()


@pytest.mark.django_db
class TestClaim:
    def test_counts_in_all_for_the_day_and_for_the_customer(self, customer, now):
        promotion = PromotionFactory(cap_total=10, cap_per_day=5, cap_per_customer=3)
        quote = quote_with((promotion.rule_key, 2, "40.00"), customer=customer)

        products.claim_rules(quote=quote, key="K", now=now)

        assert used(promotion, customer) == Used(2, 2, 2, Decimal("40.00"))
        assert used(promotion, CustomerFactory()) == Used(0, 2, 2, Decimal("40.00"))
        assert used(promotion, customer, now + timedelta(days=1)).today == 0

    def test_the_same_key_claims_once(self, customer, now):
        promotion = PromotionFactory(cap_total=10)
        quote = quote_with((promotion.rule_key, 2, "40.00"), customer=customer)

        first = products.claim_rules(quote=quote, key="K", now=now)

        assert products.claim_rules(quote=quote, key="K", now=now) == first
        assert used(promotion, customer).total == 2

    @pytest.mark.parametrize(
        "caps",
        [
            {"cap_total": 3},
            {"cap_per_day": 3},
            {"cap_per_customer": 3},
            {"cap_budget": Decimal("30.00")},
        ],
    )
    def test_a_cap_is_met_and_not_passed(self, caps, customer, now):
        promotion = PromotionFactory(**caps)
        claim = (promotion.rule_key, 1, "10.00")
        for number in range(3):
            quote = quote_with(claim, customer=customer)
            products.claim_rules(quote=quote, key=f"K{number}", now=now)

        with pytest.raises(CapIsReached):
            products.claim_rules(quote=quote_with(claim, customer=customer), key="K4", now=now)

        assert RuleClaim.objects.count() == 3

    def test_one_claim_that_is_too_large_takes_nothing(self, customer, now):
        small, large = PromotionFactory(cap_total=10), PromotionFactory(cap_total=1)
        quote = quote_with((small.rule_key, 2, "1.00"), (large.rule_key, 2, "1.00"))

        with pytest.raises(CapIsReached):
            products.claim_rules(quote=quote, key="K", now=now)

        assert used(small, quote.customer) == Used()
        assert not RuleClaim.objects.exists()

    def test_orders_are_counted_where_the_rule_says_so(self, customer, now):
        promotion = PromotionFactory(cap_total=1, cap_counts=CapUnit.ORDERS)
        quote = quote_with((promotion.rule_key, 50, "1.00"), customer=customer)

        products.claim_rules(quote=quote, key="K", now=now)

        assert used(promotion, customer).total == 1

    def test_a_paused_promotion_gives_nothing_more(self, customer, now):
        promotion = PromotionFactory(campaign=CampaignFactory(paused=True))
        quote = quote_with((promotion.rule_key, 1, "1.00"), customer=customer)

        with pytest.raises(RuleIsStopped):
            products.claim_rules(quote=quote, key="K", now=now)

    def test_what_was_ordered_before_the_end_keeps_its_price(self, customer, now):
        campaign = CampaignFactory(status=CampaignStatus.ENDED, ended_at=now)
        promotion = PromotionFactory(campaign=campaign, cap_total=1)
        quote = quote_with((promotion.rule_key, 1, "1.00"), customer=customer)

        assert products.claim_rules(quote=quote, key="K", now=now)

    def test_without_caps_are_noted_and_not_counted(self, customer, now):
        promotion = PromotionFactory()
        quote = quote_with(
            (promotion.rule_key, 1, "1.00"), ("customer-discount:7", 1, "2.00"), customer=customer
        )

        products.claim_rules(quote=quote, key="K", now=now)

        assert RuleClaim.objects.get().rule_key == promotion.rule_key
        assert not RuleCounter.objects.exists()


@pytest.mark.django_db
class TestRelease:
    def test_gives_back_once(self, customer, now):
        promotion = PromotionFactory(cap_total=2, cap_per_customer=2, cap_per_day=2)
        quote = quote_with((promotion.rule_key, 2, "4.00"), customer=customer)
        products.claim_rules(quote=quote, key="K", now=now)

        for _ in range(2):
            products.release_claims(key="K", now=now + timedelta(days=2))

        assert used(promotion, customer, now) == Used()

    def test_a_released_key_claims_no_more(self, customer, now):
        promotion = PromotionFactory(cap_total=2)
        quote = quote_with((promotion.rule_key, 2, "4.00"), customer=customer)
        products.claim_rules(quote=quote, key="K", now=now)
        products.release_claims(key="K", now=now)

        with pytest.raises(ClaimWasReleased):
            products.claim_rules(quote=quote, key="K", now=now)

    def test_of_nothing_is_nothing(self, now, db):
        assert products.release_claims(key="never", now=now) == 0

    def test_caps_that_change_are_counted_anew(self, customer, now):
        promotion = PromotionFactory()
        quote = quote_with((promotion.rule_key, 2, "4.00"), customer=customer)
        products.claim_rules(quote=quote, key="K", now=now)
        promotion.cap_total = promotion.cap_per_customer = 5
        promotion.save()

        recount(rule_keys=[promotion.rule_key], now=now)

        assert used(promotion, customer) == Used(2, 0, 2, Decimal("4.00"))
        products.release_claims(key="K", now=now)
        assert used(promotion, customer) == Used()


@pytest.mark.django_db
class TestVouchers:
    def test_are_reserved_with_the_claims_used_with_the_order(self, customer, now):
        voucher = VoucherFactory(customer=customer)
        quote = quote_with((voucher.rule_key, 1, "30.00"), customer=customer)

        products.claim_rules(quote=quote, key="K", now=now)
        voucher.refresh_from_db()
        reserved = voucher.status
        products.settle_claims(key="K", now=now)
        voucher.refresh_from_db()

        assert (reserved, voucher.status) == (VoucherStatus.RESERVED, VoucherStatus.USED)
        assert (voucher.saved, voucher.reserved_for) == (Decimal("30.00"), "K")

    def test_come_back_when_the_order_never_starts(self, customer, now):
        voucher = VoucherFactory(customer=customer, valid_until=now + timedelta(minutes=1))
        quote = quote_with((voucher.rule_key, 1, "30.00"), customer=customer)
        products.claim_rules(quote=quote, key="K", now=now)

        products.release_claims(key="K", now=now)

        voucher.refresh_from_db()
        assert (voucher.status, voucher.reserved_for) == (VoucherStatus.AVAILABLE, "")
        assert voucher.valid_until == now + timedelta(days=7)

    @pytest.mark.parametrize("wrong", ["customer", "used", "over", "void"])
    def test_that_cannot_be_used_stop_the_payment(self, wrong, customer, now):
        voucher = VoucherFactory(
            customer=CustomerFactory() if wrong == "customer" else customer,
            valid_until=now - timedelta(seconds=1) if wrong == "over" else now + timedelta(1),
            status={"used": VoucherStatus.USED, "void": VoucherStatus.VOID}.get(
                wrong, VoucherStatus.AVAILABLE
            ),
            used_at=now,
            closed_at=now,
        )
        quote = quote_with((voucher.rule_key, 1, "30.00"), customer=customer)

        with pytest.raises(VoucherIsNotUsable):
            products.claim_rules(quote=quote, key="K", now=now)

        assert not RuleClaim.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestRush:
    def rush(self, quotes, now):
        def pay(number):
            return products.claim_rules(quote=quotes[number], key=f"K{number}", now=now)

        return at_once(len(quotes), pay)

    def test_64_orders_get_exactly_the_10_there_are_without_a_deadlock(self, now):
        """Two rules at once, quoted in either order, and no second try by the database."""
        sale, other = PromotionFactory(cap_total=10, cap_per_day=40), PromotionFactory(cap_total=64)
        pair = [(sale.rule_key, 1, "20.00"), (other.rule_key, 1, "1.00")]
        quotes = [quote_with(*(pair if n % 2 else reversed(pair))) for n in range(BUYERS)]

        answers = self.rush(quotes, now)

        refused = [answer for answer in answers if isinstance(answer, CapIsReached)]
        assert len(refused) == BUYERS - 10
        assert all(isinstance(answer, list | CapIsReached) for answer in answers)
        assert used(sale, quotes[0].customer).total == 10
        assert used(other, quotes[0].customer).total == 10
        assert RuleClaim.objects.filter(rule_key=sale.rule_key).count() == 10

    def test_64_orders_of_one_customer_get_his_share(self, customer, now):
        sale = PromotionFactory(cap_per_customer=3, cap_per_day=50)
        quotes = [quote_with((sale.rule_key, 1, "20.00"), customer=customer) for _ in range(BUYERS)]

        answers = self.rush(quotes, now)

        assert sum(isinstance(answer, list) for answer in answers) == 3
        assert used(sale, customer).by_customer == 3

    def test_a_budget_is_used_up_and_not_passed(self, now):
        sale = PromotionFactory(cap_budget=Decimal("100.00"))
        quotes = [quote_with((sale.rule_key, 1, "30.00")) for _ in range(BUYERS)]

        answers = self.rush(quotes, now)

        assert sum(isinstance(answer, list) for answer in answers) == 3
        assert used(sale, quotes[0].customer).budget == Decimal("90.00")

    def test_a_campaigns_budget_is_one_for_its_promotions(self, now):
        """64 orders, each by two promotions in either order: one counter, no deadlock, no fen more
        than there is."""
        campaign = CampaignFactory(running=True, budget=Decimal("1000.00"))
        one, other = (PromotionFactory(campaign=campaign) for _ in range(2))
        pair = [(one.rule_key, 1, "20.00"), (other.rule_key, 1, "15.00")]
        quotes = [quote_with(*(pair if n % 2 else reversed(pair))) for n in range(BUYERS)]

        answers = self.rush(quotes, now)

        assert sum(isinstance(answer, list) for answer in answers) == 28
        assert all(isinstance(answer, list | CapIsReached) for answer in answers)
        assert budget_left(campaign) == Decimal("20.00")
        products.release_claims(key=f"K{self.first(answers)}", now=now)
        assert budget_left(campaign) == Decimal("55.00")

    def first(self, answers):
        return next(n for n, answer in enumerate(answers) if isinstance(answer, list))

    def test_64_orders_get_what_an_agreement_has(self, now):
        price = AgreementPriceFactory(agreement__in_force=True, cap_total=10, cap_per_day=40)
        key = f"agreement-price:{price.pk}"
        buyer = price.agreement.customer
        quotes = [quote_with((key, 1, "20.00"), customer=buyer) for _ in range(BUYERS)]

        answers = self.rush(quotes, now)

        assert sum(isinstance(answer, list) for answer in answers) == 10
        assert sum(isinstance(answer, CapIsReached) for answer in answers) == BUYERS - 10
        assert used_for(buyer, [key], now)[key].total == 10

    def test_one_voucher_pays_one_order(self, customer, now):
        voucher = VoucherFactory(customer=customer)
        quotes = [
            quote_with((voucher.rule_key, 1, "30.00"), customer=customer) for _ in range(BUYERS)
        ]

        answers = self.rush(quotes, now)

        assert sum(isinstance(answer, list) for answer in answers) == 1
        assert sum(isinstance(answer, VoucherIsNotUsable) for answer in answers) == BUYERS - 1

    def test_64_doubled_releases_give_back_once(self, customer, now):
        sale = PromotionFactory(cap_total=10)
        for number in range(2):
            quote = quote_with((sale.rule_key, 3, "1.00"), customer=customer)
            products.claim_rules(quote=quote, key=f"K{number}", now=now)

        release = retry_txn(lambda: products.release_claims(key="K0", now=now))
        at_once(16, lambda _n: release())

        assert used(sale, customer).total == 3
