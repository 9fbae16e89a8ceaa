"""Keeping the searched copy of the catalogue: rewritten where something changed, else left."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import batched

from django.db import transaction
from django.db.models import Q
from django.utils import translation

from apps.products.models import (
    Category,
    CloudRegion,
    Price,
    Product,
    ShelfEntry,
    ShelfOffer,
    ShelfSweep,
    Sku,
    Vendor,
)
from apps.products.specification import Specification
from apps.products.words import shelf_text

BATCH = 200  # products in one transaction
OVERLAP = timedelta(minutes=3)  # transactions that were open at the last sweep commit by then
LANGUAGES = ("zh-hans", "en")

type Way = tuple[str, str, str, str]  # region, billing mode, kind of computing, GPU model


@transaction.atomic
def refresh_shelf(*, product_ids: Collection[int], now: datetime) -> None:
    """Write anew how these products are found, and from which price. Trusted: it copies."""
    chosen = Product.objects.filter(pk__in=product_ids).order_by("pk")
    list(chosen.select_for_update().values_list("pk"))  # two at a time would write a row twice
    products = list(chosen.select_related("vendor", "category"))
    skus: dict[int, list[Sku]] = defaultdict(list)
    offered = Sku.objects.filter(product__in=products, is_active=True)
    for sku in offered.with_unit_price(now).order_by("product_id", "position", "pk"):
        skus[sku.product_id].append(sku)
    turns = _next_turns([product.pk for product in products], now)
    regions = {language: _region_names(language) for language in LANGUAGES}
    entries = {
        product.pk: ShelfEntry(
            product=product,
            text=shelf_text(_words(product, skus[product.pk], regions)),
            priced_until=turns.get(product.pk),
        )
        for product in products
    }
    offers = {product.pk: list(_offers(product, skus[product.pk])) for product in products}
    changed = _changed(entries, offers)
    ShelfOffer.objects.filter(product__in=changed).delete()
    ShelfEntry.objects.filter(product__in=changed).delete()
    ShelfOffer.objects.bulk_create((o for pk in changed for o in offers[pk]), batch_size=1000)
    ShelfEntry.objects.bulk_create(entries[pk] for pk in changed)


def _changed(entries: dict[int, ShelfEntry], offers: dict[int, list[ShelfOffer]]) -> list[int]:
    """Where the copy differs from what is stored: the rest is left alone."""
    columns = ("region", "billing_mode", "compute_kind", "gpu_model", "price_from")
    stored = {
        pk: (text, priced_until)
        for pk, text, priced_until in ShelfEntry.objects.filter(product__in=entries).values_list(
            "product_id", "text", "priced_until"
        )
    }
    kept: dict[int, list[tuple[object, ...]]] = defaultdict(list)
    rows = ShelfOffer.objects.filter(product__in=entries).order_by("pk")
    for pk, *values in rows.values_list("product_id", *columns):
        kept[pk].append(tuple(values))
    return [
        pk
        for pk, entry in entries.items()
        if stored.get(pk) != (entry.text, entry.priced_until)
        or kept[pk] != [tuple(getattr(o, name) for name in columns) for o in offers[pk]]
    ]


def refresh_changed(*, now: datetime) -> int:
    """Carry what changed since the last time onto the shelf; how many products. Trusted: the sweep.

    The history says what changed, so an edit that told nobody is found as well; products that are
    not there yet and prices that begin or end by themselves, too.
    """
    sweep = ShelfSweep.objects.filter(pk=1).first()
    since = sweep.swept_until - OVERLAP if sweep else None
    changed = set(Product.objects.filter(shelf__isnull=True).values_list("pk", flat=True))
    changed |= set(
        ShelfEntry.objects.filter(priced_until__lte=now).values_list("product_id", flat=True)
    )
    if since is not None:
        changed |= _edited_since(since)
    for batch in batched(sorted(changed), BATCH):
        refresh_shelf(product_ids=batch, now=now)
    ShelfSweep.objects.update_or_create(pk=1, defaults={"swept_until": now})
    return len(changed)


def _edited_since(since: datetime) -> set[int]:
    """Products whose own rows, SKUs, prices, vendor or category have a younger history."""
    recent = {"history_date__gt": since}
    vendors = Vendor.history.filter(**recent).values("id")
    categories = Category.history.filter(**recent).values("id")
    skus = Price.history.filter(**recent).values("sku_id")
    found: set[int] = set(Product.history.filter(**recent).values_list("id", flat=True))
    found |= set(Sku.history.filter(**recent).values_list("product_id", flat=True))
    found |= set(Sku.objects.filter(pk__in=skus).values_list("product_id", flat=True))
    named = Product.objects.filter(Q(vendor__in=vendors) | Q(category__in=categories))
    return found | set(named.values_list("pk", flat=True))


def _next_turns(product_ids: list[int], now: datetime) -> dict[int, datetime]:
    """When a price of each product begins or ends next."""
    turns: dict[int, datetime] = {}
    prices = Price.objects.filter(sku__product__in=product_ids).order_by()
    for name in ("valid_from", "valid_until"):
        later = prices.filter(**{f"{name}__gt": now}).values_list("sku__product_id", name)
        for product_id, moment in later:
            turns[product_id] = min(moment, turns.get(product_id, moment))
    return turns


def _offers(product: Product, skus: Iterable[Sku]) -> Iterator[ShelfOffer]:
    prices: dict[Way, list[Decimal]] = defaultdict(list)
    for sku in skus:
        facts = sku.specification
        way = (
            sku.region,
            sku.billing_mode,
            str(facts.get("compute_kind", "")),
            str(facts.get("gpu_model", "")),
        )
        prices[way] += [] if sku.unit_price is None else [sku.unit_price]
    for (region, billing_mode, compute_kind, gpu_model), found in sorted(prices.items()):
        yield ShelfOffer(
            product=product,
            region=region,
            billing_mode=billing_mode,
            compute_kind=compute_kind,
            gpu_model=gpu_model,
            price_from=min(found, default=None),
        )


def _region_names(language: str) -> dict[str, str]:
    with translation.override(language):
        return CloudRegion.objects.names()


def _words(product: Product, skus: list[Sku], regions: dict[str, dict[str, str]]) -> Iterator[str]:
    yield from (product.name, product.summary, product.code, product.vendor.name)
    yield from (product.vendor.code, product.category.name)
    specifications = {str(sorted(sku.specification.items())): sku for sku in skus}
    for sku in skus:
        yield from (sku.name, sku.code)
    for language in LANGUAGES:
        with translation.override(language):
            for sku in {(sku.region, sku.billing_mode): sku for sku in skus}.values():
                yield from (regions[language].get(sku.region, ""), sku.region)
                yield sku.get_billing_mode_display()
            for sku in specifications.values():
                yield from (value for _label, value in _parts(sku))


def _parts(sku: Sku) -> Iterator[tuple[object, str]]:
    try:
        yield from Specification.parse(sku.specification).parts()
    except ValueError:  # written before the names were what they are now
        return
