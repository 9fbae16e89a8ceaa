"""Finding products: by words, by facets, and how many there would be behind each facet.

What is searched is a narrow copy; who may see a product is asked of the product. One row of the
copy answers for region, billing mode, GPU and price together, so a product is found only if one
and the same SKU has them all.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import Exists, Min, OuterRef, Q, Subquery
from django.utils import translation

from apps.products.enums import BillingMode, Region
from apps.products.models import Category, CloudRegion, Product, ShelfEntry, ShelfOffer, Vendor
from apps.products.models.catalogue import ProductQuerySet
from apps.products.specification import COMPUTE_KINDS
from apps.products.words import asked_words, folded
from apps.rbac.models import User

OF_PRODUCT = {"category": "category__slug", "vendor": "vendor__code"}
OF_OFFER = ("region", "billing_mode", "compute_kind", "gpu_model")
FACETS = (*OF_PRODUCT, *OF_OFFER, "price")
PRICE_PLACE = len(FACETS) - 1
PRICE_STEPS = tuple(map(Decimal, (0, 100, 500, 2_000, 10_000, 50_000)))
ORDERINGS = ("price", "-price", "name", "-on_sale_at")
MOST_SUGGESTIONS = 10

type Row = tuple[int, str, str, str, str, str, str, Decimal | None]


@dataclass(frozen=True)
class Filters:
    """What somebody looks for. Several values of one facet: any of them."""

    search: str = ""
    chosen: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by facet
    price_min: Decimal | None = None
    price_max: Decimal | None = None

    def prices(self) -> Q:
        """The half-open range [price_min, price_max)."""
        within = Q()
        if self.price_min is not None:
            within &= Q(price_from__gte=self.price_min)
        if self.price_max is not None:
            within &= Q(price_from__lt=self.price_max)
        return within


@dataclass(frozen=True)
class FacetValue:
    value: str
    label: str
    count: int


@dataclass(frozen=True)
class PriceRange:
    """[low, high) in yuan for one billing period; no high: and more."""

    low: Decimal
    high: Decimal | None
    count: int


@dataclass(frozen=True)
class Facets:
    count: int
    category: list[FacetValue]
    vendor: list[FacetValue]
    region: list[FacetValue]
    billing_mode: list[FacetValue]
    compute_kind: list[FacetValue]
    gpu_model: list[FacetValue]
    price: list[PriceRange]


def find(products: ProductQuerySet, filters: Filters, *, ordering: str = "") -> ProductQuerySet:
    """Those of `products` that fit. `ordering` is one of ORDERINGS; else as on the shelf."""
    found = by_words(products, filters.search)
    for name, lookup in OF_PRODUCT.items():
        if wanted := filters.chosen.get(name):
            found = found.filter(**{f"{lookup}__in": wanted})
    offer = filters.prices()
    for name in OF_OFFER:
        if wanted := filters.chosen.get(name):
            offer &= Q(**{f"{name}__in": wanted})
    if offer:
        found = found.filter(Exists(ShelfOffer.objects.filter(offer, product=OuterRef("pk"))))
    return _ordered(found, ordering, offer)


def by_words(products: ProductQuerySet, question: str) -> ProductQuerySet:
    """Every word must be found somewhere; Chinese words need no blanks around them."""
    words = asked_words(question, _vocabulary())
    if not words:
        return products if not question.strip() else products.none()
    entries = ShelfEntry.objects.all()
    for word in words:
        entries = entries.filter(text__contains=word)
    return products.filter(pk__in=entries.values("product_id"))


def facets(*, user: User, filters: Filters) -> Facets:
    """How many products each further choice would leave; within a facet, what choosing another
    value of it would. Trusted with nothing: counts what `user` may see."""
    words_alone = replace(filters, chosen={}, price_min=None, price_max=None)
    rows = _rows(find(Product.objects.visible_to(user), words_alone))
    count, counted = _count(rows, filters)
    return Facets(
        count=count,
        category=_values(counted["category"], _names(Category, "slug")),
        vendor=_values(counted["vendor"], _names(Vendor, "code")),
        region=_values(counted["region"], CloudRegion.objects.names()),
        billing_mode=_values(counted["billing_mode"], _choices(BillingMode), keep_order=True),
        compute_kind=_values(counted["compute_kind"], _kinds()),
        gpu_model=_values(counted["gpu_model"], {}),
        price=_ranges(counted["price"]),
    )


def suggestions(*, user: User, question: str) -> list[Product]:
    """A few products for what somebody has typed so far: names that have it first."""
    seen = Product.objects.visible_to(user).select_related("vendor", "category")
    found = by_words(seen, question) if question.strip() else seen.none()
    products = list(found.order_by("category__position", "position", "pk")[: MOST_SUGGESTIONS * 5])
    first = folded(question)
    products.sort(key=lambda product: first not in folded(product.name))
    return products[:MOST_SUGGESTIONS]


def _ordered(products: ProductQuerySet, ordering: str, offer: Q) -> ProductQuerySet:
    if ordering.endswith("price"):
        lowest = (
            ShelfOffer.objects.filter(offer, product=OuterRef("pk"))
            .order_by()
            .values("product")
            .annotate(lowest=Min("price_from"))
        )
        products = products.annotate(lowest_price=Subquery(lowest.values("lowest")))
        return products.order_by(ordering.replace("price", "lowest_price"), "pk")
    if ordering in ORDERINGS:
        return products.order_by(ordering, "pk")
    return products.order_by("category__position", "position", "pk")


def _rows(products: ProductQuerySet) -> Iterable[Row]:
    """Each way in which each product is offered: read narrow, counted here, in one query."""
    columns = ("pk", *OF_PRODUCT.values(), *(f"offers__{name}" for name in OF_OFFER))
    return products.order_by().values_list(*columns, "offers__price_from")


def _count(rows: Iterable[Row], filters: Filters) -> tuple[int, dict[str, Counter[str]]]:
    """A row that fails one facet alone counts in that facet: it is what another choice finds."""
    tests = list(_tests(filters))
    fitting: set[int] = set()
    found: list[dict[Any, set[int]]] = [defaultdict(set) for _place in FACETS]
    for row in rows:
        failed = [place for place, fits in tests if not fits(row[place + 1])]
        if len(failed) > 1:
            continue
        if not failed:
            fitting.add(row[0])
        for place in failed or range(len(FACETS)):
            value: Any = row[place + 1]
            found[place][value if place < PRICE_PLACE else _step(value)].add(row[0])
    return len(fitting), {
        name: Counter({value: len(products) for value, products in values.items() if value})
        for name, values in zip(FACETS, found, strict=True)
    }


def _tests(filters: Filters) -> Iterator[tuple[int, Callable[[Any], bool]]]:
    """The place of each facet in which something was chosen, and whether a value fits it."""
    for place, name in enumerate(FACETS[:-1]):
        if wanted := filters.chosen.get(name):
            yield place, wanted.__contains__
    low, high = filters.price_min, filters.price_max
    if low is not None or high is not None:
        yield (
            len(FACETS) - 1,
            lambda price: (
                price is not None
                and (low is None or price >= low)
                and (high is None or price < high)
            ),
        )


def _step(price: Decimal | None) -> str:
    return "" if price is None else str(PRICE_STEPS[bisect_right(PRICE_STEPS, price) - 1])


def _ranges(counted: Counter[str]) -> list[PriceRange]:
    highs: list[Decimal | None] = [*PRICE_STEPS[1:], None]
    return [
        PriceRange(low, high, counted[str(low)])
        for low, high in zip(PRICE_STEPS, highs, strict=True)
        if counted[str(low)]
    ]


def _values(
    counted: Counter[str], labels: Mapping[str, str], *, keep_order: bool = False
) -> list[FacetValue]:
    """The fullest first, or in the order of `labels`."""
    found = [FacetValue(value, labels.get(value, value), n) for value, n in counted.items()]
    if keep_order:
        places = {value: place for place, value in enumerate(labels)}
        return sorted(found, key=lambda one: places.get(one.value, len(places)))
    return sorted(found, key=lambda one: (-one.count, one.label))


def _names(model: type[Category] | type[Vendor], key: str) -> dict[str, str]:
    return dict(model._default_manager.values_list(key, "name"))


def _choices(choices: type[BillingMode]) -> dict[str, str]:
    return {choice.value: str(choice.label) for choice in choices}


def _kinds() -> dict[str, str]:
    return {kind: str(label) for kind, label in COMPUTE_KINDS.items()}


@cache
def _vocabulary() -> tuple[str, ...]:
    """Regions and billing modes in Chinese, from the code: they change with a release alone."""
    with translation.override("zh-hans"):
        labels = [str(choice.label) for kind in (Region, BillingMode) for choice in kind]
        return (*labels, *map(str, COMPUTE_KINDS.values()))
