from dataclasses import dataclass

from apps.core.events import Event


@dataclass(frozen=True)
class ResourceActivated(Event):
    resource_id: int


@dataclass(frozen=True)
class ResourceReleased(Event):
    resource_id: int


@dataclass(frozen=True)
class ResourceReleaseApproved(Event):
    """A job is to have the cloud release it."""

    approval_id: int
    resource_id: int


@dataclass(frozen=True)
class ResourceExpired(Event):
    resource_id: int


@dataclass(frozen=True)
class ResourceSyncRequested(Event):
    resource_id: int


@dataclass(frozen=True)
class PriceSyncRequested(Event):
    price_sync_id: int


@dataclass(frozen=True)
class BillImportRequested(Event):
    bill_import_id: int


@dataclass(frozen=True)
class BillImportEnded(Event):
    """Done, blocked or failed; `attempt` tells the runs of one import apart."""

    bill_import_id: int
    attempt: int


@dataclass(frozen=True)
class BillMonthIsDue(Event):
    """Lines, rates or owners of a tenant's months changed: customers have to be billed."""

    tenant_id: int


@dataclass(frozen=True)
class UsageToRerate(Event):
    """Steps of a customer may be others for months that were billed."""

    customer_id: int
