"""One mail for what could wait."""

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext, ngettext

from apps.notifications.enums import Channel
from apps.notifications.models import Message
from apps.notifications.services.links import whole_link
from apps.notifications.services.queueing import queue
from apps.rbac.models import User

TEMPLATE = "notifications.digest"
MOST = 50  # further ones are counted: the inbox has them


def send_digests(*, now: datetime) -> int:
    """Queue one mail for each person whose messages have waited long enough; how many mails.

    Trusted: the sweep. The rows are claimed in the transaction of the mail.
    """
    waiting = Message.objects.waiting_for_digest(now).order_by("user")
    return sum(_send(user_id, now) for user_id in waiting.values_list("user", flat=True).distinct())


@transaction.atomic
def _send(user_id: int, now: datetime) -> bool:
    user = User.objects.select_related("tenant").get(pk=user_id)
    waiting = Message.objects.waiting_for_digest(now).filter(user=user)
    messages = list(waiting.select_for_update().order_by("pk"))  # another sweep waits here
    ids = [message.pk for message in messages]
    Message.objects.filter(pk__in=ids).update(digested_at=now)
    if not ids or not user.is_active:
        return False
    with translation.override(user.language):
        subject = ngettext("%(n)d message for you", "%(n)d messages for you", len(ids))
        queue(
            channel=Channel.EMAIL,
            recipient=user.email,
            key=f"digest:{user.pk}:{ids[-1]}",
            now=now,
            fields={
                "template": TEMPLATE,
                "tenant": user.tenant,
                "language": user.language,
                "subject": subject % {"n": len(ids)},
                "body": _body(messages),
                "link": "/messages" if not user.is_staff else "/admin/notifications/message/",
                "message": messages[-1],
            },
        )
    return True


def _body(messages: list[Message]) -> str:
    parts = [
        "\n".join(filter(None, [message.subject, whole_link(link=message.link)]))
        for message in messages[:MOST]
    ]
    if len(messages) > MOST:
        parts.append(gettext("… and %(n)d more in your inbox.") % {"n": len(messages) - MOST})
    return "\n\n".join(parts)
