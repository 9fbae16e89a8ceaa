"""What an agreement would change, for those who decide on it (APR-5)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.core.money import ZERO, format_yuan
from apps.products import ports
from apps.products.enums import ChangeType, DiscountScope
from apps.products.models import AgreementPrice, PriceAgreement
from apps.products.pricing import ALWAYS
from apps.products.selectors.agreed_prices import say_change
from apps.products.selectors.margins import lowest_margin
from apps.products.selectors.repricing import (
    HUNDRED,
    Ask,
    books_of,
    lines_of,
    margin_of,
    priced,
)

HISTORY = timedelta(days=90)
MOST_LINES = 12


@dataclass(frozen=True)
class LineEffect:
    """One SKU that the customer usually buys."""

    name: str
    before: Decimal
    after: Decimal
    cost: Decimal | None

    @property
    def margin_before(self) -> Decimal | None:
        return margin_of(self.before, self.cost)

    @property
    def margin_after(self) -> Decimal | None:
        return margin_of(self.after, self.cost)


@dataclass(frozen=True)
class Effect:
    lines: tuple[LineEffect, ...]
    deepest: Decimal  # percent off, of the price that goes lowest
    lowest: Decimal | None  # margin in percent of what it covers, where there is no basket

    @property
    def before(self) -> Decimal:
        return sum((line.before for line in self.lines), ZERO)

    @property
    def after(self) -> Decimal:
        return sum((line.after for line in self.lines), ZERO)

    @property
    def cost(self) -> Decimal | None:
        costs = [line.cost for line in self.lines]
        if not costs or None in costs:
            return None
        return sum((cost for cost in costs if cost is not None), ZERO)

    @property
    def margin_before(self) -> Decimal | None:
        return margin_of(self.before, self.cost)

    @property
    def margin_after(self) -> Decimal | None:
        known = [line.margin_after for line in self.lines if line.margin_after is not None]
        return min(known) if known else self.lowest


@dataclass(frozen=True)
class Difference:
    name: str
    before: str
    after: str


def effect_of(agreement: PriceAgreement, *, at: datetime) -> Effect:
    """Each SKU of the usual basket before and after: with the version in force, and with this."""
    prices = list(_prices(agreement))
    extra = [replace(price.to_rule(), window=ALWAYS) for price in prices]
    without = [price.to_rule().key for price in _prices(agreement.previous)]
    books = books_of(agreement.customer, at=at, extra=extra, without=without)
    customer = agreement.customer
    lines = lines_of(_usual_basket(customer.pk, at), customer=customer, at=at)
    effects = []
    for line in lines[:MOST_LINES]:
        before, after = (
            priced([line], book, at=at, buyer=books.buyer, project=agreement.project)
            for book in (books.now, books.then)
        )
        effects.append(LineEffect(line.sku_name, before.total, after.total, after.cost_total))
    depths = [HUNDRED - _percent(price) for price in prices]
    return Effect(tuple(effects), max(depths, default=ZERO), _lowest_margin(agreement, prices))


def changed_prices(agreement: PriceAgreement) -> list[Difference]:
    """Each price against the last version: new, other, or gone."""
    before = {_place(price): say_change(price) for price in _prices(agreement.previous)}
    after = {_place(price): say_change(price) for price in _prices(agreement)}
    return [
        Difference(place, before.get(place, "—"), after.get(place, "—"))
        for place in sorted({*before, *after})
        if before.get(place) != after.get(place)
    ]


def terms_of(agreement: PriceAgreement) -> list[Difference]:
    """What else differs from the last version."""
    older = agreement.previous
    if older is None:
        return []
    pairs = {
        _("Term"): [f"{one.starts_on} – {one.ends_on}" for one in (older, agreement)],
        _("When it expires"): [str(one.get_on_expiry_display()) for one in (older, agreement)],
        _("Minimum commitment"): [
            f"{one.get_commitment_kind_display()} {format_yuan(one.commitment)}"
            for one in (older, agreement)
        ],
        _("Metered use"): [
            pgettext("pricing", "counts") if one.counts_use else _("does not count")
            for one in (older, agreement)
        ],
    }
    return [Difference(name, *pair) for name, pair in pairs.items() if pair[0] != pair[1]]


def _prices(agreement: PriceAgreement | None) -> Iterator[AgreementPrice]:
    if agreement is not None:
        rows = AgreementPrice.objects.filter(agreement=agreement).with_targets()
        yield from rows.select_related("agreement").order_by("pk")


def _place(price: AgreementPrice) -> str:
    return str(price.target or price.get_scope_display())


def _usual_basket(customer_id: int, at: datetime) -> list[Ask]:
    """What he bought within 90 days, the most expensive first."""
    bought: defaultdict[int, list[ports.Purchase]] = defaultdict(list)
    for row in ports.purchases([customer_id], at - HISTORY, at, of=["orders"]):
        if row.subject.sku is not None:
            bought[row.subject.sku].append(row)
    spent = {sku: sum((row.list_amount for row in rows), ZERO) for sku, rows in bought.items()}
    asks = []
    for sku in sorted(bought, key=lambda sku: (-spent[sku], sku)):
        units = sum(row.quantity for row in bought[sku])
        asks.append(Ask(sku, units, sum(r.quantity * r.periods for r in bought[sku]) // units))
    return asks


def _percent(price: AgreementPrice) -> Decimal:
    """The lowest share of the list price that the price can come to."""
    if price.change == ChangeType.PERCENT:
        return (price.rate or ZERO) * HUNDRED
    if price.change == ChangeType.TIERS:
        rates = [Decimal(str(step["rate"])) for step in price.steps if "rate" in step]
        return min(rates) * HUNDRED if rates else HUNDRED
    return HUNDRED


def _lowest_margin(agreement: PriceAgreement, prices: list[AgreementPrice]) -> Decimal | None:
    margins = [
        lowest_margin(
            tenant=agreement.customer.tenant,
            scope=DiscountScope(price.scope),
            target_id=price.target.pk if price.target else None,
            percent=_percent(price),
        )
        for price in prices
    ]
    known = [margin for margin in margins if margin is not None]
    return min(known) if known else None
