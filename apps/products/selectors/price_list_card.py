"""What a price list would change, for those who decide on it, and on its page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from apps.products.enums import ChangeType, ProductStatus
from apps.products.models import Price, PriceList, PriceListPrice
from apps.products.models.visibility import lineage
from apps.products.pricing import ALWAYS, Book, Buyer, PricedLine, Rule, Scope
from apps.products.selectors.levels import price_list_rules, supplier_terms
from apps.products.selectors.repricing import Ask, line_of, margin_of, priced
from apps.rbac.models import Tenant

MOST_SKUS = 300  # of one card; the prices of a list that covers more are shown by these


@dataclass(frozen=True)
class PriceEffect:
    """One price of the list: what customers of the level pay, and the thinnest margin it leaves."""

    price: PriceListPrice
    before: Decimal | None
    after: Decimal | None
    margin_before: Decimal | None
    margin_after: Decimal | None

    @property
    def is_fixed(self) -> bool:
        return self.price.change == ChangeType.FIXED_PRICE

    @property
    def off(self) -> Decimal:
        """Percent off what they pay now."""
        if not self.before or self.after is None:
            return Decimal(0)
        return (self.before - self.after) * 100 / self.before


type _Pair = tuple[PricedLine, PricedLine]


def effects_of(price_list: PriceList, *, at: datetime) -> list[PriceEffect]:
    """Each price of the list against what is published now."""
    rows = list(
        PriceListPrice.objects.filter(price_list=price_list)
        .with_targets()
        .select_related("price_list__tenant")
        .order_by("pk")
    )
    lines = _priced_twice(price_list, [replace(row.to_rule(), window=ALWAYS) for row in rows], at)
    return [_effect(row, [pair for pair in lines if _covers(row, pair)]) for row in rows]


def list_prices_of(prices: Sequence[PriceListPrice], *, at: datetime) -> dict[int, Decimal]:
    """The catalogue's list prices of the SKUs that are named, by their ids."""
    named = [price.sku_id for price in prices if price.sku_id is not None]
    rows = Price.objects.at(at).filter(sku__in=named).values_list("sku_id", "unit_price")
    return dict(rows)


def _priced_twice(price_list: PriceList, draft: Sequence[Rule], at: datetime) -> list[_Pair]:
    """A unit of each SKU that the level sells: by the lists of today, and by this one."""
    tenant = price_list.tenant
    above = Tenant.objects.filter(path__in=lineage(tenant)).order_by("path")
    tenants = tuple(above.values_list("pk", flat=True))
    today, terms = list(price_list_rules(tenants)), list(supplier_terms(tenants))
    others = [rule for rule in today if rule.audience.tenants != frozenset({tenant.pk})]
    named = [rule.target for rule in draft if rule.scope is Scope.SKU]
    lines = [
        line_of(Ask(row.sku_id, 1, 1), tenant.pk, row.sku, row.unit_price, row.unit_cost)
        for row in _sold(tenant, named, at)
    ]
    if not lines:
        return []
    buyer = Buyer(0, tenants)
    before, after = (
        priced(lines, Book.compile(rules, terms=terms), at=at, buyer=buyer).lines
        for rules in (today, [*others, *draft])
    )
    return list(zip(before, after, strict=True))


def _sold(tenant: Tenant, named: Sequence[int | None], at: datetime) -> list[Price]:
    rows = Price.objects.at(at).filter(
        sku__is_active=True, sku__product__tenant__path__in=lineage(tenant)
    )
    rows = rows.exclude(sku__product__status=ProductStatus.RETIRED).select_related("sku__product")
    chosen = list(rows.filter(sku__in=named))
    return chosen + list(rows.exclude(sku__in=named).order_by("sku")[:MOST_SKUS])


def _covers(row: PriceListPrice, pair: _Pair) -> bool:
    target = row.target.pk if row.target else None
    return pair[0].line.subject.target(Scope(row.scope)) == target


def _effect(row: PriceListPrice, pairs: Sequence[_Pair]) -> PriceEffect:
    margins = [
        [margin_of(line.amount, line.cost_amount) for line in lines]
        for lines in ([old for old, _new in pairs], [new for _old, new in pairs])
    ]
    before, after = ([one for one in found if one is not None] for found in margins)
    return PriceEffect(
        price=row,
        before=pairs[0][0].amount if pairs else None,
        after=pairs[0][1].amount if pairs else None,
        margin_before=min(before, default=None),
        margin_after=min(after, default=None),
    )
