"""Resources: made once per client token, whatever the network does."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from apps.clouds.adapters.base import (
    ChargeMode,
    InstanceRequest,
    InstanceStatus,
    VendorInstance,
)
from apps.clouds.enums import RESOURCE_FLOW, ResourcePerm, ResourceStatus
from apps.clouds.errors import TokenWasUsed
from apps.clouds.events import (
    ResourceActivated,
    ResourceExpired,
    ResourceReleased,
    ResourceSyncRequested,
)
from apps.clouds.models import Resource
from apps.clouds.periods import months_later
from apps.clouds.services.accounts import account_for, adapter_of, ensure_sub_account
from apps.core import audit
from apps.core.events import publish
from apps.customers.models import Customer
from apps.products.enums import BillingMode
from apps.products.models import Sku
from apps.rbac import services as rbac
from apps.rbac.models import User

MONTHS = {BillingMode.MONTHLY: 1, BillingMode.YEARLY: 12}


@dataclass(frozen=True)
class Sight:
    """What the cloud says about a resource right now; `instance` None: it knows none."""

    instance: VendorInstance | None

    @property
    def is_running(self) -> bool:
        return self.instance is not None and self.instance.status == InstanceStatus.RUNNING


@transaction.atomic
def create_resource(
    *, customer: Customer, sku: Sku, key: str, name: str, now: datetime, periods: int = 1
) -> Resource:
    """
    The row of a resource that is about to be made; the same one for the same key.

    The row comes before the cloud is asked: from then on nothing that the cloud makes is lost.
    Trusted: called by the order saga, for a paid order.
    :raises TokenWasUsed: if the key came with another customer or SKU before
    :raises CloudAccountIsMissing: if nobody sells this vendor here
    """
    account = account_for(customer=customer, vendor=sku.product.vendor)
    resource = Resource(
        tenant=customer.tenant,
        customer=customer,
        account=account,
        sku=sku,
        token=key,
        name=name,
        region=sku.region,
        specification=sku.specification,
        billing_mode=sku.billing_mode,
        periods=periods,
        created_at=now,
    )
    try:
        with transaction.atomic():
            resource.save()
    except IntegrityError:
        resource = Resource.objects.get(token=key)
        if (resource.customer_id, resource.sku_id) != (customer.pk, sku.pk):
            raise TokenWasUsed from None
        return resource
    ensure_sub_account(account=account, customer=customer, now=now)
    audit.record(actor=None, verb="resource.created", thing=resource, sku=sku.code)
    return resource


def provision(*, resource: Resource, now: datetime) -> VendorInstance:
    """
    Have the cloud make it. Safe to repeat: the token is stored, and equal tokens make one instance.

    Trusted: order saga. Not to be called inside a transaction: it waits for the network.
    :raises VendorRefused: nothing was made; with a stock-out a new resource needs a new key
    :raises VendorThrottled: nothing was made, come back later
    :raises VendorUnknown: ask `settle_unknown` before anything else
    """
    instance = adapter_of(account=resource.account).create_instance(
        _request_of(resource), resource.token
    )
    _remember(resource, instance, now)
    return instance


def settle_unknown(*, resource: Resource, now: datetime) -> VendorInstance | None:
    """
    What a provision without an answer has made; None: nothing, so `provision` may be repeated.

    Trusted: the saga's janitor. :raises VendorUnknown: as long as the cloud still does not answer
    """
    instance = adapter_of(account=resource.account).find_by_token(resource.token)
    if instance is not None:
        _remember(resource, instance, now)
    return instance


def describe(*, resource: Resource) -> Sight:
    """
    How the cloud sees it now. Trusted: saga and sync.

    :raises VendorUnknown: if the cloud does not answer
    """
    adapter = adapter_of(account=resource.account)
    if resource.vendor_id:
        return Sight(adapter.describe_instance(resource.vendor_id))
    return Sight(adapter.find_by_token(resource.token))


def release(*, resource: Resource) -> None:
    """
    Have the cloud end it, found by its id or its token. Safe to repeat.

    Trusted: the saga's compensation. Not to be called inside a transaction.
    :raises VendorUnknown: if the cloud does not answer; repeat it
    """
    adapter = adapter_of(account=resource.account)
    instance_id = resource.vendor_id
    if not instance_id:
        instance = adapter.find_by_token(resource.token)
        instance_id = instance.id if instance else None
    if instance_id:
        adapter.release_instance(instance_id)


@transaction.atomic
def activate_resource(*, resource: Resource, instance: VendorInstance, now: datetime) -> Resource:
    """
    The cloud has it running: the customer's time begins. A second call changes nothing.

    Trusted: order saga. :raises IllegalTransition: if it has failed or was released meanwhile
    """
    resource = Resource.objects.lock(resource)
    if resource.activated_at is not None and resource.status != ResourceStatus.RELEASED:
        return resource
    months = MONTHS.get(BillingMode(resource.billing_mode), 0) * resource.periods
    RESOURCE_FLOW.move(
        resource,
        ResourceStatus.RUNNING,
        actor=None,
        activated_at=now,
        expires_at=months_later(now, months) if months else None,
        vendor_id=instance.id,
        public_ip=instance.public_ip,
        private_ip=instance.private_ip,
        synced_at=now,
    )
    publish(ResourceActivated(resource_id=resource.pk))
    return resource


@transaction.atomic
def fail_resource(*, resource: Resource, problem: str, now: datetime) -> Resource:
    """
    The cloud refused for good. A second call changes nothing. Trusted: order saga.

    :raises IllegalTransition: once it runs
    """
    resource = Resource.objects.lock(resource)
    if resource.status != ResourceStatus.FAILED:
        RESOURCE_FLOW.move(
            resource,
            ResourceStatus.FAILED,
            actor=None,
            reason=problem,
            failed_at=now,
            problem=problem[:200],
        )
    return resource


@transaction.atomic
def release_resource(
    *, resource: Resource, now: datetime, actor: User | None = None, reason: str = ""
) -> Resource:
    """
    It is gone at the cloud. A second call changes nothing. Trusted: saga and sync.

    :raises IllegalTransition: if it was never made
    """
    resource = Resource.objects.lock(resource)
    if resource.status != ResourceStatus.RELEASED:
        RESOURCE_FLOW.move(
            resource, ResourceStatus.RELEASED, actor=actor, reason=reason, released_at=now
        )
        publish(ResourceReleased(resource_id=resource.pk))
    return resource


@transaction.atomic
def expire_resource(*, resource: Resource, now: datetime) -> Resource:
    """The paid time is over. A renewal that came first wins. Trusted: the sweep."""
    resource = Resource.objects.lock(resource)
    if Resource.objects.overdue(now).filter(pk=resource.pk).exists():
        RESOURCE_FLOW.move(resource, ResourceStatus.EXPIRED, actor=None, expired_at=now)
        publish(ResourceExpired(resource_id=resource.pk))
    return resource


@transaction.atomic
def request_sync(*, resource: Resource, actor: User, now: datetime) -> None:
    """Have the cloud asked for a resource's state soon; a job does it."""
    rbac.require(actor, ResourcePerm.SYNC, resource)
    audit.record(actor=actor, verb="resource.sync_requested", thing=resource)
    publish(ResourceSyncRequested(resource_id=resource.pk))


def _request_of(resource: Resource) -> InstanceRequest:
    sku = resource.sku
    is_metered = BillingMode(resource.billing_mode).is_metered
    return InstanceRequest(
        region=resource.region or "any",
        instance_type=sku.vendor_sku or sku.code,
        name=resource.name,
        owner=resource.customer.number,
        charge_mode=ChargeMode.METERED if is_metered else ChargeMode.SUBSCRIPTION,
        periods=resource.periods,
        specification=resource.specification,
    )


def _remember(resource: Resource, instance: VendorInstance, now: datetime) -> None:
    """Which instance it is. Short, and right even when two workers write it: both mean the same."""
    Resource.objects.filter(pk=resource.pk).update(vendor_id=instance.id, synced_at=now)
    resource.vendor_id, resource.synced_at = instance.id, now
