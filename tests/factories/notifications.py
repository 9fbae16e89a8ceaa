from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from apps.notifications.enums import Channel
from apps.notifications.models import Delivery
from tests.factories.rbac import TenantFactory

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
