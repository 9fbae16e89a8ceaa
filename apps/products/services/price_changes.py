"""Price changes: proposed, agreed to, applied. Only what a vendor's band holds needs nobody."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import batched

from django.db import transaction
from django.utils.translation import gettext

from apps.core import audit
from apps.core.errors import DomainError
from apps.core.events import publish
from apps.products.enums import (
    PRICE_CHANGE_FLOW,
    PriceChangeSource,
    PriceChangeStatus,
    ProductPerm,
)
from apps.products.errors import AmountIsNegative, PriceIsTheSame
from apps.products.events import PriceChangesApproved, PriceSet
from apps.products.models import Price, PriceBand, PriceChange, Sku, Vendor
from apps.products.models.price_changes import HUNDRED
from apps.products.services.prices import place_price
from apps.products.services.products import require_own
from apps.products.services.shelf import refresh_shelf
from apps.rbac import services as rbac
from apps.rbac.models import User

BATCH = 500
TINY = Decimal("0.0001")
MOST_PERCENT = Decimal("999999999999")


@dataclass(frozen=True)
class Offer:
    """What a SKU is to cost. None: as it is."""

    sku_id: int
    unit_price: Decimal | None
    unit_cost: Decimal | None
    effective_from: datetime | None = None  # at once


@dataclass(frozen=True)
class VendorPrice:
    """A line of a vendor's price list, by the vendor's own name of the SKU and how it is billed.

    Without a billing mode it is for the one SKU of that name; where there are several, for none.
    """

    vendor_sku: str
    unit_cost: Decimal | None
    unit_price: Decimal | None = None
    effective_from: datetime | None = None
    billing_mode: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.vendor_sku, self.billing_mode


@dataclass(frozen=True)
class Received:
    """What became of a price list."""

    same: int = 0
    proposed: int = 0
    automatic: int = 0
    unknown: tuple[str, ...] = ()


@transaction.atomic
def propose_price(
    *,
    sku: Sku,
    unit_price: Decimal,
    unit_cost: Decimal | None,
    actor: User,
    now: datetime,
    effective_from: datetime | None = None,
    reason: str = "",
) -> PriceChange:
    """Ask that a SKU cost something else; what was asked for it before is superseded.

    :raises PriceIsTheSame: if it costs that already
    """
    rbac.require(actor, ProductPerm.PROPOSE_PRICE, sku)
    require_own(product=sku.product, actor=actor)
    if unit_price < 0 or (unit_cost is not None and unit_cost < 0):
        raise AmountIsNegative
    offer = Offer(sku.pk, unit_price, unit_cost, effective_from)
    made = record_changes(
        offers=[offer], source=PriceChangeSource.PERSON, by=actor, now=now, reason=reason
    )
    if not made:
        raise PriceIsTheSame(sku=sku)
    audit.record(actor=actor, verb="price.proposed", thing=sku.product, sku=sku.code)
    return made[0]


def receive_vendor_prices(
    *, vendor: Vendor, tenant_id: int, offers: Sequence[VendorPrice], now: datetime
) -> Received:
    """Take a vendor's price list in: differences become proposals, small ones take effect.

    The same list twice changes nothing the second time. Trusted: called by catalogue syncs.
    """
    known = _known_to(vendor, tenant_id)
    wanted = {
        known[offer.key]: Offer(
            known[offer.key], offer.unit_price, offer.unit_cost, offer.effective_from
        )
        for offer in offers
        if offer.key in known
    }
    proposed = automatic = 0
    for part in batched(sorted(wanted), BATCH):
        with transaction.atomic():
            made = record_changes(
                offers=[wanted[pk] for pk in part],
                source=PriceChangeSource.VENDOR,
                by=None,
                now=now,
                band=PriceBand.objects.filter(vendor=vendor).first(),
            )
        proposed += sum(not change.is_automatic for change in made)
        automatic += sum(change.is_automatic for change in made)
    unknown = tuple(o.vendor_sku for o in offers if o.key not in known)
    with transaction.atomic():
        if proposed or automatic:
            audit.record(
                actor=None,
                verb="price.list_received",
                thing=vendor,
                proposed=proposed,
                automatic=automatic,
            )
    return Received(len(wanted) - proposed - automatic, proposed, automatic, unknown)


def _known_to(vendor: Vendor, tenant_id: int) -> dict[tuple[str, str], int]:
    """SKUs by the vendor's own names with the billing mode, and without where that is enough.

    A name that several SKUs have tells none of them: an hour's price must not become a month's.
    """
    skus = Sku.objects.filter(product__vendor=vendor, product__tenant_id=tenant_id)
    named: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    rows = skus.exclude(vendor_sku="").values_list("vendor_sku", "billing_mode", "pk")
    for vendor_sku, billing_mode, pk in rows:
        named[vendor_sku, billing_mode].append(pk)
        named[vendor_sku, ""].append(pk)
    return {key: pks[0] for key, pks in named.items() if len(pks) == 1}


def record_changes(
    *,
    offers: Sequence[Offer],
    source: PriceChangeSource,
    by: User | None,
    now: datetime,
    band: PriceBand | None = None,
    reason: str = "",
    is_agreed: bool = False,
) -> list[PriceChange]:
    """Proposals for those offers that differ from the price and from what is open already.

    A vendor who takes his change back supersedes it. `is_agreed`: by whoever may set prices
    himself. Trusted: the caller has checked who asks.
    """
    ids = sorted(offer.sku_id for offer in offers)
    list(Sku.objects.filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk"))
    current = _prices_of(ids, offers, now)
    open_ones = {c.sku_id: c for c in PriceChange.objects.open().filter(sku__in=ids)}
    fresh = []
    for offer in offers:
        change = _difference(offer, current.get(offer.sku_id), source, now)
        older = open_ones.get(offer.sku_id)
        if older is not None and _is_same(older, change, offer, source):
            continue
        if older is not None:
            supersede(change=older, note=gettext("Another change took its place."))
        if change is None:
            continue
        change.proposed_by, change.reason = by, reason[:500]
        change.is_automatic = band is not None and band.holds(change)
        fresh.append(_agreed(change, now) if is_agreed or change.is_automatic else change)
    PriceChange.objects.bulk_create(fresh, batch_size=BATCH)
    if any(change.approved_at for change in fresh):
        publish(PriceChangesApproved(count=len(fresh)))
    return fresh


def differences(*, offers: Sequence[Offer], now: datetime) -> list[PriceChange]:
    """What the offers would change, written nowhere. Trusted: compares."""
    current = _prices_of([offer.sku_id for offer in offers], offers, now)
    found = (
        _difference(offer, current.get(offer.sku_id), PriceChangeSource.IMPORT, now)
        for offer in offers
    )
    return [change for change in found if change is not None]


def supersede(*, change: PriceChange, note: str) -> None:
    """End a change that no longer rests on anything. Trusted: the caller holds the SKU."""
    PRICE_CHANGE_FLOW.move(
        change,
        PriceChangeStatus.SUPERSEDED,
        actor=None,
        reason=note,
        open_key=None,
        problem=note[:500],
    )


def apply_due(*, now: datetime, limit: int = 5000) -> int:
    """Place the prices of what is approved; how many. Trusted: a job.

    Doubled jobs find it done, and a killed one leaves the rest to the sweep.
    """
    due = PriceChange.objects.filter(status=PriceChangeStatus.APPROVED).order_by("pk")
    done = 0
    for part in batched(due.values_list("pk", flat=True)[:limit], BATCH // 5):
        done += _apply(part, now)
    return done


@transaction.atomic
def _apply(ids: Sequence[int], now: datetime) -> int:
    waiting = PriceChange.objects.filter(pk__in=ids, status=PriceChangeStatus.APPROVED)
    skus = list(waiting.order_by("sku_id").values_list("sku_id", flat=True))
    list(Sku.objects.filter(pk__in=skus).order_by("pk").select_for_update().values_list("pk"))
    held = list(waiting.order_by("pk").select_for_update().values_list("pk", flat=True))
    changes = PriceChange.objects.filter(pk__in=held).select_related("sku__product", "proposed_by")
    applied = [change for change in changes.order_by("pk") if _place(change, now)]
    refresh_shelf(product_ids={change.sku.product_id for change in applied}, now=now)
    return len(applied)


def _place(change: PriceChange, now: datetime) -> bool:
    """Never into the past, and only while it rests on the price that people agreed to leave."""
    start = max(change.effective_from, now)
    current = Price.objects.filter(sku=change.sku_id).at(start).first()
    before = (current.unit_price, current.unit_cost) if current else (None, None)
    if before != (change.before_price, change.before_cost):
        supersede(change=change, note=gettext("The price has changed meanwhile."))
        return False
    planned = Price.objects.filter(sku=change.sku_id, valid_from__gt=start).order_by("valid_from")
    upcoming = planned.first()
    try:
        with transaction.atomic():
            price = place_price(
                sku=change.sku,
                unit_price=change.unit_price,
                unit_cost=change.unit_cost,
                valid_from=start,
                valid_until=upcoming.valid_from if upcoming else None,
                by=change.proposed_by,
                now=now,
            )
    except DomainError as refusal:  # a price that starts at the same moment
        supersede(change=change, note=str(refusal))
        return False
    PRICE_CHANGE_FLOW.move(
        change,
        PriceChangeStatus.APPLIED,
        actor=None,
        applied_at=now,
        price=price,
        open_key=None,
    )
    publish(PriceSet(price_id=price.pk))
    return True


def _prices_of(ids: Sequence[int], offers: Sequence[Offer], now: datetime) -> Mapping[int, Price]:
    """The price of each SKU at the moment from which the offer counts."""
    starts = {offer.sku_id: max(offer.effective_from or now, now) for offer in offers}
    found: dict[int, Price] = {}
    last = max(starts.values(), default=now)
    for price in Price.objects.filter(sku__in=ids, valid_from__lte=last).order_by("valid_from"):
        start = starts[price.sku_id]
        if price.valid_from <= start and (price.valid_until is None or price.valid_until > start):
            found[price.sku_id] = price
    return found


def _difference(
    offer: Offer, price: Price | None, source: PriceChangeSource, now: datetime
) -> PriceChange | None:
    """The change that the offer asks for; None if it is what the SKU costs."""
    before_price, before_cost = (price.unit_price, price.unit_cost) if price else (None, None)
    unit_price = before_price if offer.unit_price is None else offer.unit_price
    unit_cost = before_cost if offer.unit_cost is None else offer.unit_cost
    if unit_price is None or (unit_price, unit_cost) == (before_price, before_cost):
        return None
    return PriceChange(
        sku_id=offer.sku_id,
        source=source,
        before_price=before_price,
        before_cost=before_cost,
        unit_price=unit_price,
        unit_cost=unit_cost,
        percent=_percent_of(before_price, unit_price),
        cost_percent=_percent_of(before_cost, unit_cost),
        effective_from=offer.effective_from or now,
        proposed_at=now,
        open_key=offer.sku_id,
    )


def _agreed(change: PriceChange, now: datetime) -> PriceChange:
    """A change that begins its life agreed to."""
    return PriceChange(
        **{
            field.attname: getattr(change, field.attname)
            for field in PriceChange._meta.concrete_fields
            if field.attname not in {"id", "status", "approved_at"}
        },
        status=PriceChangeStatus.APPROVED,
        approved_at=now,
    )


def _is_same(
    older: PriceChange, change: PriceChange | None, offer: Offer, source: PriceChangeSource
) -> bool:
    """Whether what is open says it already. A vendor's unchanged price is no word against what
    somebody else proposed."""
    if change is None:
        return older.source != source
    told = (older.unit_price, older.unit_cost)
    is_timely = offer.effective_from in (None, older.effective_from)
    return told == (change.unit_price, change.unit_cost) and is_timely


def _percent_of(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    """By how many percent it moved; None where there is nothing to compare."""
    if not before or after is None:
        return None
    moved = ((after - before) / before * HUNDRED).quantize(TINY, ROUND_HALF_UP)
    return min(moved, MOST_PERCENT)
