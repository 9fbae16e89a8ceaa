"""What a customer does with an order: place, pay, cancel."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.billing import services as billing
from apps.clouds import services as clouds
from apps.clouds.models import Resource
from apps.core import audit
from apps.core.events import publish
from apps.core.failpoints import failpoint
from apps.core.numbers import next_number
from apps.customers.enums import VerificationStatus
from apps.customers.errors import CustomerIsUnverified
from apps.orders.enums import ORDER_FLOW, OrderPerm, OrderStatus, StepName, StepStatus
from apps.orders.errors import OrderIsNotPayable, QuoteIsExpired, QuoteWasOrdered
from apps.orders.events import OrderPaid
from apps.orders.models import Order, OrderLine, Saga, SagaStep
from apps.orders.services.watching import show_progress
from apps.products import services as products
from apps.products.models import Quote
from apps.rbac import services as rbac
from apps.rbac.models import User

PAYABLE_FOR = timedelta(hours=24)


@transaction.atomic
def place_order(*, quote: Quote, actor: User, now: datetime) -> Order:
    """Turn a valid quote into an order that awaits payment. A quote is ordered once.

    :raises CustomerIsUnverified: until the real-name verification is done (CUS-4)
    :raises QuoteIsExpired: the price must be looked at again (CAT-4)
    :raises QuoteIsOutdated: if a price, a specification or a rule changed since
    :raises QuoteWasOrdered: if there is an order for it
    """
    rbac.require(actor, OrderPerm.PLACE, quote)
    if quote.customer.verification != VerificationStatus.VERIFIED:
        raise CustomerIsUnverified
    if not quote.is_valid(now):
        raise QuoteIsExpired(number=quote.number)
    products.ensure_current(quote=quote, now=now)
    order = _create(quote=quote, actor=actor, now=now)
    products.empty_cart(quote=quote)
    audit.record(actor=actor, verb="order.placed", thing=order, total=str(order.total))
    show_progress(order=order)
    return order


def _create(*, quote: Quote, actor: User, now: datetime) -> Order:
    lines = list(quote.lines.select_related("sku__product"))
    prepaid = [line for line in lines if not line.is_metered]  # the others are billed by use
    try:
        with transaction.atomic():
            order = Order.objects.create(
                number=next_number("ORD", on=timezone.localdate(now)),
                tenant_id=quote.tenant_id,
                customer_id=quote.customer_id,
                quote=quote,
                list_total=sum((line.list_amount for line in prepaid), Decimal("0.00")),
                total=quote.due_now,
                placed_by=actor,
                placed_at=now,
            )
    except IntegrityError as error:
        raise QuoteWasOrdered(number=quote.number) from error
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=line.position,
            sku_id=line.sku_id,
            name=f"{line.sku.product.name} {line.sku.name}",
            quantity=line.quantity,
            periods=line.periods,
            billing_mode=line.billing_mode,
            list_amount=Decimal("0.00") if line.is_metered else line.list_amount,
            amount=Decimal("0.00") if line.is_metered else line.amount,
        )
        for line in lines
    )
    return order


@transaction.atomic
def pay_order(*, order: Order, actor: User, now: datetime) -> Order:
    """Take the stock and the money, both or neither, and start the work at the cloud.

    :raises OrderIsNotPayable: if it was paid or closed meanwhile
    :raises QuoteIsExpired: if the price is older than it may be
    :raises OutOfStock: if somebody was quicker
    :raises CapIsReached: if others took what was left of a promotion
    :raises RuleIsStopped: :raises VoucherIsNotUsable: if one of the quote's is gone meanwhile
    :raises CloudAccountIsMissing: if we have no account at that cloud
    :raises InsufficientBalance: if the wallet cannot pay; nothing is reserved then
    """
    rbac.require(actor, OrderPerm.PAY, order)
    order = Order.objects.lock(order)
    if not ORDER_FLOW.may(order.status, OrderStatus.PROVISIONING) or order.paid_at:
        raise OrderIsNotPayable(number=order.number, status=order.get_status_display())
    if now >= order.placed_at + PAYABLE_FOR:
        raise QuoteIsExpired(number=order.quote.number)
    saga = _start_saga(order=order, now=now)
    failpoint("orders.pay.before_commit")
    ORDER_FLOW.move(order, OrderStatus.PROVISIONING, actor=actor, paid_at=now)
    show_progress(order=order)
    publish(OrderPaid(order_id=order.pk, saga_id=saga.pk))
    return order


def _start_saga(*, order: Order, now: datetime) -> Saga:
    """Reserve and charge are local, so they are done with the decision itself: the first steps
    of the saga are born done, and the cloud's part follows in a job."""
    saga = Saga.objects.create(order=order, next_run_at=now, started_at=now)
    lines = list(order.lines.select_related("sku__product__vendor").order_by("sku_id", "position"))
    # By SKU: everybody locks the shelves in the same order.
    steps = [_reserve(line, now) for line in lines]
    steps += _claim(order, now)
    steps.append(_charge(order, now))
    units = [(line, unit) for line in lines for unit in range(1, line.quantity + 1)]
    resources = {
        (line, unit): _announce(line, f"{order.number}-P{line.position}.{unit}", unit, now)
        for line, unit in units
    }
    for name, letter in ((StepName.PROVISION, "P"), (StepName.ACTIVATE, "A")):
        steps += [
            SagaStep(
                name=name,
                line=line,
                key=f"{order.number}-{letter}{line.position}.{unit}",
                result={"resource_id": resources[line, unit].pk},
            )
            for line, unit in units
        ]
    for position, step in enumerate(steps, start=1):
        step.saga, step.position = saga, position
    SagaStep.objects.bulk_create(steps)
    return saga


def _done(name: StepName, line: OrderLine | None, key: str, now: datetime) -> SagaStep:
    return SagaStep(
        name=name,
        line=line,
        key=key,
        status=StepStatus.DONE,
        attempts=1,
        started_at=now,
        done_at=now,
    )


def _reserve(line: OrderLine, now: datetime) -> SagaStep:
    step = _done(StepName.RESERVE, line, f"{line.order.number}-S{line.position}", now)
    products.reserve_stock(sku=line.sku, quantity=line.quantity, key=step.key)
    return step


def _claim(order: Order, now: datetime) -> list[SagaStep]:
    """Take what is limited in the quote's prices: after the shelves and before the wallet, as
    everybody does. Nothing where nothing is."""
    step = _done(StepName.CLAIM, None, f"{order.number}-K", now)
    claims = products.claim_rules(quote=order.quote, key=step.key, now=now)
    return [step] if claims else []


def _charge(order: Order, now: datetime) -> SagaStep:
    step = _done(StepName.CHARGE, None, f"{order.number}-C", now)
    if order.total:
        billing.charge_wallet(
            customer=order.customer,
            amount=order.total,
            key=step.key,
            source=(order._meta.label, order.pk),
            now=now,
            note=order.number,
        )
    return step


def _announce(line: OrderLine, key: str, unit: int, now: datetime) -> Resource:
    """The row of what the cloud will make: from now on nothing that it makes can be lost."""
    return clouds.create_resource(
        customer=line.order.customer,
        sku=line.sku,
        key=key,
        name=line.name if line.quantity == 1 else f"{line.name} #{unit}",
        now=now,
        periods=line.periods,
    )


@transaction.atomic
def cancel_order(*, order: Order, actor: User, now: datetime, reason: str = "") -> Order:
    """Close an order that has not been paid. Nothing was taken, so nothing is given back."""
    rbac.require(actor, OrderPerm.CANCEL, order)
    order = Order.objects.lock(order)
    ORDER_FLOW.move(order, OrderStatus.CANCELLED, actor=actor, reason=reason, closed_at=now)
    show_progress(order=order)
    return order


def cancel_unpaid(*, now: datetime) -> int:
    """Close orders that were not paid in time; how many. Trusted: a sweep."""
    ids = list(Order.objects.unpaid_since(now - PAYABLE_FOR).values_list("pk", flat=True)[:500])
    return sum(_cancel_if_unpaid(pk, now) for pk in ids)


@transaction.atomic
def _cancel_if_unpaid(pk: int, now: datetime) -> bool:
    order = Order.objects.select_for_update().get(pk=pk)
    if order.status != OrderStatus.AWAITING_PAYMENT:
        return False
    reason = "not paid in time"
    ORDER_FLOW.move(order, OrderStatus.CANCELLED, actor=None, reason=reason, closed_at=now)
    show_progress(order=order)
    return True
