"""A vendor's price list, fetched and taken in: its differences wait for people (CAT-2)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from apps.clouds.adapters.base import Capability, ListedPrice, VendorPriceList
from apps.clouds.enums import PRICE_SYNC_FLOW, CloudAccountPerm, PriceSyncStatus
from apps.clouds.errors import (
    CapabilityIsMissing,
    CloudAccountIsOff,
    PriceListIsForeign,
    PriceListIsOld,
)
from apps.clouds.events import PriceSyncRequested
from apps.clouds.models import CloudAccount, PriceSync
from apps.clouds.models.price_syncs import ALIVE
from apps.clouds.services.accounts import adapter_of
from apps.core import audit
from apps.core.errors import DomainError, Unavailable
from apps.core.events import publish
from apps.core.failpoints import failpoint
from apps.core.money import round_fen
from apps.core.retry import retry_txn
from apps.products import services as products
from apps.products.services import Received, VendorPrice
from apps.rbac import services as rbac
from apps.rbac.models import User

CURRENCY = "CNY"
LEASE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(minutes=30)
MOST_ATTEMPTS = 6
BATCH = 500  # lines of one transaction
MOST_NAMED = 20  # of the SKUs that nobody sells
type Clock = Callable[[], datetime]


class LeaseIsLost(RuntimeError):
    """Another runner took over; this one must not write any more."""


@transaction.atomic
def request_price_sync(*, account: CloudAccount, actor: User, now: datetime) -> PriceSync:
    """Have the vendor's price list fetched; one that is under way already is the answer.

    :raises CloudAccountIsOff: if the account is switched off
    :raises CapabilityIsMissing: if the cloud publishes no prices
    """
    rbac.require(actor, CloudAccountPerm.SYNC_PRICES, account)
    if not account.is_active:
        raise CloudAccountIsOff(account=account)
    _ensure_publishes(account)
    sync, is_new = _open(account, actor, now)
    if is_new:
        audit.record(actor=actor, verb="pricesync.requested", thing=account)
    return sync


def start_price_syncs(*, now: datetime) -> int:
    """Ask each vendor once for each tenant that buys there; how many began. Trusted: a job."""
    begun, asked = 0, set()
    accounts = CloudAccount.objects.filter(is_active=True).select_related("vendor", "tenant")
    for account in accounts.order_by("pk"):
        if (account.tenant_id, account.vendor_id) in asked:
            continue
        try:
            _ensure_publishes(account)
        except DomainError:
            continue
        asked.add((account.tenant_id, account.vendor_id))
        with transaction.atomic():
            begun += _open(account, None, now)[1]
    return begun


def waiting_price_syncs(*, now: datetime) -> list[int]:
    """Those whose job was lost, or whose cloud was to be asked again. Trusted: a job."""
    free = Q(claimed_until__isnull=True, created_at__lt=now - LEASE / 10) | Q(claimed_until__lt=now)
    waiting = PriceSync.objects.filter(free, status__in=ALIVE)
    return list(waiting.order_by("pk").values_list("pk", flat=True)[:50])


def run_price_sync(*, price_sync_id: int, clock: Clock) -> PriceSync:
    """Fetch the list and take it in. Doubled jobs find the lease taken; a lost one is begun anew,
    and finds what it did before unchanged. Trusted: a job; not inside a transaction.
    """
    sync = retry_txn(_claim)(price_sync_id, clock())
    if sync is None:
        return PriceSync.objects.get(pk=price_sync_id)
    try:
        listed = adapter_of(account=sync.account).price_list()
        failpoint("clouds.price_list.fetched")
        _begin(sync, listed, clock())
        for start in range(0, len(listed.prices), BATCH):
            retry_txn(_take_in)(sync, listed.prices[start : start + BATCH], clock())
            failpoint("clouds.price_list.batch")
        _finish(sync, PriceSyncStatus.DONE, clock())
    except LeaseIsLost:
        pass
    except Unavailable as error:
        _postpone(sync, str(error), clock())
    except DomainError as error:
        _finish(sync, PriceSyncStatus.FAILED, clock(), problem=str(error))
    sync.refresh_from_db()
    return sync


def _ensure_publishes(account: CloudAccount) -> None:
    support = adapter_of(account=account).capabilities()[Capability.PRICE_LIST]
    if not support.is_supported:
        raise CapabilityIsMissing(vendor=account.vendor.name, reason=support.reason)


def _open(account: CloudAccount, actor: User | None, now: datetime) -> tuple[PriceSync, bool]:
    """The one sync of tenant and vendor that is alive, and whether it is new."""
    sync, is_new = PriceSync.objects.get_or_create(
        tenant_id=account.tenant_id,
        vendor_id=account.vendor_id,
        is_alive=True,
        defaults={"account": account, "started_by": actor, "created_at": now},
    )
    if is_new:
        publish(PriceSyncRequested(price_sync_id=sync.pk))
    return sync, is_new


@transaction.atomic
def _claim(price_sync_id: int, now: datetime) -> PriceSync | None:
    sync = PriceSync.objects.select_for_update().get(pk=price_sync_id)
    is_taken = sync.claimed_until is not None and sync.claimed_until > now
    if is_taken or sync.status not in ALIVE:
        return None
    sync.claimed_until, sync.attempts = now + LEASE, sync.attempts + 1
    sync.lines_done = sync.same = sync.unknown = 0  # what was proposed stays counted
    sync.unknown_skus = []
    sync.save()
    if sync.status == PriceSyncStatus.WAITING:
        PRICE_SYNC_FLOW.move(sync, PriceSyncStatus.RUNNING, actor=sync.started_by, started_at=now)
    return sync


def _begin(sync: PriceSync, listed: VendorPriceList, now: datetime) -> None:
    """:raises PriceListIsForeign: :raises PriceListIsOld: nothing of it is taken in then"""
    if listed.currency != CURRENCY:
        raise PriceListIsForeign(currency=listed.currency)
    earlier = PriceSync.objects.filter(
        tenant=sync.tenant_id, vendor=sync.vendor_id, as_of__gt=listed.as_of
    )
    if earlier.filter(status=PriceSyncStatus.DONE).exists():
        raise PriceListIsOld(as_of=f"{listed.as_of:%Y-%m-%d %H:%M:%S}")
    _write(
        sync,
        as_of=listed.as_of,
        lines_total=len(listed.prices),
        claimed_until=now + LEASE,
        problem="",
    )


@transaction.atomic
def _take_in(sync: PriceSync, prices: Sequence[ListedPrice], now: datetime) -> None:
    """One batch together with what became of it. The row is held meanwhile: nobody takes over."""
    _write(sync, claimed_until=now + LEASE, lines_done=F("lines_done") + len(prices))
    received: Received = products.receive_vendor_prices(
        vendor=sync.vendor,
        tenant_id=sync.tenant_id,
        offers=[_offer(price) for price in prices],
        now=now,
    )
    named = [*sync.unknown_skus, *received.unknown][:MOST_NAMED]
    _write(
        sync,
        same=F("same") + received.same,
        proposed=F("proposed") + received.proposed,
        automatic=F("automatic") + received.automatic,
        unknown=F("unknown") + len(received.unknown),
        unknown_skus=named,
    )
    sync.unknown_skus = named


def _offer(price: ListedPrice) -> VendorPrice:
    listed = None if price.list_price is None else round_fen(price.list_price)
    return VendorPrice(
        price.sku, round_fen(price.unit_cost), listed, price.effective_from, price.unit
    )


def _write(sync: PriceSync, **columns: object) -> None:
    """:raises LeaseIsLost: if somebody else claimed the row meanwhile"""
    mine = PriceSync.objects.filter(
        pk=sync.pk, attempts=sync.attempts, status=PriceSyncStatus.RUNNING
    )
    if not mine.update(**columns):
        raise LeaseIsLost(sync.pk)


def _postpone(sync: PriceSync, problem: str, now: datetime) -> None:
    """The cloud did not answer: the sweep asks again, a few times."""
    if sync.attempts >= MOST_ATTEMPTS:
        _finish(sync, PriceSyncStatus.FAILED, now, problem=problem)
        return
    pause = min(timedelta(minutes=2**sync.attempts), LONGEST_PAUSE)
    mine = PriceSync.objects.filter(pk=sync.pk, attempts=sync.attempts)
    mine.update(claimed_until=now + pause, problem=problem[:300])


@transaction.atomic
def _finish(sync: PriceSync, to: PriceSyncStatus, now: datetime, *, problem: str = "") -> None:
    held = PriceSync.objects.select_for_update().get(pk=sync.pk)
    if held.attempts != sync.attempts or held.status not in ALIVE:
        return  # somebody else is at it, or was
    held.claimed_until, held.problem = None, problem[:300]
    held.save(update_fields=["claimed_until", "problem"])
    PRICE_SYNC_FLOW.move(held, to, actor=held.started_by, finished_at=now, is_alive=None)
