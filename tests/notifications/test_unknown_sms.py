from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.notifications import services
from apps.notifications.enums import DeliveryStatus
from tests.factories.notifications import DeliveryFactory
from tests.notifications.test_deliveries import deliver, queue_sms

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def today():
    """The gateway files messages by the day on the wall."""
    return datetime.now(ZoneInfo("Asia/Shanghai"))


def lose(post_office, now, kind="drop_after_success", key="sms-1"):
    post_office.faults.add(kind, "SendSms")
    delivery = queue_sms(now, key)
    deliver(delivery, now)
    assert delivery.status == DeliveryStatus.UNKNOWN
    return delivery


def ask(delivery, now):
    settled = services.ask_unknown(now=now)
    delivery.refresh_from_db()
    return settled


def test_one_that_was_sent_is_found_by_our_key(post_office, today):
    delivery = lose(post_office, today)
    deliver(queue_sms(today, "sms-2"), today)

    too_early = ask(delivery, today + timedelta(seconds=59))
    settled = ask(delivery, today + timedelta(seconds=61))

    assert (too_early, settled) == (0, 1)
    assert delivery.status == DeliveryStatus.SENT
    assert delivery.sending_since is None
    assert len(post_office.state.messages()) == 2


def test_one_that_the_provider_never_got_has_failed_after_half_an_hour(post_office, today):
    delivery = lose(post_office, today, "500")

    moments = [today + timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 16, 29)]
    meanwhile = [ask(delivery, moment + timedelta(seconds=1)) for moment in moments]
    asked = delivery.inquiries
    settled = ask(delivery, today + timedelta(minutes=33))

    assert meanwhile == [0] * 6
    assert asked == 5
    assert settled == 1
    assert (delivery.status, delivery.problem) == (DeliveryStatus.FAILED, "provider has none")
    assert post_office.state.messages() == []


def test_a_silent_provider_is_asked_again_for_three_days(post_office, today):
    delivery = lose(post_office, today)
    post_office.faults.add("500", "QuerySendDetails")

    first = ask(delivery, today + timedelta(minutes=2))
    later = ask(delivery, today + timedelta(minutes=5))

    assert (first, later) == (0, 1)
    assert delivery.status == DeliveryStatus.SENT


def test_nobody_asks_after_three_days(post_office, today):
    delivery = lose(post_office, today)

    assert ask(delivery, today + timedelta(days=3, seconds=1)) == 0
    assert (delivery.status, delivery.inquiries) == (DeliveryStatus.UNKNOWN, 0)


def test_a_killed_process_is_asked_about_its_day(post_office, today):
    """It had claimed the message the evening before; the sweep found it in the morning."""
    began = today - timedelta(hours=20)
    delivery = DeliveryFactory(sms=True, sending_since=began, attempts=1)
    deliver(delivery, today)

    assert delivery.sending_since == began
    assert ask(delivery, today + timedelta(minutes=2)) == 1
    assert delivery.status == DeliveryStatus.FAILED


def test_neither_number_nor_code_reaches_the_log(post_office, today, caplog):
    with caplog.at_level("DEBUG"):
        delivery = lose(post_office, today)
        ask(delivery, today + timedelta(minutes=2))

    assert delivery.status == DeliveryStatus.SENT
    assert "482913" not in caplog.text
    assert "13800138000" not in caplog.text
