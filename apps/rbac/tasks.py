from celery import shared_task
from django.utils import timezone

from apps.rbac.services import registration, sign_in, tries


@shared_task(name="rbac.purge_sign_in_records")
def purge_sign_in_records(**_: object) -> int:
    """Drop counters, sign-ins and unfinished sign-ups that nobody needs any more."""
    now = timezone.now()
    return (
        registration.purge_unfinished(now=now)
        + tries.purge_tries(now=now)
        + sign_in.purge_events(now=now)
    )
