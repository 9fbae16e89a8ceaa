import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.notifications.enums import Channel
from apps.notifications.models import DeliveryTimes, Message, Preference
from apps.notifications.models.live import LiveEvent
from tests.factories.notifications import MessageFactory, SmsTemplateFactory

pytestmark = pytest.mark.django_db

URL = "/api/v1/me/messages/"
SETTINGS = "/api/v1/me/notification-preferences/"


@pytest.fixture
def message(member):
    return MessageFactory(user=member)


def test_the_inbox_of_a_person(api, member, message):
    old = MessageFactory(user=member, read_at=message.created_at)

    answer = api(member).get(URL).json()

    assert answer["count"] == 2
    assert [row["id"] for row in answer["results"]] == [old.pk, message.pk]
    assert answer["results"][1] == {
        "id": message.pk,
        "kind": "billing.recharge_paid",
        "kind_label": "充值到账",
        "subject": "充值 ¥88.80 已到账",
        "text": "您的充值已到账。",
        "link": "/wallet/recharges/1",
        "created_at": "2026-11-20T08:00:00+08:00",
        "read_at": None,
    }


@pytest.mark.parametrize(
    ("query", "found"), [("?unread=true", 1), ("?unread=false", 2), ("?kind=orders.parked", 1)]
)
def test_filters(api, member, message, query, found):
    MessageFactory(user=member, read_at=message.created_at)
    MessageFactory(user=member, read_at=message.created_at, kind="orders.parked")

    assert api(member).get(URL + query).json()["count"] == found


@pytest.mark.parametrize("who", ["outsider", "boss", "clerk", "stranger", "rival_boss"])
def test_nobody_reads_the_inbox_of_another(api, request, who, message):
    client = api(request.getfixturevalue(who))

    assert client.get(URL).json()["count"] == 0
    assert client.get(f"{URL}{message.pk}/").status_code == 404
    assert client.post(f"{URL}{message.pk}/read/").status_code == 404
    assert client.post(f"{URL}read-all/").json() == {"unread": 0}
    assert client.get(f"{URL}unread/").json() == {"unread": 0}
    message.refresh_from_db()
    assert message.read_at is None


def test_reading_one_counts_once(api, member, message):
    MessageFactory(user=member)
    client = api(member)

    first = client.post(f"{URL}{message.pk}/read/").json()
    again = client.post(f"{URL}{message.pk}/read/").json()

    assert first == again
    assert first["read_at"] is not None
    assert client.get(f"{URL}unread/").json() == {"unread": 1}
    assert [event.data for event in LiveEvent.objects.all()] == [{"unread": 1}]


def test_reading_all(api, member, outsider, message):
    other = MessageFactory(user=outsider)
    client = api(member)

    assert client.post(f"{URL}read-all/").json() == {"unread": 0}
    assert client.post(f"{URL}read-all/").json() == {"unread": 0}

    other.refresh_from_db()
    assert other.read_at is None
    assert Message.objects.unread().filter(user=member).count() == 0
    assert LiveEvent.objects.count() == 1


def test_a_retired_kind_keeps_its_messages(api, member):
    MessageFactory(user=member, kind="gone.away")

    assert api(member).get(URL).json()["results"][0]["kind_label"] == "gone.away"


def test_asks_as_often_for_ten_rows_as_for_one(api, member, message):
    client = api(member)

    def count(url):
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        return len(queries)

    count(URL)
    one = count(URL)
    MessageFactory.create_batch(9, user=member)

    assert count(URL) == one


class TestSettings:
    def kinds(self, client):
        return {kind["code"]: kind for kind in client.get(SETTINGS).json()["kinds"]}

    def channels(self, client, code):
        return {row["channel"]: row for row in self.kinds(client)[code]["channels"]}

    def test_all_switches_of_a_person(self, api, member, work_notices):
        SmsTemplateFactory(kind="test.everywhere")
        client = api(member)

        answer = client.get(SETTINGS).json()

        assert (answer["quiet_from"], answer["quiet_until"], answer["digest"]) == (
            None,
            None,
            "none",
        )
        names = {row["channel"]: row["address"] for row in answer["channels"]}
        assert names["email"] == "member@customer.test"
        assert member.phone not in str(answer)
        assert names["dingtalk"] == ""
        kinds = self.kinds(client)
        assert kinds["test.plain"]["when"] == "now and then"
        assert "test.for_staff" not in kinds
        on = {row["channel"]: row["is_on"] for row in kinds["test.everywhere"]["channels"]}
        assert on == {"inbox": True, "email": True, "sms": True, "dingtalk": False}
        offered = {row["channel"]: row["is_offered"] for row in kinds["test.plain"]["channels"]}
        assert offered == {"inbox": True, "email": True, "sms": False, "dingtalk": False}

    def test_staff_have_kinds_of_their_own(self, api, clerk):
        kinds = self.kinds(api(clerk))

        assert "test.for_staff" in kinds
        assert "billing.bill_issued" not in kinds

    def test_switching(self, api, member):
        client = api(member)
        switch = {"kind": "test.plain", "channel": "email", "is_on": False}

        answer = client.patch(SETTINGS, {"switches": [switch]}, format="json")

        assert answer.status_code == 200
        assert self.channels(client, "test.plain")["email"]["is_on"] is False
        row = Preference.objects.get()
        assert (row.user, row.kind, row.channel, row.is_on) == (
            member,
            "test.plain",
            Channel.EMAIL,
            False,
        )

    @pytest.mark.parametrize(
        ("kind", "channel", "code"),
        [
            ("test.mandatory", "email", "notifications.kind_mandatory"),
            ("test.plain", "sms", "notifications.channel_not_offered"),
            ("test.for_staff", "email", "notifications.channel_not_offered"),
            ("test.nothing", "email", "notifications.kind_unknown"),
        ],
    )
    def test_what_cannot_be_switched(self, api, member, kind, channel, code):
        fine = {"kind": "test.plain", "channel": "email", "is_on": False}
        refused = {"kind": kind, "channel": channel, "is_on": False}

        answer = api(member).patch(SETTINGS, {"switches": [fine, refused]}, format="json")

        assert answer.json()["code"] == code
        assert Preference.objects.count() == 0

    def test_the_inbox_is_no_switch(self, api, member):
        switch = {"kind": "test.plain", "channel": "inbox", "is_on": False}

        answer = api(member).patch(SETTINGS, {"switches": [switch]}, format="json")

        assert answer.status_code == 400

    def test_quiet_hours_and_digest(self, api, member):
        client = api(member)

        client.patch(SETTINGS, {"quiet_from": "22:00", "quiet_until": "08:00"}, format="json")
        answer = client.patch(SETTINGS, {"digest": "daily"}, format="json").json()

        assert (answer["quiet_from"], answer["quiet_until"], answer["digest"]) == (
            "22:00",
            "08:00",
            "daily",
        )

    @pytest.mark.parametrize(
        "times",
        [
            {"quiet_from": "22:00"},
            {"quiet_from": "22:00", "quiet_until": None},
            {"quiet_from": "22:00", "quiet_until": "22:00"},
            {"quiet_from": "25:00", "quiet_until": "08:00"},
            {"digest": "weekly"},
        ],
    )
    def test_half_or_wrong_times_are_refused(self, api, member, times):
        assert api(member).patch(SETTINGS, times, format="json").status_code == 400
        assert DeliveryTimes.objects.count() == 0

    def test_each_his_own(self, api, member, outsider):
        api(member).patch(SETTINGS, {"digest": "daily"}, format="json")

        assert api(outsider).get(SETTINGS).json()["digest"] == "none"
