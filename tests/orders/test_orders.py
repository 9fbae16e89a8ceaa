from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.billing.errors import InsufficientBalance
from apps.billing.selectors import verify_ledger, wallet_of
from apps.clouds.enums import ResourceStatus
from apps.clouds.models import Resource
from apps.core.errors import Forbidden, IllegalTransition, NotFound
from apps.customers.enums import VerificationStatus
from apps.customers.errors import CustomerIsUnverified
from apps.customers.models import Customer
from apps.orders import services
from apps.orders.enums import OrderStatus, StepName, StepStatus
from apps.orders.errors import OrderIsNotPayable, QuoteIsExpired, QuoteWasOrdered
from apps.orders.models import Order, Saga, SagaStep
from apps.products.enums import BillingMode
from apps.products.errors import OutOfStock
from apps.products.models import Sku
from tests.orders.conftest import run_to_the_end

pytestmark = pytest.mark.django_db


def test_order_has_the_price_of_its_quote(order_of):
    order = order_of(quantity=2)

    assert (order.total, order.list_total) == (Decimal("200.00"), Decimal("200.00"))
    assert order.status == OrderStatus.AWAITING_PAYMENT
    assert order.number.startswith("ORD")
    assert [(line.quantity, line.amount) for line in order.lines.all()] == [(2, Decimal("200.00"))]


def test_metered_use_is_not_paid_in_advance(order_of, member, customer, sku):
    """It is billed month by month; paying it here as well would charge it twice."""
    Sku.objects.filter(pk=sku.pk).update(billing_mode=BillingMode.HOURLY)
    order = order_of(quantity=3)

    order = services.pay_order(order=order, actor=member, now=timezone.now())

    assert (order.total, order.quote.total) == (Decimal("0.00"), Decimal("300.00"))
    assert wallet_of(customer).available == Decimal("1000.00")
    assert run_to_the_end(order) == OrderStatus.COMPLETED


def test_a_quote_is_ordered_once(order_of, member):
    order = order_of()

    with pytest.raises(QuoteWasOrdered):
        services.place_order(quote=order.quote, actor=member, now=timezone.now())

    assert Order.objects.count() == 1


def test_an_expired_quote_is_not_ordered(order_of, member):
    """CAT-4"""
    order = order_of()

    with pytest.raises(QuoteIsExpired):
        services.place_order(quote=order.quote, actor=member, now=order.quote.expires_at)


def test_an_unverified_customer_may_look_but_not_order(order_of, member, customer):
    """CUS-4"""
    quote = order_of().quote
    Customer.objects.filter(pk=customer.pk).update(verification=VerificationStatus.PENDING)
    quote.refresh_from_db()

    with pytest.raises(CustomerIsUnverified):
        services.place_order(quote=quote, actor=member, now=timezone.now())


def test_paying_takes_money_and_stock_and_announces_the_resources(order_of, member, customer, sku):
    Sku.objects.filter(pk=sku.pk).update(stock=5)
    order = services.pay_order(order=order_of(quantity=2), actor=member, now=timezone.now())

    sku.refresh_from_db()
    assert (order.status, sku.stock) == (OrderStatus.PROVISIONING, 3)
    assert wallet_of(customer).available == Decimal("800.00")
    assert list(Resource.objects.values_list("status", flat=True)) == [ResourceStatus.PENDING] * 2
    steps = [(step.name, step.status) for step in order.saga.steps.all()]
    assert steps == [
        (StepName.RESERVE, StepStatus.DONE),
        (StepName.CHARGE, StepStatus.DONE),
        (StepName.PROVISION, StepStatus.WAITING),
        (StepName.PROVISION, StepStatus.WAITING),
        (StepName.ACTIVATE, StepStatus.WAITING),
        (StepName.ACTIVATE, StepStatus.WAITING),
    ]


def test_too_little_money_changes_nothing(order_of, member, customer, sku):
    Sku.objects.filter(pk=sku.pk).update(stock=50)
    order = order_of(quantity=11)

    with pytest.raises(InsufficientBalance):
        services.pay_order(order=order, actor=member, now=timezone.now())

    order.refresh_from_db()
    sku.refresh_from_db()
    assert (order.status, sku.stock) == (OrderStatus.AWAITING_PAYMENT, 50)
    assert wallet_of(customer).available == Decimal("1000.00")
    assert (Saga.objects.count(), Resource.objects.count()) == (0, 0)


def test_too_little_stock_changes_nothing(order_of, member, customer, sku):
    Sku.objects.filter(pk=sku.pk).update(stock=1)

    with pytest.raises(OutOfStock):
        services.pay_order(order=order_of(quantity=2), actor=member, now=timezone.now())

    sku.refresh_from_db()
    assert (sku.stock, wallet_of(customer).available) == (1, Decimal("1000.00"))


def test_an_order_is_paid_once(paid, member, customer):
    order = paid()

    with pytest.raises(OrderIsNotPayable):
        services.pay_order(order=order, actor=member, now=timezone.now())

    assert wallet_of(customer).available == Decimal("900.00")


def test_an_old_order_is_not_paid(order_of, member):
    order = order_of()

    with pytest.raises(QuoteIsExpired):
        services.pay_order(
            order=order, actor=member, now=order.placed_at + services.orders.PAYABLE_FOR
        )


@pytest.mark.parametrize("service", [services.pay_order, services.cancel_order])
def test_another_customers_order_does_not_exist(service, order_of, outsider):
    order = order_of()

    with pytest.raises(NotFound):
        service(order=order, actor=outsider, now=timezone.now())

    order.refresh_from_db()
    assert order.status == OrderStatus.AWAITING_PAYMENT


@pytest.mark.parametrize("service", [services.resume_order, services.abandon_order])
def test_customers_do_not_steer_held_orders(service, paid, member):
    with pytest.raises(Forbidden):
        service(order=paid(), actor=member, now=timezone.now())


def test_cancelled_orders_stay_cancelled(order_of, member):
    order = services.cancel_order(
        order=order_of(), actor=member, now=timezone.now(), reason="买错了"
    )

    assert (order.status, order.closed_at is not None) == (OrderStatus.CANCELLED, True)
    with pytest.raises(OrderIsNotPayable):
        services.pay_order(order=order, actor=member, now=timezone.now())


def test_paid_orders_are_not_cancelled(paid, member):
    with pytest.raises(IllegalTransition):
        services.cancel_order(order=paid(), actor=member, now=timezone.now())


def test_unpaid_orders_are_closed_after_a_day(order_of):
    order, fresh = order_of(), order_of()
    Order.objects.filter(pk=fresh.pk).update(placed_at=order.placed_at + timedelta(hours=1))

    closed = services.cancel_unpaid(now=order.placed_at + timedelta(hours=24, minutes=30))

    order.refresh_from_db()
    fresh.refresh_from_db()
    assert (closed, order.status, fresh.status) == (
        1,
        OrderStatus.CANCELLED,
        OrderStatus.AWAITING_PAYMENT,
    )


def test_the_cloud_delivers(paid, cloud, customer):
    order = paid(quantity=2)

    assert run_to_the_end(order) == OrderStatus.COMPLETED

    resources = Resource.objects.all()
    assert {resource.status for resource in resources} == {ResourceStatus.RUNNING}
    assert len({resource.vendor_id for resource in resources}) == 2
    assert set(SagaStep.objects.values_list("status", flat=True)) == {StepStatus.DONE}
    assert wallet_of(customer).available == Decimal("800.00")
    assert verify_ledger().findings == []


def test_a_second_run_finds_nothing_to_do(paid, cloud):
    order = paid()
    run_to_the_end(order)

    assert services.run_saga(saga_id=order.saga.pk, now=timezone.now()) is False


def test_a_second_runner_finds_the_lease_taken(paid, cloud):
    order = paid()
    Saga.objects.update(leased_until=timezone.now() + timedelta(minutes=1))

    assert services.run_saga(saga_id=order.saga.pk, now=timezone.now()) is False


def test_refused_by_the_cloud_everything_goes_back(paid, cloud, customer, sku):
    """ORD-2"""
    Sku.objects.filter(pk=sku.pk).update(stock=5)
    order = paid(quantity=2)
    cloud.state.set_stock("s1.small", 1)

    assert run_to_the_end(order) == OrderStatus.REFUNDED

    sku.refresh_from_db()
    assert (wallet_of(customer).available, sku.stock) == (Decimal("1000.00"), 5)
    assert set(Resource.objects.values_list("status", flat=True)) == {
        ResourceStatus.RELEASED,
        ResourceStatus.FAILED,
    }
    assert set(SagaStep.objects.values_list("status", flat=True)) == {StepStatus.UNDONE}
    assert verify_ledger().findings == []


@pytest.mark.parametrize(
    "fault", ["drop_after_success", "500", "500_after_success", "malformed", "429"]
)
def test_an_answer_that_got_lost_is_settled_not_repeated(fault, paid, cloud):
    """R10: a timeout is unknown, never failed."""
    order = paid()
    cloud.faults.add(fault, "RunInstances", times=1)

    assert run_to_the_end(order) == OrderStatus.COMPLETED

    resource = Resource.objects.get()
    account = resource.account.access_key_id
    assert len(cloud.state.find(account)) == 1


def test_a_cloud_that_never_answers_parks_the_order(paid, cloud, customer):
    order = paid()
    cloud.faults.add("500", "*", times=200)

    assert run_to_the_end(order) == OrderStatus.PARKED

    assert wallet_of(customer).available == Decimal("900.00")


def test_a_parked_order_goes_on_when_staff_resume_it(paid, cloud, boss):
    order = paid()
    cloud.faults.add("500", "*", times=200)
    run_to_the_end(order)
    cloud.faults.clear()

    services.resume_order(order=order, actor=boss, now=timezone.now())

    assert run_to_the_end(order) == OrderStatus.COMPLETED


def test_a_parked_order_is_refunded_when_staff_give_it_up(paid, cloud, boss, customer):
    order = paid()
    cloud.faults.add("500", "*", times=200)
    run_to_the_end(order)
    cloud.faults.clear()

    services.abandon_order(order=order, actor=boss, now=timezone.now())

    assert run_to_the_end(order) == OrderStatus.REFUNDED
    assert wallet_of(customer).available == Decimal("1000.00")
    assert verify_ledger().findings == []


def test_an_instance_that_boots_slowly_is_waited_for(paid, cloud):
    order = paid()
    cloud.state.boot_seconds = 3600

    services.run_saga(saga_id=order.saga.pk, now=timezone.now())

    order.refresh_from_db()
    assert order.status == OrderStatus.PROVISIONING
    cloud.state.advance(3601)
    assert run_to_the_end(order) == OrderStatus.COMPLETED
