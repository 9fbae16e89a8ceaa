from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connections

from apps.notifications import services
from apps.notifications.enums import Channel, Digest
from apps.notifications.models import Delivery
from apps.rbac.models import User
from tests.notifications.kinds import tell

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

SHANGHAI = ZoneInfo("Asia/Shanghai")


def channels_of(user):
    return [row.channel for row in Delivery.objects.filter(message__user=user).order_by("pk")]


class TestDigest:
    @pytest.fixture
    def collector(self, reader, now) -> User:
        services.set_times(
            quiet_from=None, quiet_until=None, digest=Digest.DAILY, actor=reader, now=now
        )
        return reader

    def test_one_mail_a_day_with_all_that_could_wait(self, collector, now, post_office):
        for number in range(3):
            tell([collector], now, "test.waits", key=f"fact:{number}", link=f"/orders/{number}")
        morning = datetime(2026, 11, 21, 9, tzinfo=SHANGHAI)
        assert Delivery.objects.count() == 0

        too_early = services.send_digests(now=morning - timedelta(seconds=1))
        sent = services.send_digests(now=morning)
        again = services.send_digests(now=morning)
        services.deliver_due(now=morning)

        assert (too_early, sent, again) == (0, 1, 0)
        (mail,) = post_office.state.messages()
        assert mail.recipient == "li@example.com"
        assert mail.subject == "您有 3 条消息"
        assert [mail.text.count(f"/orders/{number}") for number in range(3)] == [1, 1, 1]

    def test_what_cannot_wait_does_not(self, collector, now):
        tell([collector], now, "test.plain")
        tell([collector], now, "test.urgent", key="fact:2")

        assert channels_of(collector) == [Channel.EMAIL, Channel.EMAIL]
        assert services.send_digests(now=now + timedelta(days=2)) == 0

    def test_leaves_after_the_quiet_hours(self, collector, now):
        services.set_times(
            quiet_from=time(8), quiet_until=time(10), digest=Digest.DAILY, actor=collector, now=now
        )

        (message,) = tell([collector], now, "test.waits")

        assert message.digest_at == datetime(2026, 11, 21, 10, tzinfo=SHANGHAI)

    def test_not_for_what_is_switched_off(self, collector, now):
        services.set_preference(
            kind="test.waits", channel=Channel.EMAIL, is_on=False, actor=collector, now=now
        )

        (message,) = tell([collector], now, "test.waits")

        assert message.digest_at is None

    def test_who_left_gets_none(self, collector, now):
        tell([collector], now, "test.waits")
        User.objects.filter(pk=collector.pk).update(is_active=False)

        assert services.send_digests(now=now + timedelta(days=2)) == 0
        assert Delivery.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_eight_sweeps_at_once_send_one_digest(reader, now):
    services.set_times(
        quiet_from=None, quiet_until=None, digest=Digest.HOURLY, actor=reader, now=now
    )
    for number in range(3):
        tell([reader], now, "test.waits", key=f"fact:{number}")

    def sweep(_):
        try:
            return services.send_digests(now=now + timedelta(hours=1))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        sent = sum(pool.map(sweep, range(8)))

    assert sent == Delivery.objects.count() == 1
