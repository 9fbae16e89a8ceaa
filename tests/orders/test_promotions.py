"""What a price takes of promotions and vouchers is taken with the payment, and given back when the
order never starts (VCH-1)."""

import json
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.billing import services as billing
from apps.billing.enums import EntryKind
from apps.billing.models import Entry
from apps.billing.selectors import verify_ledger, wallet_of
from apps.orders import services
from apps.orders.enums import OrderStatus, StepName, StepStatus
from apps.orders.models import Order, Saga
from apps.orders.selectors import is_first_order
from apps.products.campaigns import VoucherStatus
from apps.products.errors import CapIsReached, VoucherIsNotUsable
from apps.products.models import Quote, RuleClaim
from apps.products.pricing import Used
from apps.products.selectors.limits import used_for
from tests.factories.promotions import PromotionFactory, VoucherFactory
from tests.orders.conftest import run_to_the_end

pytestmark = pytest.mark.django_db


@pytest.fixture
def promotion(platform):
    return PromotionFactory(campaign__tenant=platform, cap_total=10, name="限时折扣")


@pytest.fixture
def voucher(customer):
    return VoucherFactory(customer=customer)


def promise(order: Order, claims=(), gifts=()) -> Order:
    """Let the quote of an unpaid order take so much of these rules, and promise these gifts."""
    facts = order.quote.facts | {
        "claims": [
            {"rule": rule.rule_key, "units": 1, "orders": 1, "amount": amount}
            for rule, amount in claims
        ],
        "gifts": [
            {"rule": {"key": rule.rule_key, "name": rule.name}, "amount": amount}
            for rule, amount in gifts
        ],
    }
    Quote.objects.filter(pk=order.quote_id).update(snapshot=json.dumps(facts))
    return Order.objects.get(pk=order.pk)


def pay(order: Order, member) -> Order:
    return services.pay_order(order=order, actor=member, now=timezone.now())


def taken(promotion, customer) -> int:
    used = used_for(customer, [promotion.rule_key], timezone.now())
    return used.get(promotion.rule_key, Used()).total


def test_paying_takes_them_after_the_stock_and_before_the_money(
    order_of, member, customer, promotion, voucher
):
    order = promise(order_of(), claims=[(promotion, "20.00"), (voucher, "30.00")])

    order = pay(order, member)

    steps = [step.name for step in order.saga.steps.order_by("position")]
    assert steps[:3] == [StepName.RESERVE, StepName.CLAIM, StepName.CHARGE]
    voucher.refresh_from_db()
    assert (voucher.status, voucher.saved) == (VoucherStatus.RESERVED, Decimal("30.00"))
    assert taken(promotion, customer) == 1


def test_an_order_without_any_has_no_such_step(paid):
    order = paid()

    assert not order.saga.steps.filter(name=StepName.CLAIM).exists()


def test_a_voucher_is_used_once_the_order_is_done(order_of, member, voucher):
    order = pay(promise(order_of(), claims=[(voucher, "30.00")]), member)

    assert run_to_the_end(order) == OrderStatus.COMPLETED

    voucher.refresh_from_db()
    assert voucher.status == VoucherStatus.USED


@pytest.mark.parametrize("gone", ["cap", "voucher"])
def test_what_others_took_stops_the_payment_and_changes_nothing(
    gone, order_of, member, customer, promotion, voucher
):
    promotion.cap_total = 0 if gone == "cap" else 10
    promotion.save()
    if gone == "voucher":
        voucher.status, voucher.closed_at = VoucherStatus.VOID, timezone.now()
        voucher.save()
    order = promise(order_of(), claims=[(promotion, "20.00"), (voucher, "30.00")])

    with pytest.raises(CapIsReached if gone == "cap" else VoucherIsNotUsable):
        pay(order, member)

    order.refresh_from_db()
    assert order.status == OrderStatus.AWAITING_PAYMENT
    assert wallet_of(customer).available == Decimal("1000.00")
    assert (taken(promotion, customer), RuleClaim.objects.count()) == (0, 0)
    assert not Saga.objects.exists()


def test_an_order_that_never_starts_gives_all_of_it_back(
    order_of, member, customer, promotion, voucher, cloud, boss
):
    """Cash comes back as cash and gifts as gifts, in the shares in which they paid."""
    billing.grant_gift(
        customer=customer, amount=Decimal("40.00"), key="G", actor=boss, now=timezone.now()
    )
    order = promise(
        order_of(),
        claims=[(promotion, "20.00"), (voucher, "30.00")],
        gifts=[(promotion, "15.00")],
    )
    order = pay(order, member)
    wallet = wallet_of(customer)
    assert (wallet.gift, wallet.cash) == (Decimal("0.00"), Decimal("1040.00") - order.total)
    cloud.state.set_stock("s1.small", 0)

    assert run_to_the_end(order) == OrderStatus.REFUNDED

    wallet = wallet_of(customer)
    assert (wallet.gift, wallet.cash) == (Decimal("40.00"), Decimal("1000.00"))
    assert taken(promotion, customer) == 0
    voucher.refresh_from_db()
    assert (voucher.status, voucher.saved) == (VoucherStatus.AVAILABLE, None)
    assert order.saga.steps.get(name=StepName.CLAIM).status == StepStatus.UNDONE
    assert not Entry.objects.filter(kind=EntryKind.GIFT, amount=Decimal("15.00")).exists()
    assert verify_ledger().findings == []


def test_a_gift_is_given_once_when_the_order_is_done(order_of, member, customer, promotion):
    order = promise(order_of(), claims=[(promotion, "15.00")], gifts=[(promotion, "15.00")])
    order = pay(order, member)
    assert wallet_of(customer).gift == Decimal("0.00")

    assert run_to_the_end(order) == OrderStatus.COMPLETED
    billing.give_gift(
        customer=customer,
        amount=Decimal("15.00"),
        key=f"{order.number}-{promotion.rule_key}",
        earned_by=f"{order.number}-C",
        now=timezone.now(),
        note=f"限时折扣 · {order.number}",
    )

    assert wallet_of(customer).gift == Decimal("15.00")
    assert verify_ledger().findings == []


def test_the_first_order_is_the_one_before_which_nothing_was_paid_for_good(
    order_of, member, customer, cloud
):
    now = timezone.now()
    first = order_of()
    assert is_first_order(customer, now)

    cloud.state.set_stock("s1.small", 0)
    pay(first, member)
    assert not is_first_order(customer, now)

    assert run_to_the_end(first) == OrderStatus.REFUNDED
    assert is_first_order(customer, now)
