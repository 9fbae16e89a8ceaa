from celery import shared_task
from django.utils import timezone

from apps.rbac.services import sign_in, tries


@shared_task(name="rbac.purge_sign_in_records")
def purge_sign_in_records(**_: object) -> int:
    """Drop counters and sign-ins that nobody needs any more."""
    now = timezone.now()
    return tries.purge_tries(now=now) + sign_in.purge_events(now=now)
