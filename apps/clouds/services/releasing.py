"""Releasing a resource: asked for, approved, then done at the cloud by a job."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from apps.approvals import services as approvals
from apps.approvals.enums import ApprovalStatus, EffectStatus
from apps.approvals.models import Approval
from apps.approvals.standard import Attachments
from apps.clouds.enums import ResourcePerm, ResourceStatus
from apps.clouds.errors import ResourceIsNotThere
from apps.clouds.models import Resource
from apps.clouds.services.resources import release, release_resource
from apps.rbac import services as rbac
from apps.rbac.models import User

KIND = "clouds.resource_release"
LABEL = "clouds.Resource"
PATIENCE = timedelta(days=30)  # a cloud that refuses for a month is for people


@transaction.atomic
def request_release(
    *,
    resource: Resource,
    reason: str,
    actor: User,
    now: datetime,
    attachments: Attachments = (),
) -> Approval:
    """Ask that a resource be released: it ends, with all that is on it.

    :raises ResourceIsNotThere: if it is being made, gone or failed
    :raises SubjectIsPending: if it has been asked for already
    """
    rbac.require(actor, ResourcePerm.REQUEST_RELEASE, resource)
    resource = Resource.objects.lock(resource)
    if not is_releasable(resource=resource):
        raise ResourceIsNotThere(name=resource.name, status=resource.get_status_display())
    customer = resource.customer
    title = _("{customer}: release {resource}")
    return approvals.submit(
        kind=KIND,
        title=title.format(customer=customer.name, resource=resource.name),
        form={
            "resource": resource.name,
            "vendor_id": resource.vendor_id,
            "expires_on": resource.expires_at and f"{resource.expires_at:%Y-%m-%d}",
            "reason": reason,
        },
        applicant=actor,
        now=now,
        subject=(LABEL, resource.pk),
        customer_id=customer.pk,
        tenant=resource.tenant,
        attachments=attachments,
    )


def is_releasable(*, resource: Resource) -> bool:
    """Whether there is something to release. Trusted: reads."""
    there = {ResourceStatus.RUNNING, ResourceStatus.STOPPED, ResourceStatus.EXPIRED}
    return resource.status in there


def carry_out_release(*, approval: Approval, now: datetime) -> None:
    """Have the cloud end what was approved; repeated, it changes nothing. Trusted: a job.

    Not to be called inside a transaction: it waits for the network.
    :raises VendorUnknown: if the cloud does not answer; repeat it
    """
    resource = Resource.objects.select_related("account").get(pk=approval.subject_pk or 0)
    if resource.status == ResourceStatus.RELEASED:
        return
    release(resource=resource)
    release_resource(resource=resource, now=now, reason=approval.number)


def due_releases(*, now: datetime) -> list[int]:
    """Approvals whose resource is still there, because a job was lost. Trusted: the sweep."""
    approved = Approval.objects.filter(
        kind=KIND,
        status=ApprovalStatus.APPROVED,
        effect=EffectStatus.DONE,
        finished_at__gte=now - PATIENCE,
    )
    keys = {pk or 0: approval for pk, approval in approved.values_list("subject_pk", "pk")}
    alive = Resource.objects.alive().filter(pk__in=keys)
    return [keys[pk] for pk in alive.values_list("pk", flat=True)]
