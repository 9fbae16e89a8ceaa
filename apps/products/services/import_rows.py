"""What the rows of a sheet would change, and changing it: the same look decides both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from apps.products.enums import PriceChangeSource
from apps.products.models import Category, CloudRegion, Product, Sku, Vendor
from apps.products.services.bulk import create_all, save_all
from apps.products.services.price_changes import Offer, differences, record_changes
from apps.products.services.shelf import refresh_shelf
from apps.products.sheets import COLUMNS, Code, Parsed, Sheet
from apps.rbac.models import Tenant, User

SHOWN = 20  # of a preview


@dataclass
class Plan:
    """What good rows come to. `shown`: a few of them in words."""

    new: list[Any] = field(default_factory=list)
    changed: list[Any] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)
    same: int = 0
    shown: list[dict[str, Any]] = field(default_factory=list)

    def show(self, row: Parsed, key: str, what: dict[str, tuple[object, object]]) -> None:
        if len(self.shown) < SHOWN:
            told = {name: [_plain(old), _plain(new)] for name, (old, new) in what.items()}
            self.shown.append({"line": row.line, "key": key, "changes": told})


class Importer(Protocol):
    """One kind of sheet."""

    def plan(self, rows: Sequence[Parsed]) -> Plan: ...

    def write(self, plan: Plan) -> None: ...


@dataclass(frozen=True)
class Context:
    tenant: Tenant
    by: User
    now: datetime
    is_direct: bool
    reason: str


def importer_for(*, sheet: str, context: Context) -> Importer:
    """Trusted: chooses."""
    found: dict[str, Callable[[Context], Importer]] = {
        Sheet.PRODUCTS: ProductRows,
        Sheet.SKUS: SkuRows,
        Sheet.PRICES: PriceRows,
    }
    return found[sheet](context)


class ProductRows:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.vendors = {vendor.code: vendor for vendor in Vendor.objects.all()}
        self.categories = {category.slug: category for category in Category.objects.all()}

    def plan(self, rows: Sequence[Parsed]) -> Plan:
        codes = [row.values["code"] for row in rows if not row.problems]
        products = Product.objects.filter(tenant=self.context.tenant, code__in=codes)
        known = {
            product.code.lower(): product
            for product in products.select_related("vendor", "category")
        }
        plan = Plan()
        for row in rows:
            if row.problems:
                continue
            facts = dict(row.values)
            self._look_up(row, facts, "vendor", self.vendors)
            self._look_up(row, facts, "category", self.categories)
            product = known.get(facts["code"].lower())
            if product is None:
                _need(row, Sheet.PRODUCTS)
            if not row.problems:
                made = Product(tenant=self.context.tenant, **facts) if product is None else None
                _sort(plan, row, facts["code"], product or made, facts, is_new=product is None)
        return plan

    def write(self, plan: Plan) -> None:
        made = create_all(rows=plan.new, by=self.context.by)
        save_all(rows=plan.changed, fields=sorted(plan.fields), by=self.context.by)
        ids = [product.pk for product in (*made, *plan.changed)]
        refresh_shelf(product_ids=ids, now=self.context.now)

    def _look_up(
        self,
        row: Parsed,
        facts: dict[str, Any],
        name: str,
        known: dict[str, Any],
    ) -> None:
        code = facts.get(name)
        if code is None:
            return
        if code in known:
            facts[name] = known[code]
        else:
            row.refuse(Code.UNKNOWN, name, code)


class SkuRows:
    def __init__(self, context: Context) -> None:
        self.context = context
        names = CloudRegion.objects.names()
        self.regions = {name: code for code, name in names.items()} | {code: code for code in names}

    def plan(self, rows: Sequence[Parsed]) -> Plan:
        good = [row for row in rows if not row.problems]
        products = _products(self.context.tenant, good)
        skus = Sku.objects.filter(
            product__in=products.values(), code__in=[row.values["code"] for row in good]
        )
        known = {(sku.product_id, sku.code.lower()): sku for sku in skus}
        plan = Plan()
        for row in good:
            facts = dict(row.values)
            product = products.get(facts.pop("product").lower())
            if product is None:
                row.refuse(Code.UNKNOWN, "product", row.values["product"])
                continue
            if "region" in facts and facts["region"] not in self.regions:
                row.refuse(Code.UNKNOWN, "region", facts["region"])
            elif "region" in facts:
                facts["region"] = self.regions[facts["region"]]
            sku = known.get((product.pk, facts["code"].lower()))
            if sku is None:
                _need(row, Sheet.SKUS)
            if not row.problems:
                made = sku or Sku(product=product, **facts)
                key = f"{product.code} {facts['code']}"
                _sort(plan, row, key, made, facts, is_new=sku is None)
        return plan

    def write(self, plan: Plan) -> None:
        made = create_all(rows=plan.new, by=self.context.by)
        save_all(rows=plan.changed, fields=sorted(plan.fields), by=self.context.by)
        ids = {sku.product_id for sku in (*made, *plan.changed)}
        refresh_shelf(product_ids=ids, now=self.context.now)


class PriceRows:
    """Prices become price changes: proposed, or, by whoever may set prices, agreed to already."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def plan(self, rows: Sequence[Parsed]) -> Plan:
        good = [row for row in rows if not row.problems]
        skus = self._skus(good)
        offers: dict[int, tuple[Parsed, Offer]] = {}
        for row in good:
            values = row.values
            sku_id = skus.get((values["product"].lower(), values["sku"].lower()))
            start = values.get("effective_from")
            if sku_id is None:
                row.refuse(Code.UNKNOWN, "sku", f"{values['product']} {values['sku']}")
            elif "unit_price" not in values:
                row.refuse(Code.EMPTY, "unit_price")
            elif start is not None and start < self.context.now:
                row.refuse(Code.PAST, "effective_from", str(start))
            else:
                offer = Offer(sku_id, values["unit_price"], values.get("unit_cost"), start)
                offers[sku_id] = (row, offer)
        found = differences(offers=[offer for _row, offer in offers.values()], now=self.context.now)
        plan = Plan(same=len(offers) - len(found))
        for change in found:
            row, offer = offers[change.sku_id]
            plan.changed.append(offer)
            told = {"unit_price": (change.before_price, change.unit_price)}
            if change.unit_cost != change.before_cost:
                told["unit_cost"] = (change.before_cost, change.unit_cost)
            plan.show(row, f"{row.values['product']} {row.values['sku']}", told)
        return plan

    def write(self, plan: Plan) -> None:
        record_changes(
            offers=plan.changed,
            source=PriceChangeSource.IMPORT,
            by=self.context.by,
            now=self.context.now,
            reason=self.context.reason,
            is_agreed=self.context.is_direct,
        )

    def _skus(self, rows: Sequence[Parsed]) -> dict[tuple[str, str], int]:
        skus = Sku.objects.filter(
            product__tenant=self.context.tenant,
            product__code__in={row.values["product"] for row in rows},
            code__in={row.values["sku"] for row in rows},
        )
        return {
            (product.lower(), code.lower()): pk
            for product, code, pk in skus.values_list("product__code", "code", "pk")
        }


def refuse_doubles(*, rows: Sequence[Parsed], sheet: str, seen: dict[tuple[str, ...], int]) -> None:
    """One row of the catalogue, one row of the file: the first one stands. Trusted: compares."""
    keys = [column.name for column in COLUMNS[sheet] if column.is_key]
    for row in rows:
        if row.problems:
            continue
        key = tuple(row.values[name].lower() for name in keys)
        if key in seen:
            row.refuse(Code.DOUBLED, keys[-1], row.values[keys[-1]], str(seen[key]))
        else:
            seen[key] = row.line


def _products(tenant: Tenant, rows: Sequence[Parsed]) -> dict[str, Product]:
    codes = {row.values["product"] for row in rows}
    found = Product.objects.filter(tenant=tenant, code__in=codes)
    return {product.code.lower(): product for product in found}


def _need(row: Parsed, sheet: str) -> None:
    for column in COLUMNS[sheet]:
        if column.is_needed and column.name not in row.values:
            row.refuse(Code.EMPTY, column.name)


def _sort(
    plan: Plan, row: Parsed, key: str, thing: Any, facts: dict[str, Any], *, is_new: bool
) -> None:
    """New, changed or as it was; a code in other capitals is the same code."""
    if is_new:
        plan.new.append(thing)
        plan.show(row, key, {name: (None, value) for name, value in facts.items()})
        return
    told: dict[str, tuple[object, object]] = {}
    for name, value in facts.items():
        before = getattr(thing, name)
        if name != "code" and before != value:
            told[name] = (before, value)
            setattr(thing, name, value)
    if told:
        plan.changed.append(thing)
        plan.fields |= set(told)
        plan.show(row, key, told)
    else:
        plan.same += 1


def _plain(value: object) -> str:
    if value is None:
        return "—"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
