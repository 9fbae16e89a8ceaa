"""What pages show of an order."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.clouds.models import Resource
from apps.clouds.ports import Origin
from apps.core import audit
from apps.core.acts import label_of
from apps.customers.models import Customer
from apps.orders.enums import OrderStatus, StepName, StepStatus
from apps.orders.models import Order, OrderLine, SagaStep
from apps.products.enums import BillingMode
from apps.products.ports import Purchase
from apps.products.pricing import Subject

USUAL_SECONDS = 60  # until there is a history to read
HISTORY = timedelta(days=90)


@dataclass(frozen=True)
class Milestone:
    """One of the customer's steps (ORD-1): when it was reached, or that it is the current one."""

    name: str
    label: str
    status: str  # done | current | waiting | failed
    at: datetime | None


@dataclass(frozen=True)
class Happening:
    """One line of the time line."""

    at: datetime
    verb: str
    label: str
    actor: str
    note: str


def has_bought(customer: Customer) -> bool:
    """Whether the customer ever paid an order."""
    return Order.objects.filter(customer=customer, paid_at__isnull=False).exists()


def purchases(
    customer_ids: Sequence[int] | None, since: datetime, until: datetime
) -> Iterator[Purchase]:
    """The lines of the orders that were paid in the period and not given back, by the payment."""
    lines = OrderLine.objects.filter(order__paid_at__gte=since, order__paid_at__lt=until).exclude(
        order__status__in=[OrderStatus.REFUNDING, OrderStatus.REFUNDED, OrderStatus.CANCELLED]
    )
    if customer_ids is not None:
        lines = lines.filter(order__customer__in=customer_ids)
    of_sku = ("sku_id", "sku__product_id", "sku__product__category_id", "sku__product__vendor_id")
    amounts = ("quantity", "periods", "list_amount", "amount", "order__paid_at")
    of_line = (*amounts, "order__quote__project", "sku__region", "billing_mode")
    rows = lines.order_by("order__paid_at", "pk").values_list(
        "order__customer_id", "order__number", *of_sku, *of_line
    )
    for customer_id, number, *columns in rows:
        yield Purchase(customer_id, number, Subject(*columns[:4]), *columns[4:])


def is_first_order(customer: Customer, _at: datetime) -> bool:
    """Whether the customer has paid nothing yet but what failed and was refunded."""
    paid = Order.objects.filter(customer=customer, paid_at__isnull=False)
    return not paid.exclude(status=OrderStatus.REFUNDED).exists()


def buyers_before(customer_ids: Collection[int], moment: datetime) -> set[int]:
    """Which of these customers had paid an order by then, but for what failed and was refunded."""
    paid = Order.objects.filter(customer__in=customer_ids, paid_at__lt=moment)
    found = paid.exclude(status=OrderStatus.REFUNDED).order_by()
    return set(found.values_list("customer_id", flat=True).distinct())


def ordered_quotes(quote_ids: Collection[int]) -> set[int]:
    """Which of these quotes became orders."""
    return set(Order.objects.filter(quote__in=quote_ids).values_list("quote_id", flat=True))


def milestones(order: Order) -> list[Milestone]:
    """Placed → paid → provisioned → completed, as far as the order is."""
    is_closed = order.status in {OrderStatus.CANCELLED, OrderStatus.REFUNDED}
    reached = [
        ("placed", _("Order placed"), order.placed_at),
        ("paid", _("Paid"), order.paid_at),
        ("completed", _("Resources ready"), order.completed_at),
    ]
    steps = []
    is_current_found = False
    for name, label, at in reached:
        if at:
            status = "done"
        elif is_closed or is_current_found:
            status = "waiting"
        else:
            status, is_current_found = "current", True
        steps.append(Milestone(name=name, label=label, status=status, at=at))
    if is_closed:
        label = str(OrderStatus(order.status).label)
        steps = [step for step in steps if step.at]
        steps.append(Milestone(name="closed", label=label, status="failed", at=order.closed_at))
    return steps


def timeline(order: Order) -> list[Happening]:
    """Who did what to the order, oldest first."""
    labels = {f"order.{status}": str(label) for status, label in OrderStatus.choices}
    return [
        Happening(
            at=entry.at,
            verb=entry.verb,
            label=labels.get(entry.verb) or label_of(entry.verb),
            actor=entry.actor_name or _("System"),
            note=entry.reason,
        )
        for entry in audit.timeline(order)
    ]


def expected_seconds(order: Order, *, now: datetime) -> int:
    """How long provisioning usually takes: the 80th percentile of the last 90 days, in seconds."""
    recent = Order.objects.filter(completed_at__gte=now - HISTORY).order_by("-completed_at")
    moments = recent.values_list("paid_at", "completed_at")[:500]
    spans = sorted((done - paid).total_seconds() for paid, done in moments if paid and done)
    return round(spans[int(len(spans) * 0.8)]) if spans else USUAL_SECONDS


def resource_ids(order: Order) -> dict[int, list[int]]:
    """Order line → the resources that came of it."""
    found: dict[int, list[int]] = {}
    steps = SagaStep.objects.filter(
        saga__order=order, name=StepName.ACTIVATE, status=StepStatus.DONE
    )
    for line_id, result in steps.order_by("position").values_list("line_id", "result"):
        found.setdefault(line_id, []).append(result["resource_id"])
    return found


def order_of(resource: Resource) -> Origin | None:
    """The order that a resource was made for: its token is the key of the step that made it."""
    step = SagaStep.objects.filter(key=resource.token).select_related("saga__order").first()
    return Origin(id=step.saga.order_id, number=step.saga.order.number) if step else None


def projects_of(customer: Customer) -> dict[str, str]:
    """Token of a resource → the project that it was ordered for; the others are not here."""
    steps = SagaStep.objects.filter(saga__order__customer=customer, name=StepName.PROVISION)
    ordered = steps.exclude(saga__order__quote__project="")
    return dict(ordered.values_list("key", "saga__order__quote__project"))


def next_step(order: Order) -> str:
    """What happens next, in one sentence for the customer."""
    sentences = {
        OrderStatus.AWAITING_PAYMENT: _("Pay within 24 hours, or the order is closed."),
        OrderStatus.PROVISIONING: _("The cloud is making your resources."),
        OrderStatus.PARKED: _("Our staff are looking at this order. Nothing is lost."),
        OrderStatus.REFUNDING: _("The order failed. Your money is on its way back."),
        OrderStatus.COMPLETED: _("Your resources are ready."),
        OrderStatus.REFUNDED: _("The order failed. Your money is back in your wallet."),
        OrderStatus.CANCELLED: _("The order is closed. Nothing was charged."),
    }
    return sentences[OrderStatus(order.status)]


def summary(order: Order) -> str:
    """What was bought, in one line: the first thing, and how many more there are."""
    lines = list(order.lines.all())
    if not lines:
        return ""
    first = _bought(lines[0])
    if len(lines) == 1:
        return first
    more = len(lines) - 1
    text = ngettext("{first} and {more} more", "{first} and {more} more", more)
    return text.format(first=first, more=more, all=len(lines))


def _bought(line: OrderLine) -> str:
    term = {
        BillingMode.MONTHLY: ngettext("{n} month", "{n} months", line.periods),
        BillingMode.YEARLY: ngettext("{n} year", "{n} years", line.periods),
    }.get(BillingMode(line.billing_mode))
    thing = f"{line.name} × {line.quantity}"
    if term is None:
        return thing
    return _("{thing}, {term}").format(thing=thing, term=term.format(n=line.periods))
