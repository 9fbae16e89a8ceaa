"""How deep a rule cuts, before it is approved: what is left at the SKUs that it covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_UP, Decimal

from django.db.models import F, FloatField
from django.db.models.functions import Cast

from apps.products.enums import DiscountScope
from apps.products.models import Price, Sku
from apps.products.models.rules import PricingRule
from apps.products.models.visibility import lineage
from apps.products.pricing import (
    Book,
    Buyer,
    Kind,
    Line,
    Request,
    Subject,
    price,
)
from apps.products.selectors.margins import PATHS
from apps.products.selectors.pricing import MOST_UNITS
from apps.rbac.models import Tenant

HUNDRED = Decimal(100)
LOOKED_AT = 200  # SKUs, those with the thinnest margins


@dataclass(frozen=True)
class Example:
    """What the rule alone does to one SKU."""

    name: str
    quantity: int
    before: Decimal
    after: Decimal
    cost: Decimal | None

    @property
    def off(self) -> Decimal:
        """Percent."""
        return _share(self.before - self.after, self.before)

    @property
    def margin_before(self) -> Decimal | None:
        return None if self.cost is None else _share(self.before - self.cost, self.before)

    @property
    def margin_after(self) -> Decimal | None:
        return None if self.cost is None else _share(self.after - self.cost, self.after)


@dataclass(frozen=True)
class Depth:
    """What it does to all SKUs that were looked at."""

    example: Example | None
    below_cost: tuple[str, ...]
    unknown: int  # SKUs whose vendor's price is not known

    @property
    def off(self) -> Decimal:
        return self.example.off if self.example else Decimal(0)


def depth_of(
    *, rule: PricingRule, kind: Kind, tenant: Tenant, at: datetime, example: Sku | None = None
) -> Depth:
    """Price each covered SKU with this rule alone, however low it goes. Two queries."""
    alone = rule.as_row().as_rule(key_prefix="rule", kind=kind, may_break_floor=True)
    rows = _covered(rule, tenant, at)
    book = Book.compile([alone])
    examples = [_example(book, row, rule) for row in rows]
    chosen = next(
        (found for found, row in zip(examples, rows, strict=True) if row.sku == example),
        min(examples, key=_thinness, default=None),
    )
    return Depth(
        example=chosen,
        below_cost=tuple(
            found.name for found in examples if found.cost is not None and found.after < found.cost
        ),
        unknown=sum(found.cost is None for found in examples),
    )


def _covered(rule: PricingRule, tenant: Tenant, at: datetime) -> list[Price]:
    prices = Price.objects.at(at).filter(
        sku__is_active=True, sku__product__tenant__path__in=lineage(tenant), unit_price__gt=0
    )
    target = rule.target
    if target is not None:
        prices = prices.filter(**{PATHS[DiscountScope(rule.scope)]: target.pk})
    if rule.regions:
        prices = prices.filter(sku__region__in=rule.regions)
    if rule.billing_modes:
        prices = prices.filter(sku__billing_mode__in=rule.billing_modes)
    thinnest = Cast("unit_cost", FloatField()) / Cast("unit_price", FloatField())
    return list(
        prices.annotate(cost_share=thinnest)
        .select_related("sku__product")
        .order_by(F("cost_share").desc(nulls_last=True), "pk")[:LOOKED_AT]
    )


def _example(book: Book, row: Price, rule: PricingRule) -> Example:
    quantity = _enough(rule, row.unit_price)
    sku, product = row.sku, row.sku.product
    line = Line(
        subject=Subject(sku.pk, product.pk, product.category_id, product.vendor_id),
        sku_code=sku.code,
        sku_name=f"{product.name} {sku.name}",
        unit=sku.billing_mode,
        unit_price=row.unit_price,
        quantity=quantity,
        region=sku.region,
    )
    order_type = rule.order_types[0] if rule.order_types else "new"
    project = rule.projects[0] if rule.projects else ""
    buyer = Buyer(customer=0, is_first_order=True)
    request = Request((line,), rule.valid_from, buyer, order_type, project)
    priced = price(request, book)
    gifts = sum((gift.amount for gift in priced.gifts), Decimal(0))
    cost = None if row.unit_cost is None else row.unit_cost * quantity
    return Example(line.sku_name, quantity, priced.list_total, priced.total - gifts, cost)


def _enough(rule: PricingRule, unit_price: Decimal) -> int:
    """As many units as the first step or the threshold asks for."""
    starts: Sequence[Decimal] = [Decimal(step["from"]) for step in rule.steps]
    wanted = starts[0] if starts else rule.threshold or Decimal(0)
    units = (wanted / unit_price).to_integral_value(ROUND_UP)
    return max(1, min(MOST_UNITS, int(units)))


def _thinness(example: Example) -> Decimal:
    margin = example.margin_after
    return HUNDRED - example.off if margin is None else margin


def _share(part: Decimal, whole: Decimal) -> Decimal:
    return (HUNDRED * part / whole).quantize(Decimal("0.1")) if whole else Decimal(0)
