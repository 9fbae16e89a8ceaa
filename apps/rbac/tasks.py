from celery import shared_task
from django.utils import timezone

from apps.rbac.models import SignInEvent
from apps.rbac.services import letters, sign_in, tries


@shared_task(
    name="rbac.tell_of_new_device",
    autoretry_for=(OSError,),
    retry_backoff=True,
    max_retries=5,
)
def tell_of_new_device(*, sign_in_event_id: int, **_: object) -> None:
    """Write to a user whose account was used on a new device."""
    event = SignInEvent.objects.select_related("user").get(pk=sign_in_event_id)
    letters.tell_of_new_device(event=event)


@shared_task(name="rbac.purge_sign_in_records")
def purge_sign_in_records(**_: object) -> int:
    """Drop counters and sign-ins that nobody needs any more."""
    now = timezone.now()
    return tries.purge_tries(now=now) + sign_in.purge_events(now=now)
