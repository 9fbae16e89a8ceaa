from django.utils import timezone

from apps.clouds import tasks
from apps.clouds.events import (
    BillImportEnded,
    BillImportRequested,
    BillMonthIsDue,
    PriceSyncRequested,
    ResourceExpired,
    ResourceReleaseApproved,
    ResourceSyncRequested,
    UsageToRerate,
)
from apps.clouds.services import telling
from apps.core.events import on


@on(ResourceSyncRequested)
def sync_resource(event: ResourceSyncRequested) -> None:
    tasks.sync_resource.delay(resource_id=event.resource_id)


@on(ResourceReleaseApproved)
def release(event: ResourceReleaseApproved) -> None:
    tasks.release_approved.delay(approval_id=event.approval_id)


@on(PriceSyncRequested)
def sync_prices(event: PriceSyncRequested) -> None:
    tasks.run_price_sync.delay(price_sync_id=event.price_sync_id)


@on(BillImportRequested)
def run_bill_import(event: BillImportRequested) -> None:
    tasks.run_bill_import.delay(bill_import_id=event.bill_import_id)


@on(BillMonthIsDue)
def rate_due_months(event: BillMonthIsDue) -> None:
    tasks.rate_due_months.delay(tenant_id=event.tenant_id)


@on(UsageToRerate)
def rerate_usage(event: UsageToRerate) -> None:
    tasks.rerate_usage.delay()


@on(ResourceExpired)
def tell_of_expiry(event: ResourceExpired) -> None:
    telling.tell_of_expiry(resource_id=event.resource_id, now=timezone.now())


@on(BillImportEnded)
def tell_of_import(event: BillImportEnded) -> None:
    telling.tell_of_import(
        bill_import_id=event.bill_import_id, attempt=event.attempt, now=timezone.now()
    )
