import structlog
from celery import shared_task
from django.utils import timezone

from apps.approvals.models import Approval
from apps.clouds import services
from apps.clouds.errors import VendorUnknown
from apps.clouds.models import CloudAccount, Resource
from apps.core.errors import DomainError

log = structlog.get_logger(__name__)


@shared_task(name="clouds.sync_resource")
def sync_resource(*, resource_id: int, **_: object) -> bool:
    """Ask the cloud about one resource."""
    resource = Resource.objects.select_related("account").get(pk=resource_id)
    return services.sync_resource(resource=resource, now=timezone.now())


@shared_task(name="clouds.sync_accounts")
def sync_accounts(**_: object) -> int:
    """Ask every active account's cloud about its resources; one that fails stops no other."""
    changed = 0
    for account in CloudAccount.objects.filter(is_active=True).select_related("vendor"):
        try:
            changed += services.sync_account(account=account, now=timezone.now())
        except DomainError as error:
            log.warning("clouds.sync_failed", account_id=account.pk, code=error.code)
    return changed


@shared_task(
    name="clouds.release_approved",
    autoretry_for=(VendorUnknown,),
    retry_backoff=True,
    max_retries=3,
)
def release_approved(*, approval_id: int, **_: object) -> None:
    """Have the cloud end what was approved; the sweep comes again if it does not answer."""
    approval = Approval.objects.get(pk=approval_id)
    services.carry_out_release(approval=approval, now=timezone.now())


@shared_task(name="clouds.release_due")
def release_due(**_: object) -> int:
    """Find approved releases whose job was lost."""
    due = services.due_releases(now=timezone.now())
    for approval_id in due:
        release_approved.delay(approval_id=approval_id)
    return len(due)


@shared_task(name="clouds.expire_resources")
def expire_resources(**_: object) -> int:
    """End the terms that are over."""
    return services.expire_due(now=timezone.now())
