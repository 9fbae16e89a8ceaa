from celery import shared_task
from django.utils import timezone

from apps.notifications import services
from apps.notifications.live import table
from apps.notifications.services import dingtalk


@shared_task(name="notifications.deliver")
def deliver(*, delivery_id: int, **_: object) -> bool:
    """Send one message."""
    return services.deliver(delivery_id=delivery_id, now=timezone.now())


@shared_task(name="notifications.deliver_due")
def deliver_due(**_: object) -> int:
    """Send what is due again, and what a lost job left behind."""
    return services.deliver_due(now=timezone.now())


@shared_task(name="notifications.ask_unknown")
def ask_unknown(**_: object) -> int:
    """Ask the SMS provider about messages without an answer."""
    return services.ask_unknown(now=timezone.now())


@shared_task(name="notifications.send_digests")
def send_digests(**_: object) -> int:
    """Send the mails that collect what could wait."""
    return services.send_digests(now=timezone.now())


@shared_task(name="notifications.prune_live_events")
def prune_live_events(**_: object) -> int:
    """Forget live events that no page will ask for any more."""
    return table.prune(now=timezone.now())


@shared_task(name="notifications.prune_dingtalk_events")
def prune_dingtalk_events(**_: object) -> int:
    """Forget what DingTalk told us long ago."""
    return dingtalk.prune_events(now=timezone.now())
