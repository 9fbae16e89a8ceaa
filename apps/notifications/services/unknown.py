"""Text messages that may be out: their provider is asked until it knows."""

from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from apps.notifications.channels.sms import Fate, gateway
from apps.notifications.enums import DeliveryStatus
from apps.notifications.errors import MessageWasRefused, ProviderIsBusy, ProviderIsSilent
from apps.notifications.models import Delivery
from apps.notifications.services.delivering import FIRST_INQUIRY, settle

LONGEST_PAUSE = timedelta(hours=6)
LOST_AFTER = timedelta(minutes=30)  # what the provider does not know by then, it never got


def ask_unknown(*, now: datetime, limit: int = 50) -> int:
    """Ask the provider what became of messages without an answer; how many are settled.

    Trusted: the sweep. After three days nobody asks any more, and the outcome stays unknown.
    """
    ids = (
        Delivery.objects.to_ask_about(now).order_by("next_attempt_at").values_list("pk", flat=True)
    )
    return sum(_ask(delivery_id, now) for delivery_id in list(ids[:limit]))


def _ask(delivery_id: int, now: datetime) -> bool:
    delivery = Delivery.objects.get(pk=delivery_id)
    pause = min(FIRST_INQUIRY * 2**delivery.inquiries, LONGEST_PAUSE)
    claimed = Delivery.objects.to_ask_about(now).filter(
        pk=delivery_id, inquiries=delivery.inquiries
    )
    if claimed.update(inquiries=F("inquiries") + 1, next_attempt_at=now + pause) != 1:
        return False
    since = delivery.sending_since or delivery.failed_at or delivery.created_at
    try:
        report = gateway().find(phone=delivery.recipient, key=delivery.key, days=_days(since))
    except (MessageWasRefused, ProviderIsBusy, ProviderIsSilent):
        return False
    if report.fate == Fate.OUT:
        settle(delivery=delivery, status=DeliveryStatus.SENT, now=now)
    elif report.fate == Fate.FAILED:
        settle(delivery=delivery, status=DeliveryStatus.FAILED, now=now, problem=report.problem)
    elif now - since >= LOST_AFTER:
        settle(
            delivery=delivery, status=DeliveryStatus.FAILED, now=now, problem="provider has none"
        )
    else:
        return False
    return True


def _days(since: datetime) -> list[str]:
    """The provider files by its own day: around midnight that may be the next one."""
    moments = (since, since + timedelta(minutes=1))
    return sorted({f"{timezone.localtime(moment):%Y%m%d}" for moment in moments})
