"""Prices metered use from the database. Nothing here decides a price."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from itertools import batched
from typing import NamedTuple

from apps.customers.models import Customer
from apps.products import ports
from apps.products.enums import BillingMode
from apps.products.models import Product, Sku
from apps.products.models.visibility import lineage
from apps.products.periods import Period
from apps.products.pricing import (
    PricedUsage,
    Rule,
    Subject,
    UsageLine,
    looks_back,
    nothing_else,
)
from apps.products.pricing import price_usage as price_usage_lines
from apps.products.selectors.explanations import explain_decision
from apps.products.selectors.rulebook import rulebook_for
from apps.products.selectors.use_windows import UseCounter, UseRow, cuts_of, reach_of

USAGE_BATCH = 5_000
ALL_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # no rule was over then
HOURS = frozenset({BillingMode.HOURLY, BillingMode.PER_SECOND})  # both have the price of an hour


class UsageIn(NamedTuple):
    """A metered line of a vendor's bill. The SKU is known when the resource was sold here.

    `unit` is the billing mode that `quantity` counts, where it is one; hours for what is billed
    by the second.
    """

    key: str
    vendor_id: int
    product_code: str
    list_cost: Decimal
    at: datetime
    sku_id: int | None = None
    quantity: Decimal | None = None
    unit: str = ""
    region: str = ""
    project: str = ""


class _Sold(NamedTuple):
    subject: Subject
    mode: str


class UsagePricer:
    """The rules of one customer, compiled once. Twelve decimals come in and go out."""

    def __init__(self, customer: Customer) -> None:
        self._customer = customer
        self._rulebook = rulebook_for(customer=customer, at=ALL_TIME)

    @cached_property
    def steps(self) -> list[Rule]:
        """The rules whose price depends on what else is used."""
        buyer = self._rulebook.buyer()
        rules = (rule for rule in self._rulebook.book.rules if rule.audience.includes(buyer))
        return [rule for rule in rules if looks_back(rule)]

    def reach(self, first: datetime, last: datetime) -> Period | None:
        """What other use the prices of use between the moments depend on."""
        return reach_of(self.steps, first, last)

    def cuts(self, first: datetime, last: datetime) -> list[datetime]:
        """Between two of these moments, other use need not be told apart."""
        return cuts_of(self.steps, first, last)

    def price(
        self,
        lines: Iterable[UsageIn],
        *,
        beside: Sequence[UsageIn] = (),
        reach: Period | None = None,
    ) -> Iterator[PricedUsage]:
        """Price metered lines, each at its own moment.

        Streams where no rule looks back: SKUs are looked up once in 5,000 lines. Where one does,
        `beside` is the use around the lines, within `reach`.
        """
        products = _products_by_vendor_code(self._customer)
        book, buyer = self._rulebook.book, self._rulebook.buyer()
        if reach is None:
            yield from price_usage_lines(_told(lines, products), book, buyer, nothing_else)
            return
        told = list(_told(lines, products))
        around = [_row(line) for line in (*told, *_told(beside, products))]
        orders = ports.purchases([self._customer.pk], reach.start, reach.until, of=["orders"])
        counter = UseCounter(around, orders, self.steps)
        yield from price_usage_lines(told, book, buyer, counter)


def price_usage(*, customer: Customer, lines: Iterable[UsageIn]) -> Iterator[PricedUsage]:
    """Price metered lines by themselves, as if nothing else was used."""
    pricer = UsagePricer(customer)
    if not pricer.steps:
        yield from pricer.price(lines)
        return
    known = list(lines)
    moments = [line.at for line in known]
    reach = pricer.reach(min(moments), max(moments)) if moments else None
    yield from pricer.price(known, reach=reach)


def discount_rate_for(
    *, customer: Customer, vendor_id: int, product_code: str, at: datetime
) -> tuple[Decimal, str]:
    """The factor on the list cost of such usage, and why, in the active language."""
    line = UsageIn("", vendor_id, product_code, Decimal(0), at)
    [priced] = price_usage(customer=customer, lines=[line])
    return priced.rate, explain_decision(priced.decision)


def _told(
    lines: Iterable[UsageIn], products: dict[tuple[int, str], Subject]
) -> Iterator[UsageLine]:
    for batch in batched(lines, USAGE_BATCH):
        skus = _sold({line.sku_id for line in batch if line.sku_id is not None})
        for line in batch:
            yield _usage_line(line, products, skus)


def _usage_line(
    line: UsageIn, products: dict[tuple[int, str], Subject], skus: dict[int, _Sold]
) -> UsageLine:
    """What is known of the line: its SKU, else its product, else only its vendor."""
    sold = skus.get(line.sku_id) if line.sku_id is not None else None
    unit = line.unit
    if sold is not None:
        subject = sold.subject
        is_by_the_hour = unit in HOURS and sold.mode in HOURS
        unit = sold.mode if is_by_the_hour or unit == sold.mode else ""
    else:
        known = products.get((line.vendor_id, line.product_code.lower()))
        subject = known or Subject(vendor=line.vendor_id)
    facts = (line.quantity, unit, line.region, line.project)
    return UsageLine(line.key, subject, line.list_cost, line.at, *facts)


def _row(line: UsageLine) -> UseRow:
    where = (line.subject, line.region, line.unit, line.project)
    return UseRow(*where, line.at, line.list_cost, line.quantity)


def _products_by_vendor_code(customer: Customer) -> dict[tuple[int, str], Subject]:
    """Where two tenants of the line sell one vendor product, the nearer one's stands."""
    rows = (
        Product.objects.filter(tenant__path__in=lineage(customer.tenant))
        .order_by("tenant__path", "-pk")
        .values_list("pk", "category_id", "vendor_id", "vendor_code", "code")
    )
    subjects: dict[tuple[int, str], Subject] = {}
    for pk, category, vendor, vendor_code, code in rows:
        subjects[vendor, (vendor_code or code).lower()] = Subject(None, pk, category, vendor)
    return subjects


def _sold(ids: set[int]) -> dict[int, _Sold]:
    if not ids:
        return {}
    rows = Sku.objects.filter(pk__in=ids).values_list(
        "pk", "product_id", "product__category_id", "product__vendor_id", "billing_mode"
    )
    return {row[0]: _Sold(Subject(*row[:4]), row[4]) for row in rows}
