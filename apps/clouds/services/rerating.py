"""Rating again what was billed: when use comes late or an order counts, steps may be others.

A month's price is a function of all use and orders in the windows of its steps. Whoever changes
one of these marks the months that may be affected; a job rates them again. It may be lost, doubled
or late: a mark stays until the month was rated after it, and the same price posts nothing.
"""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from apps.billing import services as billing
from apps.clouds.events import UsageToRerate
from apps.clouds.models import BillPeriod, UsageRating
from apps.clouds.selectors.bills import customers_in
from apps.clouds.services.import_run import Clock
from apps.clouds.services.rating import rate_customer
from apps.clouds.services.use_pricing import price_month
from apps.core.events import publish
from apps.core.failpoints import failpoint
from apps.core.retry import retry_txn
from apps.customers.models import Customer
from apps.products import services as products
from apps.products.periods import local_day


class Preview(NamedTuple):
    """What rating a month again would add, and to which bill."""

    lines: list[billing.NewLine]
    goes_to: str

    @property
    def difference(self) -> Decimal:
        return sum((line.charge.payable for line in self.lines), Decimal(0))


@transaction.atomic
def ask_for_rerating(*, customer: Customer, at: datetime, now: datetime) -> int:
    """Mark the billed months whose steps look at the moment; how many.

    Trusted: called when an order was paid or given back.
    """
    reach = products.UsagePricer(customer).reach(at, at)
    if reach is None:
        return 0
    months = UsageRating.objects.filter(customer=customer, month__gte=local_day(reach.start))
    marked = months.update(rerate_asked_at=now)
    if marked:
        publish(UsageToRerate(customer_id=customer.pk))
    return marked


def rerate_asked(*, clock: Clock) -> int:
    """Rate the marked months again; how many. Trusted: run by a job and by a sweep."""
    held = set(customers_in(BillPeriod.objects.filter(held_by__isnull=False)))
    marked = UsageRating.objects.filter(rerate_asked_at__isnull=False)
    rated = 0
    for rating in marked.order_by("customer_id", "month").select_related("customer"):
        if rating.customer_id not in held:
            retry_txn(rate_customer)(customer=rating.customer, month=rating.month, now=clock())
            failpoint("clouds.usage_rerated")
            rated += 1
    return rated


def preview(*, rating: UsageRating, now: datetime) -> Preview:
    """What rating the month again would add now; nothing is written. Trusted: reads for doors
    that have checked who may see the rating."""
    items = price_month(customer=rating.customer, month=rating.month).items
    lines, month = billing.preview_usage(
        customer=rating.customer, month=rating.month, items=items, now=now
    )
    return Preview(lines, f"{month:%Y-%m}")
