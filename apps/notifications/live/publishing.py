from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from apps.core.events import NotInTransaction
from apps.notifications.live import wake
from apps.notifications.models.live import LiveEvent


def push(*, users: Iterable[int], topic: str, data: Mapping[str, object]) -> None:
    """Tell every open page of these users (ids), once the caller's transaction has committed.

    Trusted: whoever calls this knows whose business it is. `data` is JSON, small, and says which
    thing moved and whereto; pages read the rest through doors that ask for permissions.
    :raises NotInTransaction: if there is no transaction that could still fail
    """
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(f"live {topic}")
    now = timezone.now()
    LiveEvent.objects.bulk_create(
        LiveEvent(user_id=user_id, topic=topic, data=dict(data), created_at=now)
        for user_id in sorted(set(users))
    )
    transaction.on_commit(wake.everybody, robust=True)
