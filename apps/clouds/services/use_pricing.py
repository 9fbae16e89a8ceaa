"""What a customer's month of use comes to: exchange rate, then the price rules, unrounded."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import NamedTuple

from apps.billing.services import UsageCharge
from apps.clouds import ports
from apps.clouds.importing.refusals import ExchangeRateIsMissing
from apps.clouds.importing.values import EXACT, TICK
from apps.clouds.models import Resource
from apps.clouds.selectors import bills as selectors
from apps.clouds.selectors.bills import Usage
from apps.clouds.units import in_billing_mode
from apps.customers.models import Customer
from apps.products import services as products
from apps.products.models import Vendor
from apps.products.periods import midnight
from apps.products.selectors import UsageIn

HOME_CURRENCY = "CNY"
NO_VENDOR = 0
CODE_SIZE, NAME_SIZE, RESOURCE_SIZE, REGION_SIZE = 64, 200, 200, 64
ZERO = Decimal(0)

type Rates = dict[tuple[int, str, date], Decimal]
type Subject = tuple[str, str, str]


class _Known(NamedTuple):
    """What the books say of a resource in a vendor's bill."""

    sku_id: int
    project: str


class PricedMonth(NamedTuple):
    """The items of a month's bill, and from when to when their use was."""

    items: list[UsageCharge]
    first: datetime
    last: datetime


def price_month(*, customer: Customer, month: date) -> PricedMonth:
    """
    A customer's month in yuan, one item a service, resource and region, unrounded.

    Every charge is priced by what was in effect when it was consumed; steps look at all use of
    their window, whichever month's bill it is on.
    Trusted: reads for `rate_customer`.
    :raises ExchangeRateIsMissing: if a foreign currency has no rate for the month
    """
    usage = list(selectors.usage_of(customer_id=customer.pk, month=month))
    if not usage:
        return PricedMonth([], midnight(month), midnight(month))
    reader = _Reader(customer, usage)
    pricer = products.UsagePricer(customer)
    moments = [one.at for one in usage]
    first, last = min(moments), max(moments)
    reach = pricer.reach(first, last)
    beside: list[UsageIn] = []
    if reach is not None:
        others = list(
            selectors.usage_beside(
                customer_id=customer.pk, month=month, cuts=pricer.cuts(first, last)
            )
        )
        # Use that cannot be told in yuan yet is billed later, and counts from then on.
        rates = _exchange_rates(others, is_strict=False)
        beside = list(reader.lines((one for one in others if _key(one) in rates), rates))
    rates = _exchange_rates(usage, is_strict=True)
    priced = pricer.price(reader.lines(usage, rates), beside=beside, reach=reach)
    return PricedMonth(_items(usage, rates, priced, reader), first, last)


class _Reader:
    """Puts vendors' lines into the words of the catalogue: three queries, however many they are."""

    def __init__(self, customer: Customer, usage: Iterable[Usage]) -> None:
        self._vendors = {
            name.lower(): pk
            for pk, *names in Vendor.objects.values_list("pk", "name", "code")
            for name in names
        }
        self._resources = _resources_of(customer)

    def lines(self, usage: Iterable[Usage], rates: Rates) -> Iterator[UsageIn]:
        for one in usage:
            known = self._resources.get(one.resource_id)
            unit, quantity = in_billing_mode(one.unit, one.quantity)
            yield UsageIn(
                key="",
                vendor_id=one.vendor_id or self._vendors.get(one.provider_name.lower(), NO_VENDOR),
                product_code=one.service_name,
                list_cost=EXACT.multiply(one.base_cost, rates[_key(one)]),
                at=one.at,
                sku_id=known.sku_id if known else None,
                quantity=quantity if one.is_measured else None,
                unit=unit if one.is_measured else "",
                region=one.region_id.lower(),
                project=known.project if known else "",
            )

    def project_of(self, resource_id: str) -> str:
        known = self._resources.get(resource_id)
        return known.project if known else ""


def _resources_of(customer: Customer) -> dict[str, _Known]:
    rows = Resource.objects.filter(customer=customer, vendor_id__isnull=False)
    found = list(rows.values_list("vendor_id", "sku_id", "token"))
    projects = ports.projects_of(customer) if found else {}
    return {
        str(vendor_id): _Known(sku_id, projects.get(token, ""))
        for vendor_id, sku_id, token in found
    }


def _items(
    usage: Sequence[Usage],
    rates: Rates,
    priced: Iterable[products.PricedUsage],
    reader: _Reader,
) -> list[UsageCharge]:
    listed: dict[Subject, Decimal] = defaultdict(Decimal)
    payable: dict[Subject, Decimal] = defaultdict(Decimal)
    effects: dict[Subject, dict[str, products.EffectSum]] = defaultdict(dict)
    for one, price in zip(usage, priced, strict=True):
        subject = (one.service_name, one.resource_id, one.region_id)
        listed[subject] = EXACT.add(
            listed[subject], EXACT.multiply(one.list_cost, rates[_key(one)])
        )
        payable[subject] = EXACT.add(payable[subject], price.payable)
        products.add_effects(effects[subject], price)
    return [
        UsageCharge(
            product_code=_short(service, CODE_SIZE),
            product_name=service[:NAME_SIZE],
            resource_id=_short(resource, RESOURCE_SIZE),
            region=region[:REGION_SIZE],
            list_cost=listed[subject].quantize(TICK, context=EXACT),
            payable=payable[subject].quantize(TICK, context=EXACT),
            project=reader.project_of(resource),
            why=products.effect_facts(effects[subject].values()),
        )
        for subject in sorted(listed)
        for service, resource, region in [subject]
        if listed[subject] or payable[subject]
    ]


def _key(one: Usage) -> tuple[int, str, date]:
    return one.tenant_id, one.currency, one.month


def _exchange_rates(usage: Iterable[Usage], *, is_strict: bool) -> Rates:
    wanted = {_key(one) for one in usage}
    rates: Rates = {key: Decimal(1) for key in wanted if key[1] == HOME_CURRENCY}
    rates |= selectors.exchange_rates(wanted - set(rates))
    missing = sorted(wanted - set(rates))
    if missing and is_strict:
        _tenant, currency, month = missing[0]
        raise ExchangeRateIsMissing(currency=currency, month=f"{month:%Y-%m}")
    return rates


def _short(text: str, size: int) -> str:
    """Texts that do not fit stay different from each other."""
    if len(text) <= size:
        return text
    mark = blake2b(text.encode(), digest_size=8).hexdigest()
    return f"{text[: size - len(mark) - 1]}~{mark}"
