import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections

from apps.core.models import AuditEntry, OutboxEvent
from apps.notifications import services, tasks
from apps.notifications.enums import DeliveryStatus
from apps.notifications.errors import MessageWasNotSent, TemplateIsUnknown
from apps.notifications.models import Delivery
from apps.rbac import ports
from tests.factories.notifications import DeliveryFactory

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

SMS = {"phone": "+8613800138000", "template": "rbac.verification_code"}


def queue_mail(now, **changes):
    fields = {"to": "li@example.com", "subject": "充值成功", "text": "¥88.80 已到账"}
    return services.send_email(
        **{**fields, "template": "billing.receipt", "key": "receipt-1", "now": now, **changes}
    )


def queue_sms(now, key="sms-1"):
    return services.send_sms(**SMS, parameters={"code": "482913"}, key=key, now=now)


def deliver(delivery, now):
    outcome = services.deliver(delivery_id=delivery.pk, now=now)
    delivery.refresh_from_db()
    return outcome


def test_a_mail_is_queued_once_per_key_and_told(now):
    first, second = queue_mail(now), queue_mail(now)

    assert first == second
    assert OutboxEvent.objects.get().payload == {"delivery_id": first.pk}


def test_sends_a_mail_over_the_wire(now, post_office):
    delivery = queue_mail(now)

    assert deliver(delivery, now) is True

    mail = post_office.state.messages()[0]
    assert (mail.recipient, mail.subject) == ("li@example.com", "充值成功")
    assert mail.text.strip() == "¥88.80 已到账"
    assert (delivery.status, delivery.sent_at) == (DeliveryStatus.SENT, now)


def test_sends_an_sms_over_the_wire(now, post_office):
    delivery = queue_sms(now)

    assert deliver(delivery, now) is True

    message = post_office.state.messages()[0]
    assert (message.recipient, message.code) == ("13800138000", "482913")
    assert delivery.provider_id == message.id


def test_sends_nothing_twice(now, post_office):
    delivery = queue_sms(now)

    assert [deliver(delivery, now) for _ in range(2)] == [True, False]
    assert len(post_office.state.messages()) == 1


def test_a_busy_provider_is_asked_again_later(now, post_office):
    delivery = queue_sms(now)
    post_office.faults.add("429", "SendSms")

    first = deliver(delivery, now)
    too_early = deliver(delivery, now + timedelta(seconds=29))
    status_meanwhile = delivery.status
    later = deliver(delivery, now + timedelta(seconds=31))

    assert (first, too_early, later) == (False, False, True)
    assert status_meanwhile == DeliveryStatus.QUEUED
    assert delivery.attempts == 2


@pytest.mark.parametrize("kind", ["500_after_success", "drop_after_success", "malformed"])
def test_an_sms_without_an_answer_is_unknown_and_stays_it(now, post_office, kind):
    delivery = queue_sms(now)
    post_office.faults.add(kind, "SendSms")

    deliver(delivery, now)
    again = deliver(delivery, now + timedelta(days=1))

    assert delivery.status == DeliveryStatus.UNKNOWN
    assert again is False
    assert len(post_office.state.messages()) == 1


def test_an_sms_whose_process_was_killed_is_unknown(now, post_office):
    delivery = DeliveryFactory(sms=True, sending_since=now, attempts=1)

    deliver(delivery, now)

    assert delivery.status == DeliveryStatus.UNKNOWN
    assert post_office.state.messages() == []


def test_a_mail_whose_process_was_killed_is_sent_by_the_sweep(now, post_office):
    delivery = DeliveryFactory(attempts=1)

    assert services.deliver_due(now=now) == 1
    assert services.deliver_due(now=now) == 0

    delivery.refresh_from_db()
    assert delivery.status == DeliveryStatus.SENT


def test_a_refused_message_says_why(now, post_office):
    delivery = services.send_sms(
        phone="+861", template=SMS["template"], parameters={"code": "1"}, key="k", now=now
    )

    deliver(delivery, now)

    assert (delivery.status, delivery.problem) == (
        DeliveryStatus.FAILED,
        "isv.MOBILE_NUMBER_ILLEGAL",
    )


def test_gives_up_after_six_attempts(now, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    delivery = queue_mail(now)

    for attempt in range(7):
        deliver(delivery, now + timedelta(hours=attempt))

    assert (delivery.status, delivery.attempts) == (DeliveryStatus.FAILED, 6)


def test_an_unknown_template_is_refused_at_once(now):
    with pytest.raises(TemplateIsUnknown):
        services.send_sms(phone="+8613800138000", template="x", parameters={}, key="k", now=now)
    assert Delivery.objects.count() == 0


class TestCodes:
    """What sign-up and sign-in send through rbac's port."""

    def test_is_there_before_the_person_looks(self, post_office):
        ports.sms_sender().send(**SMS, parameters={"code": "482913"})

        assert [message.code for message in post_office.state.messages()] == ["482913"]
        delivery = Delivery.objects.get()
        assert (delivery.status, delivery.body) == (DeliveryStatus.SENT, "")

    def test_says_when_it_was_not_sent_and_sends_no_stale_code_later(self, post_office, now):
        post_office.faults.add("429", "SendSms")

        with pytest.raises(MessageWasNotSent):
            ports.sms_sender().send(**SMS, parameters={"code": "482913"})

        assert Delivery.objects.get().status == DeliveryStatus.FAILED
        assert services.deliver_due(now=now + timedelta(days=1)) == 0
        assert post_office.state.messages() == []

    def test_somebody_sends(self):
        assert isinstance(ports.sms_sender(), services.CodeSender)


def test_neither_number_nor_code_lies_in_clear_anywhere(now, post_office, caplog):
    with caplog.at_level(logging.DEBUG):
        post_office.faults.add("500", "SendSms")
        for key in ("a", "b"):
            deliver(queue_sms(now, key), now)
    tables = ("delivery", "historicaldelivery")

    with connection.cursor() as cursor:
        stored = ""
        for table in tables:
            cursor.execute(f"SELECT * FROM notifications_{table}")  # noqa: S608
            stored += str(cursor.fetchall())
    stored += str(list(AuditEntry.objects.values())) + str(list(OutboxEvent.objects.values()))

    assert "482913" not in stored + caplog.text
    assert "13800138000" not in stored + caplog.text


def test_finds_the_messages_to_a_number(now):
    delivery = queue_sms(now)

    assert Delivery.objects.get(recipient_index__matches="+86 138-0013-8000") == delivery


def test_the_job_sends_what_was_queued(now, post_office, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        delivery = queue_mail(now)

    delivery.refresh_from_db()
    assert delivery.status == DeliveryStatus.SENT
    assert tasks.deliver_due() == 0


@pytest.mark.django_db(transaction=True)
def test_sixteen_workers_send_one_message(now, post_office):
    delivery = DeliveryFactory(sms=True)

    def work(_):
        try:
            return services.deliver(delivery_id=delivery.pk, now=now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(work, range(16)))

    assert outcomes.count(True) == 1
    assert len(post_office.state.messages()) == 1
