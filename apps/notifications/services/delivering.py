"""Handing queued messages to their providers: once, again after a pause, or never again."""

import json
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import translation

from apps.core.events import publish
from apps.notifications import ports
from apps.notifications.channels.mail import send_mail
from apps.notifications.channels.sms import gateway
from apps.notifications.enums import DELIVERY_FLOW, Channel, DeliveryPerm, DeliveryStatus
from apps.notifications.errors import (
    MessageIsForgotten,
    MessageWasRefused,
    ProviderIsBusy,
    ProviderIsSilent,
    TemplateIsUnknown,
)
from apps.notifications.events import DeliveryQueued
from apps.notifications.models import Delivery
from apps.notifications.services.links import whole_link
from apps.notifications.services.sms_templates import sms_template
from apps.rbac import services as rbac
from apps.rbac.models import User

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 6
FIRST_INQUIRY = timedelta(minutes=1)  # the provider's records follow within seconds


def deliver(*, delivery_id: int, now: datetime, is_last_attempt: bool = False) -> bool:
    """
    Hand one message to its provider; whether it was this call that did. Trusted: a job.

    The conditional update is the claim, and already schedules the next attempt: a process that is
    killed here is followed by the sweep. An SMS that may be out is never sent again, a mail is.
    """
    delivery = Delivery.objects.get(pk=delivery_id)
    if not _claim(delivery, now):
        return False
    if delivery.sending_since is not None:
        since = delivery.sending_since
        settle(delivery=delivery, status=DeliveryStatus.UNKNOWN, now=now, since=since)
        return False
    try:
        provider_id = _send(delivery)
    except MessageWasRefused as error:
        settle(
            delivery=delivery, status=DeliveryStatus.FAILED, now=now, problem=error.provider_code
        )
    except TemplateIsUnknown as error:
        settle(delivery=delivery, status=DeliveryStatus.FAILED, now=now, problem=error.code)
    except ProviderIsSilent as error:
        settle(
            delivery=delivery,
            status=DeliveryStatus.UNKNOWN,
            now=now,
            problem=error.code,
            since=now,
        )
    except ProviderIsBusy as error:
        _try_later(delivery, now, error, is_last=is_last_attempt)
    else:
        settle(delivery=delivery, status=DeliveryStatus.SENT, now=now, provider_id=provider_id)
        return True
    return False


def deliver_due(*, now: datetime, limit: int = 200) -> int:
    """Send what waits: lost jobs, and attempts that are due again. Trusted: the sweep."""
    ids = Delivery.objects.due(now).order_by("next_attempt_at").values_list("pk", flat=True)
    return sum(deliver(delivery_id=delivery_id, now=now) for delivery_id in list(ids[:limit]))


@transaction.atomic
def retry_delivery(*, delivery: Delivery, actor: User, now: datetime) -> Delivery:
    """Send a failed message again, with as many attempts as a new one.

    :raises MessageIsForgotten: if it held a code
    """
    rbac.require(actor, DeliveryPerm.RETRY, delivery)
    delivery = Delivery.objects.lock(delivery)
    if delivery.is_secret:
        raise MessageIsForgotten
    DELIVERY_FLOW.move(
        delivery,
        DeliveryStatus.QUEUED,
        actor=actor,
        attempts=0,
        next_attempt_at=now,
        failed_at=None,
        problem="",
    )
    publish(DeliveryQueued(delivery_id=delivery.pk))
    return delivery


@transaction.atomic
def settle(
    *,
    delivery: Delivery,
    status: DeliveryStatus,
    now: datetime,
    provider_id: str = "",
    problem: str = "",
    since: datetime | None = None,
) -> None:
    """Write down how it ended; of an unknown end, since when. Trusted: the jobs of this app."""
    delivery = Delivery.objects.lock(delivery)
    is_unknown = status == DeliveryStatus.UNKNOWN
    DELIVERY_FLOW.move(
        delivery,
        status,
        actor=None,
        sending_since=since if is_unknown else None,
        next_attempt_at=now + FIRST_INQUIRY if is_unknown else delivery.next_attempt_at,
        provider_id=provider_id,
        problem=problem or ("no answer" if is_unknown else ""),
        sent_at=now if status == DeliveryStatus.SENT else None,
        failed_at=None if status == DeliveryStatus.SENT else now,
    )
    if delivery.is_secret:  # not a stamp of the move: those are written to the audit log
        delivery.body = ""
        delivery.save(update_fields=["body"])


def _try_later(delivery: Delivery, now: datetime, error: ProviderIsBusy, *, is_last: bool) -> None:
    if is_last or delivery.attempts + 1 >= MOST_ATTEMPTS:
        settle(delivery=delivery, status=DeliveryStatus.FAILED, now=now, problem=error.code)
        return
    Delivery.objects.filter(pk=delivery.pk).update(sending_since=None, problem=error.code)


def _claim(delivery: Delivery, now: datetime) -> bool:
    """One worker gets it; equal attempts prove that nobody was faster."""
    pause = min(FIRST_PAUSE * 2**delivery.attempts, LONGEST_PAUSE)
    on_its_way = {"sending_since": now} if delivery.channel == Channel.SMS else {}
    claimed = Delivery.objects.due(now).filter(pk=delivery.pk, attempts=delivery.attempts)
    return (
        claimed.update(attempts=F("attempts") + 1, next_attempt_at=now + pause, **on_its_way) == 1
    )


def _send(delivery: Delivery) -> str:
    match delivery.channel:
        case Channel.EMAIL:
            return _send_mail(delivery)
        case Channel.DINGTALK:
            return _send_work_notice(delivery)
    approved = sms_template(template=delivery.template)
    return gateway().send(
        phone=delivery.recipient,
        sign_name=approved.sign_name,
        template_code=approved.code,
        parameters=json.loads(delivery.body),
        key=delivery.key,
    )


def _send_mail(delivery: Delivery) -> str:
    facts = {
        "subject": delivery.subject,
        "text": delivery.body,
        "link": whole_link(link=delivery.link),
        "settings_link": _settings_link(delivery),
    }
    with translation.override(delivery.language):
        text = render_to_string("notifications/email/message.txt", facts)
        html = render_to_string("notifications/email/message.html", facts)
    return send_mail(
        to=delivery.recipient, subject=delivery.subject, text=text, html=html, key=delivery.key
    )


def _settings_link(delivery: Delivery) -> str:
    """Where its reader switches it off; who has no account can't."""
    if delivery.message is None:
        return ""
    is_staff = delivery.message.user.is_staff
    page = "/admin/notifications/message/settings/" if is_staff else "/account/notifications"
    return whole_link(link=page)


def _send_work_notice(delivery: Delivery) -> str:
    sender = ports.dingtalk()
    if sender is None:
        raise MessageWasRefused(provider_code="no DingTalk")
    return sender.send(
        user_id=int(delivery.recipient),
        subject=delivery.subject,
        text=delivery.body,
        link=whole_link(link=delivery.link),
        key=delivery.key,
    )
