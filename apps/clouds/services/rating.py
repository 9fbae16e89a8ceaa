"""From vendors' lines to customers' bills: exchange rate, discount, one bill a month."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b, sha256

from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.billing import services as billing
from apps.billing.services import UsageCharge
from apps.clouds.importing.refusals import ExchangeRateIsMissing, remember
from apps.clouds.importing.values import EXACT, TICK
from apps.clouds.models import BillPeriod, UsageRating, VendorBillLine
from apps.clouds.selectors import bills as selectors
from apps.clouds.selectors.bills import Usage
from apps.clouds.services.import_run import Clock
from apps.core.errors import DomainError
from apps.core.failpoints import failpoint
from apps.core.retry import retry_txn
from apps.customers.models import Customer
from apps.products import services as products
from apps.products.models import Vendor
from apps.products.selectors import UsageIn

HOME_CURRENCY = "CNY"
NO_VENDOR = 0
CODE_SIZE, NAME_SIZE, RESOURCE_SIZE, REGION_SIZE = 64, 200, 200, 64
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
    waiting = set(_customers_in(held))
    touched = set(_customers_in(pk for pk, *_ in due))
    # Who has lost a sub-account to another customer has to get his money back, too.
    touched |= set(
        UsageRating.objects.filter(tenant_id=tenant_id, month=month).values_list(
            "customer_id", flat=True
        )
    )
    failed = 0
    ready = sorted(touched - waiting)
    for customer in Customer.objects.filter(pk__in=ready).order_by("pk"):
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


def _customers_in(period_ids: Iterable[int]) -> Iterable[int]:
    lines = VendorBillLine.objects.filter(
        period_id__in=list(period_ids), sub_account__customer=OuterRef("pk")
    )
    return Customer.objects.filter(Exists(lines)).values_list("pk", flat=True)


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
    rating = UsageRating.objects.lock(rating)
    try:
        items = price_items(customer=customer, month=month)
    except DomainError as refusal:
        rating.problem = remember(refusal)
        rating.rated_at = now
        rating.save()
        return rating
    digest = _digest(items)
    if digest == rating.digest and not rating.problem:
        return rating
    bill = billing.charge_usage(
        customer=customer,
        month=month,
        items=items,
        key=f"usage:{customer.pk}:{month:%Y%m}",
        now=now,
    )
    rating.digest = digest
    rating.problem = {}
    rating.revision = bill.revision
    rating.items = len(items)
    rating.list_total = sum((item.list_cost for item in items), ZERO)
    rating.payable_total = sum((item.payable for item in items), ZERO)
    rating.rated_at = now
    rating.save()
    return rating


def price_items(*, customer: Customer, month: date) -> list[UsageCharge]:
    """
    A customer's month in yuan, one item a service, resource and region, unrounded.

    Every charge is discounted by what was in effect when it was consumed.
    Trusted: reads for `rate_customer`.
    :raises ExchangeRateIsMissing: if a foreign currency has no rate for the month
    """
    usage = list(selectors.usage_of(customer_id=customer.pk, month=month))
    rates = _exchange_rates(usage, month)
    vendors = {name.lower(): pk for pk, *names in _vendors() for name in names}
    listed: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    payable: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    priced = products.price_usage(customer=customer, lines=_lines(usage, rates, vendors))
    for one, price in zip(usage, priced, strict=True):
        subject = (one.service_name, one.resource_id, one.region_id)
        rate = rates[one.tenant_id, one.currency]
        listed[subject] = EXACT.add(listed[subject], EXACT.multiply(one.list_cost, rate))
        payable[subject] = EXACT.add(payable[subject], price.payable)
    return [
        UsageCharge(
            product_code=_short(service, CODE_SIZE),
            product_name=service[:NAME_SIZE],
            resource_id=_short(resource, RESOURCE_SIZE),
            region=region[:REGION_SIZE],
            list_cost=listed[subject].quantize(TICK, context=EXACT),
            payable=payable[subject].quantize(TICK, context=EXACT),
        )
        for subject in sorted(listed)
        for service, resource, region in [subject]
        if listed[subject] or payable[subject]
    ]


def _lines(
    usage: Sequence[Usage], rates: dict[tuple[int, str], Decimal], vendors: dict[str, int]
) -> Iterator[UsageIn]:
    for one in usage:
        yield UsageIn(
            key="",
            vendor_id=one.vendor_id or vendors.get(one.provider_name.lower(), NO_VENDOR),
            product_code=one.service_name,
            list_cost=EXACT.multiply(one.base_cost, rates[one.tenant_id, one.currency]),
            at=one.at,
        )


def _vendors() -> Iterable[tuple[int, str, str]]:
    return Vendor.objects.values_list("pk", "name", "code")


def _exchange_rates(usage: Iterable[Usage], month: date) -> dict[tuple[int, str], Decimal]:
    rates = {}
    for tenant_id, currency in {(one.tenant_id, one.currency) for one in usage}:
        if currency == HOME_CURRENCY:
            rates[tenant_id, currency] = Decimal(1)
            continue
        found = selectors.exchange_rate(tenant_id=tenant_id, currency=currency, month=month)
        if found is None:
            raise ExchangeRateIsMissing(currency=currency, month=f"{month:%Y-%m}")
        rates[tenant_id, currency] = found.rate
    return rates


def _short(text: str, size: int) -> str:
    """Texts that do not fit stay different from each other."""
    if len(text) <= size:
        return text
    mark = blake2b(text.encode(), digest_size=8).hexdigest()
    return f"{text[: size - len(mark) - 1]}~{mark}"


def _digest(items: Iterable[UsageCharge]) -> str:
    lines = ("\x1f".join((*item[:4], f"{item.list_cost:f}", f"{item.payable:f}")) for item in items)
    return sha256("\x1e".join(lines).encode()).hexdigest()
