from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from apps.notifications.enums import Channel
from apps.notifications.models import Delivery, Message, SmsTemplate, TemplateText
from tests.factories.rbac import TenantFactory, UserFactory

CREATED = datetime(2026, 11, 20, tzinfo=UTC)


class DeliveryFactory(DjangoModelFactory):
    """A mail that waits."""

    class Meta:
        model = Delivery

    class Params:
        sms = factory.Trait(
            channel=Channel.SMS,
            recipient="+8613800138000",
            recipient_masked="138****8000",
            template="rbac.verification_code",
            subject="",
            body='{"code": "482913"}',
        )

    tenant = factory.SubFactory(TenantFactory)
    channel = Channel.EMAIL
    template = "billing.receipt"
    recipient = "li@example.com"
    recipient_masked = "l***@example.com"
    subject = "充值成功"
    body = "您的充值 ¥88.80 已到账。"
    key = factory.Sequence("delivery-{}".format)
    next_attempt_at = CREATED
    created_at = CREATED


class MessageFactory(DjangoModelFactory):
    """An unread message in somebody's inbox."""

    class Meta:
        model = Message

    user = factory.SubFactory(UserFactory)
    kind = "billing.recharge_paid"
    subject = "充值 ¥88.80 已到账"
    text = "您的充值已到账。"
    link = "/wallet/recharges/1"
    key = factory.Sequence("message-{}".format)
    created_at = CREATED


class TemplateTextFactory(DjangoModelFactory):
    """Other words for a mail."""

    class Meta:
        model = TemplateText

    kind = "billing.recharge_paid"
    channel = Channel.EMAIL
    language = "zh-hans"
    subject = "到账 {{amount}}"
    text = "{{number}} 已到账 {{amount}}。"
    changed_at = CREATED


class SmsTemplateFactory(DjangoModelFactory):
    class Meta:
        model = SmsTemplate

    kind = factory.Sequence("kind-{}".format)
    sign_name = "Kboss"
    code = "SMS_1"
    changed_at = CREATED
