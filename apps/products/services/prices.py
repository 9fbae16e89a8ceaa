"""List prices over time. Periods of one SKU never overlap: checked under the SKU's row lock."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from apps.core import audit
from apps.core.events import publish
from apps.core.money import format_yuan
from apps.products.enums import ProductPerm
from apps.products.errors import (
    AmountIsNegative,
    PeriodIsEmpty,
    PriceIsRetroactive,
    PricesOverlap,
)
from apps.products.events import PriceSet
from apps.products.models import Price, Sku
from apps.products.services.products import require_own
from apps.products.services.requests import void_listing_request
from apps.products.services.shelf import refresh_shelf
from apps.rbac import services as rbac
from apps.rbac.models import User


@transaction.atomic
def set_price(
    *,
    sku: Sku,
    unit_price: Decimal,
    actor: User,
    now: datetime,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    unit_cost: Decimal | None = None,
) -> Price:
    """Let a list price take effect at `valid_from` (now, if none is given).

    The price before it ends there, and comes back after a price that is for a time only.

    :raises PeriodIsEmpty: if it would end before it starts
    :raises PriceIsRetroactive: if it would change a price that was in effect already
    :raises PricesOverlap: if another price starts within the period
    """
    rbac.require(actor, ProductPerm.SET_PRICE, sku)
    require_own(product=sku.product, actor=actor)
    price = place_price(
        sku=sku,
        unit_price=unit_price,
        unit_cost=unit_cost,
        valid_from=valid_from or now,
        valid_until=valid_until,
        by=actor,
        now=now,
    )
    audit.record(
        actor=actor,
        verb="price.set",
        thing=sku.product,
        sku=sku.code,
        price=format_yuan(price.unit_price),
        valid_from=price.valid_from.isoformat(),
        valid_until=valid_until and valid_until.isoformat(),
    )
    _announce(price, now)
    return price


@transaction.atomic
def place_price(
    *,
    sku: Sku,
    unit_price: Decimal,
    unit_cost: Decimal | None,
    valid_from: datetime,
    valid_until: datetime | None,
    by: User | None,
    now: datetime,
) -> Price:
    """Make room for a price and write it. Trusted: the caller has checked who asks."""
    if unit_price < 0 or (unit_cost is not None and unit_cost < 0):
        raise AmountIsNegative
    if valid_until is not None and valid_until <= valid_from:
        raise PeriodIsEmpty
    sku = Sku.objects.lock(sku)
    in_the_way = Price.objects.filter(sku=sku).overlapping(valid_from, valid_until)
    for older in in_the_way.order_by("valid_from"):
        if older.valid_from >= valid_from:
            raise PricesOverlap(sku=sku, start=f"{timezone.localtime(older.valid_from):%F %T}")
        if valid_from < now:
            raise PriceIsRetroactive(sku=sku)
        _give_way(older, valid_from, valid_until)
    return Price.objects.create(
        sku=sku,
        unit_price=unit_price,
        unit_cost=unit_cost,
        valid_from=valid_from,
        valid_until=valid_until,
        created_by=by,
    )


def _announce(price: Price, now: datetime) -> None:
    """A product that waits for its review may not change its prices meanwhile."""
    publish(PriceSet(price_id=price.pk))
    refresh_shelf(product_ids=[price.sku.product_id], now=now)
    void_listing_request(product=price.sku.product, now=now, reason=gettext("A price was set."))


def _give_way(older: Price, start: datetime, until: datetime | None) -> None:
    """End `older` where the new price starts; let it come back where that one ends."""
    ended_at = older.valid_until
    older.valid_until = start
    older.save(update_fields=["valid_until"])
    if until is not None and (ended_at is None or ended_at > until):
        Price.objects.create(
            sku=older.sku,
            unit_price=older.unit_price,
            unit_cost=older.unit_cost,
            valid_from=until,
            valid_until=ended_at,
            created_by=older.created_by,
        )
