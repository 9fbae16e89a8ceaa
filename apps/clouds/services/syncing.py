"""Bringing our rows and the clouds' into line."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.clouds.adapters.base import InstanceStatus, VendorInstance
from apps.clouds.enums import RESOURCE_FLOW, ResourcePerm, ResourceStatus
from apps.clouds.errors import ResourceIsNotMissing
from apps.clouds.models import CloudAccount, Resource
from apps.clouds.services.accounts import adapter_of
from apps.clouds.services.resources import describe, expire_resource, release_resource
from apps.core import audit
from apps.rbac import services as rbac
from apps.rbac.models import User

GONE_AFTER = timedelta(minutes=10)  # a new instance may be missing from a cloud's list for a while
SYNCED = (ResourceStatus.RUNNING, ResourceStatus.STOPPED, ResourceStatus.EXPIRED)


def sync_account(*, account: CloudAccount, now: datetime) -> int:
    """
    Take over what the cloud says about every resource of an account; how many changed.

    Resources being created are the saga's. Trusted: runs as the system.
    :raises VendorUnknown: if the cloud does not answer; nothing is changed then
    """
    seen = {instance.id: instance for instance in adapter_of(account=account).list_instances()}
    resources = Resource.objects.filter(account=account, status__in=SYNCED)
    changed = sum(
        take_over(resource=resource, instance=seen.get(resource.vendor_id or ""), now=now)
        for resource in resources.iterator()
    )
    CloudAccount.objects.filter(pk=account.pk).update(synced_at=now)
    return changed


def sync_resource(*, resource: Resource, now: datetime) -> bool:
    """
    Ask the cloud about one resource; whether its state changed. Trusted: runs as the system.

    :raises VendorUnknown: if the cloud does not answer
    """
    if resource.status not in SYNCED:
        return False
    return take_over(resource=resource, instance=describe(resource=resource).instance, now=now)


@transaction.atomic
def take_over(*, resource: Resource, instance: VendorInstance | None, now: datetime) -> bool:
    """Move one resource to where the cloud has it; one that the cloud does not know is marked.

    Trusted: runs as the system.
    """
    resource = Resource.objects.lock(resource)
    if instance is None:
        return _miss(resource, now)
    status = instance.status
    Resource.objects.filter(pk=resource.pk).update(synced_at=now, missing_since=None)
    if resource.missing_since is not None:
        audit.record(actor=None, verb="resource.found_again", thing=resource)
    if status == InstanceStatus.RELEASED and resource.status in SYNCED:
        release_resource(resource=resource, now=now, reason="released at the cloud")
        return True
    if status == InstanceStatus.STOPPED and resource.status == ResourceStatus.RUNNING:
        RESOURCE_FLOW.move(resource, ResourceStatus.STOPPED, actor=None, stopped_at=now)
        return True
    if status == InstanceStatus.RUNNING and resource.status == ResourceStatus.STOPPED:
        RESOURCE_FLOW.move(resource, ResourceStatus.RUNNING, actor=None)
        return True
    return False


def expire_due(*, now: datetime) -> int:
    """End the term of every resource whose paid time is over. Trusted: the sweep."""
    due = list(Resource.objects.overdue(now).order_by("expires_at")[:500])
    for resource in due:
        expire_resource(resource=resource, now=now)
    return len(due)


@transaction.atomic
def confirm_released(*, resource: Resource, actor: User, now: datetime) -> Resource:
    """Somebody looked: what the cloud does not know any more is gone.

    :raises ResourceIsNotMissing: if the cloud has it
    """
    rbac.require(actor, ResourcePerm.CONFIRM_RELEASE, resource)
    resource = Resource.objects.lock(resource)
    if not Resource.objects.drifting().filter(pk=resource.pk).exists():
        raise ResourceIsNotMissing(resource=resource)
    return release_resource(
        resource=resource, now=now, actor=actor, reason="confirmed: missing at the cloud"
    )


def _miss(resource: Resource, now: datetime) -> bool:
    """Mark a resource that its cloud does not know. Its end is decided by a person: an empty
    answer, a wrong region or another key must not stop what a customer pays for."""
    is_new = resource.activated_at is not None and now - resource.activated_at < GONE_AFTER
    if is_new or resource.missing_since is not None:
        return False
    Resource.objects.filter(pk=resource.pk).update(missing_since=now)
    audit.record(actor=None, verb="resource.missed", thing=resource)
    return True
