"""The demo's messages: what is old was told long ago, the last two weeks lie in the inboxes."""

from datetime import datetime, timedelta

from apps.core import events
from apps.core.models import OutboxDelivery, OutboxEvent
from apps.customers.events import CustomerVerified
from apps.customers.models import Customer
from apps.notifications import services as notifications
from apps.notifications.enums import DeliveryStatus
from apps.notifications.models import Delivery, Message
from apps.notifications.services.delivering import settle
from apps.rbac.models import User
from kboss.demo.business import at

RECENT = timedelta(days=14)
UNREAD_SINCE = timedelta(days=1)
READ_WITHIN = timedelta(hours=3)
# What the sandbox's SMS gateway knows.
SMS_TEMPLATES = {
    "orders.completed": "SMS_ORDER_COMPLETED",
    "billing.recharge_paid": "SMS_RECHARGE_PAID",
}


def tell_the_news(*, boss: User, until: datetime) -> None:
    """Run the receivers that tell people, each on the clock of its event."""
    with at(until - RECENT) as now:
        _set_up(boss, now)
    waiting = OutboxDelivery.objects.filter(done_at=None, receiver__contains=".receivers.tell_")
    waiting.filter(event__published_at__lt=until - RECENT).update(done_at=until)
    for delivery in waiting.select_related("event").order_by("event__published_at", "pk"):
        with at(_moment(delivery.event)) as now:
            if now < until - RECENT:
                OutboxDelivery.objects.filter(pk=delivery.pk).update(done_at=now)
            else:
                events.deliver(delivery_id=delivery.pk, now=now)
    _send(until - UNREAD_SINCE)
    _read(until - UNREAD_SINCE)


def _moment(event: OutboxEvent) -> datetime:
    """Customers were verified long ago, although their rows are as new as the demo."""
    if event.kind == events.kind_of(CustomerVerified):
        customer = Customer.objects.get(pk=event.payload["customer_id"])
        return customer.verified_at or event.published_at
    return event.published_at


def _set_up(boss: User, now: datetime) -> None:
    for kind, code in SMS_TEMPLATES.items():
        notifications.edit_sms_template(kind=kind, sign_name="", code=code, actor=boss, now=now)
    notifications.edit_text(
        kind="orders.completed",
        channel="email",
        language="zh-hans",
        subject="您的订单 {{number}} 已就绪",
        text="您好！\n\n订单 {{number}} 中的产品已全部开通：\n\n{{products}}\n\n"
        "使用中有任何问题，请随时联系我们。",
        actor=boss,
        now=now,
    )


def _send(before: datetime) -> None:
    """Mails of earlier days have arrived; those of today still go to the sandbox's mailbox."""
    earlier = Delivery.objects.filter(status=DeliveryStatus.QUEUED, created_at__lt=before)
    for delivery in earlier.order_by("pk"):
        with at(delivery.created_at + timedelta(seconds=2)) as now:
            provider_id = f"<{delivery.key}@kboss>"
            settle(delivery=delivery, status=DeliveryStatus.SENT, now=now, provider_id=provider_id)


def _read(before: datetime) -> None:
    for message in Message.objects.unread().filter(created_at__lt=before).select_related("user"):
        with at(message.created_at + READ_WITHIN) as now:
            notifications.mark_read(message=message, actor=message.user, now=now)
