"""Resources and imports, told to those whom they concern."""

from datetime import datetime

from django.utils import translation

from apps.clouds.messages import IMPORT_ENDED, RESOURCE_EXPIRED
from apps.clouds.models import BillImport, Resource
from apps.notifications import services as notifications


def tell_of_expiry(*, resource_id: int, now: datetime) -> None:
    """Trusted: a receiver's work."""
    resource = Resource.objects.select_related("tenant").get(pk=resource_id)
    expired_at = resource.expires_at or now
    notifications.notify_customer(
        kind=RESOURCE_EXPIRED.code,
        customer_id=resource.customer_id,
        facts={"name": resource.name, "at": notifications.moment(at=expired_at)},
        key=f"resource:{resource.pk}:expired:{expired_at:%Y%m%d%H%M}",
        now=now,
        link=f"/resources/{resource.pk}",
        tenant=resource.tenant,
    )


def tell_of_import(*, bill_import_id: int, attempt: int, now: datetime) -> None:
    """Trusted: a receiver's work. The command line has nobody to tell."""
    job = BillImport.objects.select_related("created_by", "tenant").get(pk=bill_import_id)
    if job.created_by is None:
        return
    with translation.override(job.created_by.language):
        result = job.get_status_display()
    notifications.notify(
        kind=IMPORT_ENDED.code,
        to=[job.created_by],
        facts={
            "file": job.file_name,
            "result": result,
            "good": str(job.rows_good),
            "bad": str(job.rows_bad),
        },
        key=f"import:{job.pk}:{attempt}:{job.status}",
        now=now,
        link=f"/admin/clouds/billimport/{job.pk}/change/",
        tenant=job.tenant,
    )
