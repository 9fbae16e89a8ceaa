"""From vendors' lines to customers' bills: exchange rate, discount, one bill a month."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from django.db import transaction

from apps.billing import services as billing
from apps.billing.services import UsageCharge
from apps.clouds.events import UsageToRerate
from apps.clouds.importing.refusals import remember
from apps.clouds.models import BillPeriod, UsageRating
from apps.clouds.selectors.bills import customers_in
from apps.clouds.services.import_run import Clock
from apps.clouds.services.use_pricing import PricedMonth, price_month
from apps.core.errors import DomainError
from apps.core.events import publish
from apps.core.failpoints import failpoint
from apps.core.retry import retry_txn
from apps.customers.models import Customer
from apps.products import services as products
from apps.products.periods import local_day, midnight

ZERO = Decimal(0)


def rate_due_months(
    *, clock: Clock, tenant_id: int | None = None, months: Sequence[date] | None = None
) -> int:
    """
    Bill the customers of every month whose lines changed; how many were billed.

    Trusted: run by the import and by a sweep. A customer whose lines are being imported, or whose
    bill fails, leaves the month due.
    """
    due = BillPeriod.objects.filter(is_due=True)
    if tenant_id is not None:
        due = due.filter(tenant_id=tenant_id)
    if months is not None:
        due = due.filter(month__in=months)
    keys = due.order_by("tenant_id", "month").values_list("tenant_id", "month").distinct()
    return sum(_rate_month(tenant, month, clock) for tenant, month in list(keys))


def _rate_month(tenant_id: int, month: date, clock: Clock) -> int:
    periods = BillPeriod.objects.filter(tenant_id=tenant_id, month=month)
    due = list(periods.filter(is_due=True).values_list("pk", "held_by_id", "last_import_id"))
    held = [pk for pk, holder, _last in due if holder is not None]
    waiting = set(customers_in(BillPeriod.objects.filter(pk__in=held)))
    half_known = set(customers_in(BillPeriod.objects.filter(held_by__isnull=False)))
    touched = set(customers_in(BillPeriod.objects.filter(pk__in=[pk for pk, *_ in due])))
    # Who has lost a sub-account to another customer has to get his money back, too.
    touched |= set(
        UsageRating.objects.filter(tenant_id=tenant_id, month=month).values_list(
            "customer_id", flat=True
        )
    )
    failed = 0
    ready = sorted(touched - waiting)
    for customer in Customer.objects.filter(pk__in=ready).order_by("pk"):
        if customer.pk in half_known and products.UsagePricer(customer).steps:
            failed += 1  # another month of his is half a bill, and his steps may look at it
            continue
        rated = retry_txn(rate_customer)(customer=customer, month=month, now=clock())
        failpoint("clouds.customer_rated")
        failed += bool(rated.problem)
    if not failed:
        for pk, holder, last in due:
            if holder is None:
                # Not if another file came in meanwhile.
                BillPeriod.objects.filter(pk=pk, held_by=None, last_import_id=last).update(
                    is_due=False
                )
    return len(ready) - failed


@transaction.atomic
def rate_customer(*, customer: Customer, month: date, now: datetime) -> UsageRating:
    """
    Bill all that a customer's sub-accounts used in a month, as it is known now.

    The same lines at the same prices change nothing; others lead to an adjustment of the
    difference. Without an exchange rate nothing is billed, and the reason is kept.
    Trusted: called by the import, by mapping and by staff through `rate_month`.
    """
    rating, _is_new = UsageRating.objects.get_or_create(
        customer=customer,
        month=month,
        defaults={"tenant_id": customer.tenant_id, "rated_at": now},
    )
    asked_before = rating.rerate_asked_at
    rating = UsageRating.objects.lock(rating)
    if rating.rerate_asked_at == asked_before:
        rating.rerate_asked_at = None  # what was asked for meanwhile may not be known here
    try:
        priced = price_month(customer=customer, month=month)
    except DomainError as refusal:
        rating.problem = remember(refusal)
        rating.rated_at = now
        rating.save()
        return rating
    if _digest(priced.items) == rating.digest and not rating.problem:
        if rating.rerate_asked_at != asked_before:
            rating.save(update_fields=["rerate_asked_at"])
        return rating
    _bill(rating, priced, now)
    return rating


def _bill(rating: UsageRating, priced: PricedMonth, now: datetime) -> None:
    bill = billing.charge_usage(
        customer=rating.customer,
        month=rating.month,
        items=priced.items,
        key=f"usage:{rating.customer_id}:{rating.month:%Y%m}",
        now=now,
    )
    is_other_use = _sums(priced) != (rating.items, rating.list_total)
    rating.digest = _digest(priced.items)
    rating.problem = {}
    rating.revision = bill.revision
    rating.items, rating.list_total = _sums(priced)
    rating.payable_total = sum((item.payable for item in priced.items), ZERO)
    rating.rated_at = now
    rating.save()
    if is_other_use:
        _mark_others(rating, priced, now)


def _sums(priced: PricedMonth) -> tuple[int, Decimal]:
    return len(priced.items), sum((item.list_cost for item in priced.items), ZERO)


def _mark_others(rating: UsageRating, priced: PricedMonth, now: datetime) -> None:
    """Months whose steps look at this one's use may have another price now."""
    first = min(priced.first, midnight(rating.month))
    reach = products.UsagePricer(rating.customer).reach(first, priced.last)
    if reach is None:
        return
    others = UsageRating.objects.filter(
        customer=rating.customer, month__gte=local_day(reach.start).replace(day=1)
    ).exclude(pk=rating.pk)
    if others.update(rerate_asked_at=now):
        publish(UsageToRerate(customer_id=rating.customer_id))


def _digest(items: Iterable[UsageCharge]) -> str:
    lines = ("\x1f".join((*item[:4], f"{item.list_cost:f}", f"{item.payable:f}")) for item in items)
    return sha256("\x1e".join(lines).encode()).hexdigest()
