import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.errors import Forbidden
from apps.core.models import AuditEntry
from apps.notifications import services
from apps.notifications.enums import Channel, DeliveryStatus, Digest
from apps.notifications.errors import MessageIsForgotten
from apps.notifications.models import (
    Delivery,
    DeliveryTimes,
    Message,
    Preference,
    SmsTemplate,
    TemplateText,
)
from tests.factories.notifications import DeliveryFactory, MessageFactory, TemplateTextFactory
from tests.factories.rbac import StaffFactory, give_role
from tests.notifications.kinds import FACTS

pytestmark = pytest.mark.django_db

INBOX = "/admin/notifications/message/"
TEXTS = "/admin/notifications/templatetext/"
WORDS = f"{TEXTS}words/test.plain/email/zh-hans/"
SMS = f"{TEXTS}sms/test.everywhere/"
SENT = "/admin/notifications/delivery/"


class TestInbox:
    @pytest.fixture
    def message(self, clerk):
        return MessageFactory(user=clerk, text="<script>x</script>\n\n第二段", link="/admin/x/")

    def test_each_reads_his_own(self, browse, clerk, boss, stranger, message):
        assert message.subject in browse(clerk).get(INBOX).content.decode()
        for other, status in ((boss, 200), (stranger, 403)):
            answer = browse(other).get(INBOX)
            assert answer.status_code == status
            assert message.subject not in answer.content.decode()
            page = browse(other).get(f"{INBOX}{message.pk}/change/")
            assert page.status_code in {302, 403, 404}
        message.refresh_from_db()
        assert message.read_at is None

    def test_opening_it_is_reading_it(self, browse, clerk, message):
        page = browse(clerk).get(f"{INBOX}{message.pk}/change/").content.decode()

        message.refresh_from_db()
        assert message.read_at is not None
        assert "<script>x" not in page
        assert "&lt;script&gt;x" in page
        assert 'href="/admin/x/"' in page

    def test_reading_all(self, browse, clerk, boss, message):
        other = MessageFactory(user=boss)
        client = browse(clerk)

        assert client.get(f"{INBOX}read-all/").status_code == 403
        assert client.post(f"{INBOX}read-all/").status_code == 302

        assert list(Message.objects.unread()) == [other]

    def test_the_unread_filter_and_the_action(self, browse, clerk, message):
        read = MessageFactory(user=clerk, subject="读过的", read_at=message.created_at)
        client = browse(clerk)
        assert read.subject not in client.get(f"{INBOX}?unread=1").content.decode()

        client.post(INBOX, {"action": "mark_read", "_selected_action": [message.pk]})

        assert Message.objects.unread().count() == 0

    def test_asks_as_often_for_ten_rows_as_for_one(self, browse, clerk, message):
        client = browse(clerk)

        def count():
            with CaptureQueriesContext(connection) as queries:
                client.get(INBOX)
            return len(queries)

        count()
        one = count()
        MessageFactory.create_batch(9, user=clerk)

        assert count() == one


class TestSettings:
    def test_a_person_changes_his_own(self, browse, clerk, boss):
        client = browse(clerk)
        page = client.get(f"{INBOX}settings/").content.decode()
        assert 'name="test.for_staff|email" checked' in page
        assert "billing.bill_issued" not in page
        ticked = {
            f"{line.kind.code}|{choice.channel}": "on"
            for line in services.choices_of(user=clerk)
            for choice in line.channels
            if choice.is_on and line.kind.code != "test.for_staff"
        }
        times = {"quiet_from": "22:00", "quiet_until": "08:00", "digest": "daily"}

        answer = client.post(f"{INBOX}settings/", {**ticked, **times})

        assert answer.status_code == 302
        row = Preference.objects.get()
        assert (row.user, row.kind, row.channel, row.is_on) == (
            clerk,
            "test.for_staff",
            Channel.EMAIL,
            False,
        )
        assert DeliveryTimes.objects.get().digest == Digest.DAILY
        assert services.times_of(user=boss).pk is None

    def test_half_quiet_hours_are_refused_on_the_page(self, browse, clerk):
        answer = browse(clerk).post(f"{INBOX}settings/", {"quiet_from": "22:00", "digest": "none"})

        assert answer.status_code == 200
        assert DeliveryTimes.objects.count() == 0
        assert Preference.objects.count() == 0

    def test_not_for_strangers(self, browse, stranger):
        assert browse(stranger).get(f"{INBOX}settings/").status_code == 403


@pytest.fixture
def reader_of_texts(platform, roles):
    """May see the words, but not edit them."""
    return give_role(StaffFactory(tenant=platform, email="auditor@kboss.test"), "auditor")


class TestCatalogue:
    def test_shows_all_kinds_and_what_was_edited(self, browse, boss):
        TemplateTextFactory(kind="test.plain")

        page = browse(boss).get(TEXTS).content.decode()

        assert "test.plain" in page
        assert "now and then" in page
        assert page.count("kb-state-awaiting_payment") == 1

    @pytest.mark.parametrize("url", [TEXTS, WORDS, SMS])
    def test_who_comes_in(self, browse, url, boss, reader_of_texts, clerk, stranger, rival_boss):
        people = (boss, reader_of_texts, clerk, stranger, rival_boss)

        statuses = [browse(person).get(url).status_code for person in people]

        assert statuses == [200, 200, 403, 403, 403]

    @pytest.mark.parametrize(
        "url",
        [
            f"{TEXTS}words/test.nothing/email/zh-hans/",
            f"{TEXTS}words/test.plain/sms/zh-hans/",
            f"{TEXTS}words/test.plain/email/fr/",
            f"{TEXTS}sms/test.plain/",
        ],
    )
    def test_what_is_not_there(self, browse, boss, url):
        assert browse(boss).get(url).status_code == 404


class TestEditor:
    def write(self, client, button, subject="收到 {{amount}}", text="{{name}}：{{amount}}"):
        return client.post(WORDS, {"subject": subject, "text": text, button: ""})

    def test_saves_the_words_and_uses_them(self, browse, boss, reader, now):
        self.write(browse(boss), "save")

        (message,) = services.notify(
            kind="test.plain", to=[reader], facts=FACTS, key="fact:1", now=now
        )

        assert message.subject == "到账 ¥8.80"  # the inbox has words of its own
        mail = Delivery.objects.get()
        assert (mail.subject, mail.body) == ("收到 ¥8.80", "李雷：¥8.80")

    def test_shows_them_with_samples_first(self, browse, boss):
        page = self.write(browse(boss), "preview", text="<b>{{name}}</b> {{amount}}")

        text = page.content.decode()
        assert "收到 ¥1.00" in text
        assert "&lt;b&gt;〔name〕&lt;/b&gt; ¥1.00" in text
        assert TemplateText.objects.count() == 0

    @pytest.mark.parametrize("button", ["save", "preview"])
    @pytest.mark.parametrize(
        "text", ["{{password}}", "{{name.__class__}}", "{{ settings.SECRET_KEY }}", "{{name"]
    )
    def test_unknown_placeholders_are_refused_and_named(self, browse, boss, button, text):
        page = self.write(browse(boss), button, text=text).content.decode()

        assert "{{name}} {{amount}}" in page
        assert "kb" in page
        assert TemplateText.objects.count() == 0

    @pytest.mark.parametrize(
        "text", ["{% load static %}{% debug %}", "{name.__class__}", "%(name)s", "${name}"]
    )
    def test_other_template_languages_stay_text(self, browse, boss, reader, now, text):
        self.write(browse(boss), "save", text=text)

        services.notify(kind="test.plain", to=[reader], facts=FACTS, key="fact:1", now=now)

        assert Delivery.objects.get().body == text

    def test_versions_are_kept_and_the_default_comes_back(self, browse, boss):
        client = browse(boss)
        self.write(client, "save", subject="一 {{amount}}")
        self.write(client, "save", subject="二 {{amount}}")

        client.post(WORDS, {"reset": ""})

        row = TemplateText.objects.get()
        assert row.is_default
        versions = row.history.order_by("history_id").values_list("subject", "is_default")
        assert list(versions) == [
            ("一 {{amount}}", False),
            ("二 {{amount}}", False),
            ("到账 {{amount}}", True),
        ]
        verbs = AuditEntry.objects.order_by("pk").values_list("verb", "actor_name")
        assert [verb for verb, _actor in verbs] == [
            "templatetext.edited",
            "templatetext.edited",
            "templatetext.reset",
        ]
        assert client.get(f"{TEXTS}{row.pk}/history/").status_code == 200

    @pytest.mark.parametrize("who", ["reader_of_texts", "clerk", "stranger", "rival_boss"])
    @pytest.mark.parametrize("button", ["save", "preview", "reset"])
    def test_who_may_not(self, browse, request, who, button):
        client = browse(request.getfixturevalue(who))

        assert self.write(client, button).status_code == 403
        assert client.post(SMS, {"code": "SMS_1"}).status_code == 403
        assert TemplateText.objects.count() == SmsTemplate.objects.count() == 0

    def test_not_a_distributors_staff_by_the_service_either(self, rival_boss, now):
        with pytest.raises(Forbidden):
            services.edit_text(
                kind="test.plain",
                channel=Channel.EMAIL,
                language="zh-hans",
                subject="x",
                text="x",
                actor=rival_boss,
                now=now,
            )

    def test_the_providers_template(self, browse, boss):
        browse(boss).post(SMS, {"sign_name": "云商", "code": " SMS_42 "})

        row = SmsTemplate.objects.get()
        assert (row.kind, row.sign_name, row.code) == ("test.everywhere", "云商", "SMS_42")


class TestMails:
    def test_facts_are_escaped_in_html_and_plain_in_text(self, reader, now, mailoutbox):
        facts = {"name": '<img src=x onerror="a()"> http://evil.example', "amount": "¥1 & 2"}
        services.notify(
            kind="test.plain", to=[reader], facts=facts, key="fact:1", now=now, link="/orders/7"
        )

        services.deliver_due(now=now)

        (mail,) = mailoutbox
        html = mail.alternatives[0][0]
        assert "<img" not in html
        assert "&lt;img src=x" in html
        assert "¥1 &amp; 2" in html
        assert 'href="http://evil' not in html
        assert '<img src=x onerror="a()"> http://evil.example 您好' in mail.body
        assert "/orders/7" in mail.body
        assert "/orders/7" in html

    def test_who_switches_off_finds_the_way(self, reader, boss, now, mailoutbox):
        services.notify(kind="test.plain", to=[reader, boss], facts=FACTS, key="f:1", now=now)

        services.deliver_due(now=now)

        bodies = {mail.to[0]: mail.body for mail in mailoutbox}
        assert "/account/notifications" in bodies[reader.email]
        assert "/admin/notifications/message/settings/" in bodies[boss.email]


class TestRetry:
    @pytest.fixture
    def failed(self, platform, now):
        return DeliveryFactory(
            tenant=platform, status=DeliveryStatus.FAILED, failed_at=now, attempts=6, problem="550"
        )

    def retry(self, client, delivery):
        data = {"action": "retry_delivery", "_selected_action": [delivery.pk]}
        client.post(SENT, data)
        delivery.refresh_from_db()
        return delivery.status

    def test_by_right_and_with_all_attempts(self, browse, boss, failed):
        assert self.retry(browse(boss), failed) == DeliveryStatus.QUEUED
        assert (failed.attempts, failed.failed_at, failed.problem) == (0, None, "")

    @pytest.mark.parametrize("who", ["reader_of_texts", "clerk", "stranger", "rival_boss"])
    def test_not_without(self, browse, request, who, failed):
        client = browse(request.getfixturevalue(who))

        assert self.retry(client, failed) == DeliveryStatus.FAILED

    def test_not_of_a_code(self, boss, failed, now):
        Delivery.objects.filter(pk=failed.pk).update(is_secret=True)
        failed.refresh_from_db()

        with pytest.raises(MessageIsForgotten):
            services.retry_delivery(delivery=failed, actor=boss, now=now)

    def test_not_what_was_sent(self, browse, boss, platform, now):
        sent = DeliveryFactory(tenant=platform, status=DeliveryStatus.SENT, sent_at=now)

        assert self.retry(browse(boss), sent) == DeliveryStatus.SENT
