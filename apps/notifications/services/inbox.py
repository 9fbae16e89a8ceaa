"""What a person has not read yet."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count

from apps.core.errors import NotFound
from apps.notifications.live import push
from apps.notifications.models import Message
from apps.rbac.models import User


@transaction.atomic
def mark_read(*, message: Message, actor: User, now: datetime) -> Message:
    """
    The reader has seen it; the first time counts. Trusted: it asks whose message it is.

    :raises NotFound: if it is somebody else's
    """
    if message.user_id != actor.pk:
        raise NotFound
    if Message.objects.unread().filter(pk=message.pk).update(read_at=now):
        push_unread(user_ids=[actor.pk])
    message.refresh_from_db()
    return message


@transaction.atomic
def mark_all_read(*, actor: User, now: datetime) -> int:
    """The reader has seen all of them; how many were new. Trusted: his own and no others."""
    marked = Message.objects.unread().filter(user=actor).update(read_at=now)
    if marked:
        push_unread(user_ids=[actor.pk])
    return marked


def unread_of(*, user: User) -> int:
    """How many messages wait for him. Trusted: his own."""
    return Message.objects.unread().filter(user=user).count()


def push_unread(*, user_ids: Sequence[int]) -> None:
    """Tell the open pages of these people how many wait. Trusted: the services of this app."""
    rows = Message.objects.unread().filter(user__in=user_ids).values("user").order_by("user")
    unread = {row["user"]: row["count"] for row in rows.annotate(count=Count("pk"))}
    for user_id in sorted(set(user_ids)):
        push(users=[user_id], topic="inbox", data={"unread": unread.get(user_id, 0)})
