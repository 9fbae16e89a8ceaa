from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.clouds.importing.states import BILL_GRANTS
from apps.core.flow import Flow


class Driver(models.TextChoices):
    """Which adapter speaks to an account's cloud."""

    SANDBOX = "sandbox", _("Sandbox cloud")


class ResourceStatus(models.TextChoices):
    PENDING = "pending", _("Being created")
    RUNNING = "running", _("Running")
    STOPPED = "stopped", _("Stopped")
    EXPIRED = "expired", pgettext_lazy("clouds", "Expired")
    RELEASED = "released", _("Released")
    FAILED = "failed", _("Failed")


RESOURCE_FLOW = Flow(
    "clouds.Resource",
    {
        ResourceStatus.PENDING: {
            ResourceStatus.RUNNING,
            ResourceStatus.FAILED,
            ResourceStatus.RELEASED,
        },
        ResourceStatus.RUNNING: {
            ResourceStatus.STOPPED,
            ResourceStatus.EXPIRED,
            ResourceStatus.RELEASED,
        },
        ResourceStatus.STOPPED: {
            ResourceStatus.RUNNING,
            ResourceStatus.EXPIRED,
            ResourceStatus.RELEASED,
        },
        ResourceStatus.EXPIRED: {ResourceStatus.RUNNING, ResourceStatus.RELEASED},
        ResourceStatus.RELEASED: set(),
        ResourceStatus.FAILED: set(),
    },
)


class PriceSyncStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", pgettext_lazy("pricing", "Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


PRICE_SYNC_FLOW = Flow(
    "clouds.PriceSync",
    {
        PriceSyncStatus.WAITING: {PriceSyncStatus.RUNNING, PriceSyncStatus.FAILED},
        PriceSyncStatus.RUNNING: {PriceSyncStatus.DONE, PriceSyncStatus.FAILED},
        PriceSyncStatus.DONE: set(),
        PriceSyncStatus.FAILED: set(),
    },
)


class ResourcePerm(models.TextChoices):
    VIEW = "clouds.view_resource", _("view cloud resources")
    SYNC = "clouds.sync_resource", _("ask the cloud for the state of resources")
    REQUEST_RELEASE = "clouds.request_release", _("ask for the release of resources")
    CONFIRM_RELEASE = "clouds.confirm_release", _("confirm that missing resources are released")


class CloudAccountPerm(models.TextChoices):
    VIEW = "clouds.view_cloudaccount", _("view cloud accounts")
    ADD = "clouds.add_cloudaccount", _("add cloud accounts")
    CHANGE = "clouds.change_cloudaccount", _("edit cloud accounts")
    TEST = "clouds.test_cloudaccount", _("test the connection of cloud accounts")
    SYNC_PRICES = "clouds.sync_prices", _("fetch the price lists of clouds")


SYNCS = "clouds.view_pricesync"
_SEE: list[str] = [ResourcePerm.VIEW]
_RUN: list[str] = [
    *_SEE,
    ResourcePerm.SYNC,
    ResourcePerm.REQUEST_RELEASE,
    CloudAccountPerm.VIEW,
    CloudAccountPerm.TEST,
    CloudAccountPerm.SYNC_PRICES,
    SYNCS,
]
_RESOURCE_GRANTS: dict[str, list[str]] = {
    "administrator": [*_RUN, CloudAccountPerm.ADD, CloudAccountPerm.CHANGE],
    "operations": [
        *_RUN,
        ResourcePerm.CONFIRM_RELEASE,
        CloudAccountPerm.ADD,
        CloudAccountPerm.CHANGE,
    ],
    "finance": [*_SEE, CloudAccountPerm.VIEW, SYNCS],
    "sales": [*_SEE, ResourcePerm.REQUEST_RELEASE],
    "sales-manager": [*_SEE, ResourcePerm.REQUEST_RELEASE],
    "support": [*_SEE, ResourcePerm.SYNC, ResourcePerm.REQUEST_RELEASE],
    "auditor": [*_SEE, CloudAccountPerm.VIEW, SYNCS],
    "portal-owner": [*_SEE, ResourcePerm.REQUEST_RELEASE],
    "portal-technician": _SEE,
    "portal-finance": _SEE,
}
STANDARD_GRANTS: dict[str, list[str]] = {
    role: [*_RESOURCE_GRANTS.get(role, []), *BILL_GRANTS.get(role, [])]
    for role in {**_RESOURCE_GRANTS, **BILL_GRANTS}
}
