"""Messages out of the house. A row first, then the provider, so that nothing is lost."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.core.events import publish
from apps.notifications.enums import Channel, DeliveryStatus
from apps.notifications.errors import MessageWasNotSent
from apps.notifications.events import DeliveryQueued
from apps.notifications.models import Delivery, masked
from apps.notifications.services.delivering import deliver
from apps.notifications.services.sms_templates import sms_template
from apps.rbac.models import Tenant


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
    return queue(channel=Channel.EMAIL, recipient=to, key=key, now=now, fields=fields)


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
    sms_template(template=template)
    fields = {"body": json.dumps(dict(parameters)), "template": template, "tenant": tenant}
    return queue(channel=Channel.SMS, recipient=phone, key=key, now=now, fields=fields)


class CodeSender:
    """The rbac port: a code is sent while the person waits, and is worth nothing later."""

    def send(self, *, phone: str, template: str, parameters: dict[str, str]) -> None:
        """:raises MessageWasNotSent: if the provider did not take it over"""
        now = timezone.now()
        sms_template(template=template)
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


def queue(
    *, channel: Channel, recipient: str, key: str, now: datetime, fields: Mapping[str, Any]
) -> Delivery:
    """
    Write one delivery and have it sent, now or when `fields` say; the same key is the same.

    Trusted: the services of this app call it.
    """
    try:
        with transaction.atomic():
            delivery = _create(channel, recipient, key, now, fields)
    except IntegrityError:
        return Delivery.objects.get(key=key)
    if delivery.next_attempt_at <= now:  # else the sweep finds it when its time has come
        publish(DeliveryQueued(delivery_id=delivery.pk))
    return delivery


def _create(
    channel: Channel, recipient: str, key: str, now: datetime, fields: Mapping[str, Any]
) -> Delivery:
    delivery = Delivery(
        channel=channel,
        recipient=recipient,
        recipient_masked=masked(channel, recipient),
        key=key,
        created_at=now,
        **{"next_attempt_at": now, **fields},
    )
    delivery.save()
    return delivery
