"""Stock: taken by one conditional UPDATE, so that two buyers never get the last unit."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.core import audit
from apps.products.enums import RESERVATION_FLOW, ProductPerm, ReservationStatus
from apps.products.errors import OutOfStock, ReservationKeyWasUsed, StockIsOutOfRange
from apps.products.models import Sku, StockReservation
from apps.products.services.products import require_own
from apps.rbac import services as rbac
from apps.rbac.models import User


@transaction.atomic
def reserve_stock(*, sku: Sku, quantity: int, key: str) -> StockReservation:
    """Take units off the shelf; the same key takes them once. Trusted: called for a paid order.

    :raises OutOfStock: if fewer are left; nothing is taken then
    :raises ReservationKeyWasUsed: if the key stands for another reservation, or a released one
    """
    is_counted = Sku.objects.filter(pk=sku.pk, stock__isnull=False).exists()
    if is_counted:
        # Before the INSERT: its foreign key takes a shared lock on the SKU, and two buyers who
        # both hold one would deadlock when each then wants to UPDATE. Where nothing is counted
        # nobody waits: everybody buys the same few SKUs.
        sku = Sku.objects.lock(sku)
        is_counted = sku.stock is not None
    earlier = StockReservation.objects.filter(key=key).first()
    if earlier is not None:
        return _repeated(earlier, sku, quantity)
    if is_counted and not Sku.objects.all().take(sku, quantity):
        raise OutOfStock(sku=sku, stock=sku.stock, quantity=quantity)
    try:
        with transaction.atomic():
            return StockReservation.objects.create(
                key=key, sku=sku, quantity=quantity, is_counted=is_counted
            )
    except IntegrityError:  # the key was used at the same time, perhaps for another SKU
        earlier = StockReservation.objects.filter(key=key).first()
        if earlier is None or is_counted:
            raise ReservationKeyWasUsed(key=key) from None
        return _repeated(earlier, sku, quantity)


@transaction.atomic
def commit_stock(*, key: str) -> StockReservation:
    """The reserved units are sold. Trusted: idempotent."""
    reservation = StockReservation.objects.select_for_update().get(key=key)
    if reservation.status != ReservationStatus.COMMITTED:
        RESERVATION_FLOW.move(
            reservation, ReservationStatus.COMMITTED, actor=None, committed_at=timezone.now()
        )
    return reservation


@transaction.atomic
def release_stock(*, key: str) -> StockReservation | None:
    """Put the reserved units back. Trusted: idempotent; None if the key never reserved any.

    :raises IllegalTransition: if they are sold
    """
    held = StockReservation.objects.select_for_update().filter(key=key).first()
    if held is None or held.status == ReservationStatus.RELEASED:
        return held
    RESERVATION_FLOW.move(held, ReservationStatus.RELEASED, actor=None, released_at=timezone.now())
    if held.is_counted:
        Sku.objects.all().put_back(held.sku_id, held.quantity)
    return held


@transaction.atomic
def set_stock(*, sku: Sku, stock: int | None, actor: User, now: datetime) -> Sku:
    """Say how many units are on the shelf; None is without limit.

    :raises StockIsOutOfRange: if it is negative
    """
    rbac.require(actor, ProductPerm.SET_STOCK, sku)
    require_own(product=sku.product, actor=actor)
    if stock is not None and stock < 0:
        raise StockIsOutOfRange
    sku = Sku.objects.lock(sku)
    before, sku.stock = sku.stock, stock
    sku.save(update_fields=["stock"])
    audit.record(
        actor=actor,
        verb="sku.stock_set",
        thing=sku.product,
        before={"stock": before},
        after={"stock": stock},
        sku=sku.code,
    )
    return sku


def _repeated(earlier: StockReservation, sku: Sku, quantity: int) -> StockReservation:
    is_same = (earlier.sku_id, earlier.quantity) == (sku.pk, quantity)
    if not is_same or earlier.status == ReservationStatus.RELEASED:
        raise ReservationKeyWasUsed(key=earlier.key)
    return earlier
