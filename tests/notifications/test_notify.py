import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from apps.core.models import OutboxEvent
from apps.core.retry import retry_txn
from apps.notifications import ports, services
from apps.notifications.enums import Channel, DeliveryStatus, Digest
from apps.notifications.errors import (
    FactsDoNotFit,
    KeyIsTooLong,
    KindIsMandatory,
    KindIsUnknown,
)
from apps.notifications.models import Delivery, Message, ThrottleMark
from apps.notifications.models.live import LiveEvent
from apps.notifications.ports import Address, Recipients
from apps.rbac.models import User
from tests.factories.notifications import SmsTemplateFactory
from tests.factories.rbac import UserFactory
from tests.notifications.kinds import FACTS, tell

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

SHANGHAI = ZoneInfo("Asia/Shanghai")


def channels_of(user):
    return [row.channel for row in Delivery.objects.filter(message__user=user).order_by("pk")]


def test_tells_in_the_inbox_and_by_the_kinds_channels(reader, now):
    (message,) = tell([reader], now, link="/orders/7")

    assert (message.user, message.subject) == (reader, "到账 ¥8.80")
    assert message.text == "李雷 您好：\n\n¥8.80 已到账。"
    assert (message.link, message.created_at, message.read_at) == ("/orders/7", now, None)
    delivery = Delivery.objects.get()
    assert (delivery.channel, delivery.recipient) == (Channel.EMAIL, "li@example.com")
    assert (delivery.subject, delivery.body) == (message.subject, message.text)
    assert (delivery.message, delivery.tenant) == (message, reader.tenant)
    assert delivery.key == f"message:{message.pk}:email"
    assert OutboxEvent.objects.get().payload == {"delivery_id": delivery.pk}


def test_each_reads_his_own_language(now):
    english = UserFactory(language="en")

    (message,) = tell([english], now)

    assert message.subject == "¥8.80 arrived"


def test_the_same_key_is_the_same_message(reader, now):
    first, again = tell([reader], now), tell([reader], now + timedelta(days=1))
    other = tell([reader], now, key="fact:2")

    assert first == again != other
    assert Message.objects.count() == 2
    assert Delivery.objects.count() == 2


def test_somebody_new_is_told_of_a_known_fact(reader, now):
    tell([reader], now)

    tell([reader, UserFactory()], now)

    assert Message.objects.count() == 2


def test_nobody_is_told_who_left(now):
    assert tell([UserFactory(is_active=False)], now) == []
    assert Message.objects.count() == 0


@pytest.mark.parametrize("facts", [{}, {"name": "x"}, {**FACTS, "more": "x"}])
def test_facts_must_be_those_of_the_kind(reader, now, facts):
    with pytest.raises(FactsDoNotFit):
        tell([reader], now, facts=facts)
    assert Message.objects.count() == 0


def test_an_unknown_kind_and_an_endless_key_are_refused(reader, now):
    with pytest.raises(KindIsUnknown):
        tell([reader], now, kind="test.nothing")
    with pytest.raises(KeyIsTooLong):
        tell([reader], now, key="k" * 101)
    assert Message.objects.count() == 0


def test_facts_cannot_bring_placeholders_or_headers(reader, now):
    facts = {"name": "{{amount}} <b>", "amount": "¥1\r\nBcc: eve@example.com"}

    (message,) = tell([reader], now, facts=facts)

    assert message.subject == "到账 ¥1 Bcc: eve@example.com"
    assert message.text.startswith("{{amount}} <b> 您好")


def test_open_pages_hear_how_many_are_unread(reader, now):
    tell([reader], now)
    tell([reader], now, key="fact:2")
    tell([reader], now, key="fact:2")

    heard = LiveEvent.objects.filter(user=reader, topic="inbox").order_by("pk")
    assert [event.data for event in heard] == [{"unread": 1}, {"unread": 2}]


class TestChannels:
    def test_an_sms_needs_a_template_that_the_provider_approved(self, reader, now):
        tell([reader], now, "test.everywhere")
        SmsTemplateFactory(kind="test.everywhere")
        tell([reader], now, "test.everywhere", key="fact:2")

        assert channels_of(reader) == [Channel.EMAIL, Channel.EMAIL, Channel.SMS]
        sms = Delivery.objects.get(channel=Channel.SMS)
        assert (sms.recipient, json.loads(sms.body)) == ("+8613800138000", {"amount": "¥8.80"})
        assert "13800138000" not in sms.recipient_masked

    def test_who_has_no_number_gets_none(self, now):
        SmsTemplateFactory(kind="test.everywhere")
        user = UserFactory(phone=None)

        tell([user], now, "test.everywhere")

        assert channels_of(user) == [Channel.EMAIL]

    def test_dingtalk_for_those_it_knows(self, reader, now, work_notices):
        work_notices.known = {reader.pk}
        other = UserFactory()
        tell([reader, other], now, "test.everywhere", link="/orders/7")
        delivery = Delivery.objects.get(channel=Channel.DINGTALK)

        assert services.deliver(delivery_id=delivery.pk, now=now) is True

        assert channels_of(other) == [Channel.EMAIL]
        delivery.refresh_from_db()
        assert (delivery.status, delivery.provider_id) == (DeliveryStatus.SENT, "notice-1")
        (notice,) = work_notices.sent
        assert (notice["user_id"], notice["subject"]) == (reader.pk, "到账 ¥8.80")
        assert str(notice["link"]).endswith("/orders/7")
        assert str(notice["link"]).startswith("http")


class TestPreferences:
    def choose(self, user, kind, channel, is_on, now):
        services.set_preference(kind=kind, channel=channel, is_on=is_on, actor=user, now=now)

    def test_what_is_switched_off_stays_in_the_inbox_alone(self, reader, now):
        self.choose(reader, "test.plain", Channel.EMAIL, False, now)

        tell([reader], now)

        assert Message.objects.filter(user=reader).count() == 1
        assert Delivery.objects.count() == 0

    def test_a_channel_can_be_added(self, reader, now, work_notices):
        work_notices.known = {reader.pk}
        self.choose(reader, "test.plain", Channel.DINGTALK, True, now)

        tell([reader], now)

        assert channels_of(reader) == [Channel.EMAIL, Channel.DINGTALK]

    def test_what_is_mandatory_can_be_had_by_more_channels(self, reader, now, work_notices):
        work_notices.known = {reader.pk}
        self.choose(reader, "test.mandatory", Channel.DINGTALK, True, now)
        with pytest.raises(KindIsMandatory):
            self.choose(reader, "test.mandatory", Channel.EMAIL, False, now)

        tell([reader], now, "test.mandatory")

        assert channels_of(reader) == [Channel.EMAIL, Channel.DINGTALK]

    def test_of_one_kind_is_not_of_another(self, reader, now):
        self.choose(reader, "test.plain", Channel.EMAIL, False, now)

        tell([reader], now, "test.waits")

        assert channels_of(reader) == [Channel.EMAIL]


class TestQuietHours:
    @pytest.fixture
    def sleeper(self, reader, now) -> User:
        services.set_times(
            quiet_from=time(22),
            quiet_until=time(8),
            digest=Digest.NONE,
            actor=reader,
            now=now,
        )
        return reader

    @pytest.mark.parametrize(
        ("clock", "leaves"),
        [
            ("20T21:59:59", "20T21:59:59"),
            ("20T22:00:00", "21T08:00:00"),
            ("21T00:00:00", "21T08:00:00"),
            ("21T07:59:59", "21T08:00:00"),
            ("21T08:00:00", "21T08:00:00"),
        ],
    )
    def test_over_midnight(self, sleeper, clock, leaves):
        moment, expected = (
            datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI)
            for text in (clock, leaves)
        )

        (message,) = tell([sleeper], moment)

        assert message.created_at == moment
        assert Delivery.objects.get().next_attempt_at == expected
        is_now = moment == expected
        assert OutboxEvent.objects.filter(kind__endswith="DeliveryQueued").count() == is_now

    def test_what_waited_is_sent_by_the_sweep(self, sleeper, post_office):
        night = datetime(2026, 11, 20, 23, tzinfo=SHANGHAI)
        tell([sleeper], night)

        assert services.deliver_due(now=night + timedelta(hours=8)) == 0
        assert services.deliver_due(now=night + timedelta(hours=9)) == 1

        assert len(post_office.state.messages()) == 1

    def test_what_is_urgent_does_not_wait(self, sleeper):
        night = datetime(2026, 11, 20, 23, tzinfo=SHANGHAI)

        tell([sleeper], night, "test.urgent")

        assert Delivery.objects.get().next_attempt_at == night


class TestThrottle:
    def test_disturbs_once_an_hour_and_fills_the_inbox(self, reader, now):
        for minutes in (0, 1, 59, 60, 61):
            moment = now + timedelta(minutes=minutes)
            tell([reader], moment, "test.throttled", key=f"fact:{minutes}")

        sent = Delivery.objects.order_by("pk").values_list("created_at", flat=True)
        assert list(sent) == [now, now + timedelta(hours=1)]
        assert Message.objects.count() == 5

    def test_each_person_and_kind_for_itself(self, reader, now):
        tell([reader, UserFactory()], now, "test.throttled")
        tell([reader], now, key="fact:2")

        assert Delivery.objects.count() == 3


class TestCustomers:
    """CUS-6: contacts by their roles, with an account or without."""

    @pytest.fixture
    def contacts(self, reader):
        asked = []
        address = Address("contact:12", email="zhang@example.com", phone="+8613900139000")

        def find(customer_id, roles):
            asked.append((customer_id, roles))
            return Recipients(users=[reader], addresses=[address])

        before = list(ports._contact_finder)
        ports.register_contacts(find)
        yield asked
        ports._contact_finder[:] = before

    def tell(self, now):
        return services.notify_customer(
            kind="test.everywhere", customer_id=7, facts=FACTS, key="fact:1", now=now
        )

    def test_asks_for_the_roles_of_the_kind(self, contacts, reader, now):
        messages = self.tell(now)

        assert contacts == [(7, frozenset({"finance"}))]
        assert [message.user for message in messages] == [reader]
        outside = Delivery.objects.get(message=None)
        assert (outside.recipient, outside.key) == (
            "zhang@example.com",
            "fact:1:contact:12:email",
        )

    def test_writes_to_an_address_once(self, contacts, now):
        SmsTemplateFactory(kind="test.everywhere")
        self.tell(now)
        self.tell(now)

        outside = Delivery.objects.filter(message=None).order_by("pk")
        assert [row.channel for row in outside] == [Channel.EMAIL, Channel.SMS]

    def test_throttles_an_address(self, now):
        to = [Address("contact:12", email="zhang@example.com")]
        told = [
            services.notify_addresses(
                kind="test.throttled",
                to=to,
                facts=FACTS,
                key=f"fact:{minutes}",
                now=now + timedelta(minutes=minutes),
            )
            for minutes in (0, 59, 60)
        ]

        assert told == [1, 0, 1]

    @pytest.mark.parametrize(
        ("kind", "clock", "leaves"),
        [
            ("test.plain", "21:59", "21:59"),
            ("test.plain", "22:00", "08:00"),
            ("test.plain", "07:59", "08:00"),
            ("test.plain", "08:00", "08:00"),
            ("test.waits", "12:00", "12:00"),
            ("test.urgent", "23:00", "23:00"),
        ],
    )
    def test_lets_people_without_an_account_sleep(self, now, kind, clock, leaves):
        """They cannot choose, so the night is quiet, and nothing is collected."""
        hour, minute = map(int, clock.split(":"))
        at = now.replace(hour=hour, minute=minute)

        services.notify_addresses(
            kind=kind,
            to=[Address("contact:12", email="zhang@example.com")],
            facts=FACTS,
            key="fact:1",
            now=at,
        )

        row = Delivery.objects.get()
        assert f"{row.next_attempt_at.astimezone(at.tzinfo):%H:%M}" == leaves
        assert row.next_attempt_at - at < timedelta(hours=11)


def test_asks_as_often_about_preferences_for_ten_as_for_one(now):
    people = UserFactory.create_batch(11)

    def count(to, key):
        with CaptureQueriesContext(connection) as queries:
            tell(to, now, key=key)
        asked = [row["sql"] for row in queries if row["sql"].startswith("SELECT")]
        return len([sql for sql in asked if "FROM " in sql and "notifications_" in sql])

    assert count(people[:1], "one") == count(people[1:], "ten")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["test.plain", "test.throttled"])
def test_five_replays_at_once_tell_once(now, kind):
    """X-2: the key, and nothing else, keeps it to one."""
    people = UserFactory.create_batch(3)

    def replay(_):
        try:
            return retry_txn(tell)(people, now, kind)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        told = list(pool.map(replay, range(5)))

    assert len({tuple(sorted(row.pk for row in messages)) for messages in told}) == 1
    assert Message.objects.count() == 3
    assert Delivery.objects.count() == 3
    assert ThrottleMark.objects.count() == (3 if kind == "test.throttled" else 0)
