"""Messages out of the house. A row first, then the provider, so that nothing is lost."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from apps.core.events import publish
from apps.notifications.channels.mail import send_mail
from apps.notifications.channels.sms import send_sms as send_by_gateway
from apps.notifications.channels.sms import template_code
from apps.notifications.enums import DELIVERY_FLOW, Channel, DeliveryStatus
from apps.notifications.errors import (
    MessageWasNotSent,
    MessageWasRefused,
    ProviderIsBusy,
    ProviderIsSilent,
)
from apps.notifications.events import DeliveryQueued
from apps.notifications.models import Delivery, masked
from apps.rbac.models import Tenant

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 6


@transaction.atomic
def send_email(
    *,
    to: str,
    subject: str,
    text: str,
    template: str,
    key: str,
    now: datetime,
    tenant: Tenant | None = None,
) -> Delivery:
    """Queue one mail; the same key is the same mail. Trusted: the caller knows the recipient."""
    fields = {"subject": subject, "body": text, "template": template, "tenant": tenant}
    return _queue(Channel.EMAIL, to, key, now, fields)


@transaction.atomic
def send_sms(
    *,
    phone: str,
    template: str,
    parameters: Mapping[str, str],
    key: str,
    now: datetime,
    tenant: Tenant | None = None,
) -> Delivery:
    """
    Queue one text message; the same key is the same message.

    Trusted: the caller knows the recipient. :raises TemplateIsUnknown: if there is none
    """
    template_code(template)
    fields = {"body": json.dumps(dict(parameters)), "template": template, "tenant": tenant}
    return _queue(Channel.SMS, phone, key, now, fields)


class CodeSender:
    """The rbac port: a code is sent while the person waits, and is worth nothing later."""

    def send(self, *, phone: str, template: str, parameters: dict[str, str]) -> None:
        """:raises MessageWasNotSent: if the provider did not take it over"""
        now = timezone.now()
        template_code(template)
        delivery = _create(
            Channel.SMS,
            phone,
            f"code:{uuid4().hex}",
            now,
            {"body": json.dumps(parameters), "template": template, "is_secret": True},
        )
        deliver(delivery_id=delivery.pk, now=now, is_last_attempt=True)
        delivery.refresh_from_db(fields=["status"])
        if delivery.status != DeliveryStatus.SENT:
            raise MessageWasNotSent


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
        _settle(delivery, DeliveryStatus.UNKNOWN, now, problem="no answer")
        return False
    is_last = is_last_attempt or delivery.attempts + 1 >= MOST_ATTEMPTS
    try:
        provider_id = _send(delivery)
    except MessageWasRefused as error:
        _settle(delivery, DeliveryStatus.FAILED, now, problem=error.provider_code)
    except ProviderIsSilent as error:
        _settle(delivery, DeliveryStatus.UNKNOWN, now, problem=error.code)
    except ProviderIsBusy as error:
        if is_last:
            _settle(delivery, DeliveryStatus.FAILED, now, problem=error.code)
        else:
            Delivery.objects.filter(pk=delivery.pk).update(sending_since=None, problem=error.code)
    else:
        _settle(delivery, DeliveryStatus.SENT, now, provider_id=provider_id)
        return True
    return False


def deliver_due(*, now: datetime, limit: int = 200) -> int:
    """Send what waits: lost jobs, and attempts that are due again. Trusted: the sweep."""
    ids = Delivery.objects.due(now).order_by("next_attempt_at").values_list("pk", flat=True)
    return sum(deliver(delivery_id=delivery_id, now=now) for delivery_id in list(ids[:limit]))


def _queue(
    channel: Channel, recipient: str, key: str, now: datetime, fields: Mapping[str, object]
) -> Delivery:
    try:
        with transaction.atomic():
            delivery = _create(channel, recipient, key, now, fields)
    except IntegrityError:
        return Delivery.objects.get(key=key)
    publish(DeliveryQueued(delivery_id=delivery.pk))
    return delivery


def _create(
    channel: Channel, recipient: str, key: str, now: datetime, fields: Mapping[str, object]
) -> Delivery:
    delivery = Delivery(
        channel=channel,
        recipient=recipient,
        recipient_masked=masked(channel, recipient),
        key=key,
        created_at=now,
        next_attempt_at=now,
        **fields,
    )
    delivery.save()
    return delivery


def _claim(delivery: Delivery, now: datetime) -> bool:
    """One worker gets it; equal attempts prove that nobody was faster."""
    pause = min(FIRST_PAUSE * 2**delivery.attempts, LONGEST_PAUSE)
    on_its_way = {"sending_since": now} if delivery.channel == Channel.SMS else {}
    claimed = Delivery.objects.due(now).filter(pk=delivery.pk, attempts=delivery.attempts)
    return (
        claimed.update(attempts=F("attempts") + 1, next_attempt_at=now + pause, **on_its_way) == 1
    )


def _send(delivery: Delivery) -> str:
    if delivery.channel == Channel.EMAIL:
        return send_mail(
            to=delivery.recipient, subject=delivery.subject, text=delivery.body, key=delivery.key
        )
    return send_by_gateway(
        phone=delivery.recipient,
        template=delivery.template,
        parameters=json.loads(delivery.body),
        key=delivery.key,
    )


@transaction.atomic
def _settle(
    delivery: Delivery,
    status: DeliveryStatus,
    now: datetime,
    *,
    provider_id: str = "",
    problem: str = "",
) -> None:
    delivery = Delivery.objects.lock(delivery)
    DELIVERY_FLOW.move(
        delivery,
        status,
        actor=None,
        sending_since=None,
        provider_id=provider_id,
        problem=problem,
        sent_at=now if status == DeliveryStatus.SENT else None,
        failed_at=None if status == DeliveryStatus.SENT else now,
    )
    if delivery.is_secret:  # not a stamp of the move: those are written to the audit log
        delivery.body = ""
        delivery.save(update_fields=["body"])
