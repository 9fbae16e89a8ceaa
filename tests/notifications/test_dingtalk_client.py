import logging

import pytest

from apps.notifications.channels.dingtalk import WorkNotices
from apps.notifications.dingtalk import wire
from apps.notifications.dingtalk.client import Approvers, Credentials, DingtalkClient
from apps.notifications.dingtalk.errors import DingtalkIsBusy, DingtalkIsSilent, DingtalkRefused
from apps.notifications.errors import MessageWasRefused, ProviderIsBusy, ProviderIsSilent
from simulators import keys
from simulators.wire import Reply, redirect, serve_http
from tests.factories.dingtalk import DingtalkUserFactory
from tests.fixtures.dingtalk import control

CREDENTIALS = Credentials(keys.DINGTALK_APP_KEY, keys.DINGTALK_APP_SECRET, keys.DINGTALK_AGENT_ID)


@pytest.fixture
def client(dingtalk_server):
    people = [{"userid": "li", "unionid": "U", "name": "李"}]
    control(dingtalk_server, people=people)
    return DingtalkClient(CREDENTIALS)


def start(client):
    return client.start_process(
        process_code="PROC-1",
        originator="li",
        approvers=[Approvers("NONE", ("li",))],
        values={"单号": "A-1"},
    )


def test_keeps_a_token_and_renews_a_stale_one(client, dingtalk_server):
    for _ in range(3):
        client.departments()
    issued = dingtalk_server.tokens.issued
    control(dingtalk_server, expire_tokens=True)
    client.departments()
    number = start(client)

    assert (issued, dingtalk_server.tokens.issued) == (1, 2)
    assert client.get_process(number).values == {"单号": "A-1"}


def test_another_secret_gets_no_token(dingtalk_server):
    with pytest.raises(DingtalkRefused) as refusal:
        DingtalkClient(Credentials(keys.DINGTALK_APP_KEY, "other")).departments()

    assert "invalidClientIdOrSecret" in refusal.value.provider_code


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("500", DingtalkIsSilent),
        ("500_after_success", DingtalkIsSilent),
        ("drop_after_success", DingtalkIsSilent),
        ("malformed", DingtalkIsSilent),
        ("429", DingtalkIsBusy),
    ],
)
def test_tells_nothing_happened_from_who_knows(client, dingtalk_server, fault, error):
    control(dingtalk_server, fault=fault, action="/v1.0/workflow/processInstances")

    with pytest.raises(error):
        start(client)


def test_nobody_there_means_nothing_happened(client, dingtalk_server):
    dingtalk_server.stop()

    with pytest.raises(DingtalkIsBusy):
        start(client)


@pytest.mark.parametrize(
    "reply",
    [
        redirect("http://169.254.169.254/latest/meta-data"),
        Reply(200, b"[" + b"1," * 600_000 + b"1]"),
        Reply(200, b"[1]"),
        Reply(200, b"<html>"),
    ],
)
def test_follows_no_redirect_and_swallows_no_whale(settings, reply):
    server = serve_http(lambda request: reply)
    settings.SANDBOX_URLS = {"dingtalk": server.url}

    with pytest.raises(DingtalkIsSilent):
        wire.exchange("GET", wire.api_url("/x"))
    server.stop()


def test_waits_a_short_time_only(client, dingtalk_server, monkeypatch):
    monkeypatch.setattr(wire, "TIMEOUT", (1, 0.3))
    control(dingtalk_server, fault="slow", action="/topapi/v2/department/listsub")

    with pytest.raises(DingtalkIsSilent):
        client.departments()


def test_production_knows_dingtalk_alone(settings):
    settings.IS_SANDBOX = False
    settings.SANDBOX_URLS = {}

    assert wire.api_url("/v1.0/x") == "https://api.dingtalk.com/v1.0/x"
    assert wire.oapi_url("/topapi/x") == "https://oapi.dingtalk.com/topapi/x"


def test_secrets_reach_neither_log_nor_error(client, dingtalk_server, caplog):
    caplog.set_level(logging.DEBUG)
    token = dingtalk_server.tokens.issue()
    control(dingtalk_server, fault="malformed", action="/topapi/v2/department/listsub")
    with pytest.raises(DingtalkIsSilent) as silence:
        client.departments()

    spoken = caplog.text + repr(silence.value) + repr(CREDENTIALS) + str(silence.value.__cause__)
    assert keys.DINGTALK_APP_SECRET not in spoken
    assert token not in spoken.replace("urllib3.connectionpool", "")


def test_sends_notices_as_cards_with_a_link(client, dingtalk_server):
    link = "http://127.0.0.1:8000/admin/"

    assert client.send_work_notice(["li"], title="待审批", text="退款", url=link)
    assert client.send_work_notice(["li"], title="欢迎", text="您好", url="")

    shown = dingtalk_server.state.messages("li")
    assert {(m["kind"], m["title"], m["url"]) for m in shown} == {
        ("card", "待审批", link),
        ("notice", "欢迎", ""),
    }


@pytest.mark.parametrize("link", ["javascript:alert(1)", "/admin/", ""])
def test_dingtalk_takes_no_card_without_an_address(client, dingtalk_server, link):
    card = {"title": "待审批", "markdown": "x", "single_title": "查看详情", "single_url": link}
    body = {
        "agent_id": keys.DINGTALK_AGENT_ID,
        "userid_list": "li",
        "msg": {"msgtype": "action_card", "action_card": card},
    }

    with pytest.raises(DingtalkRefused):
        client._topapi("/topapi/message/corpconversation/asyncsend_v2", body)


# --- the channel of messages


@pytest.mark.django_db
def test_the_channel_reaches_whoever_has_an_id(dingtalk_server, dingtalk_settings, boss):
    control(dingtalk_server, people=[{"userid": "boss", "name": "老板"}])
    sender = WorkNotices()
    before = sender.reaches(user=boss)
    DingtalkUserFactory(settings=dingtalk_settings, user=boss, userid="boss")
    task = sender.send(user_id=boss.pk, subject="待审批", text="退款", link="http://x/", key="k")

    assert (before, sender.reaches(user=boss), bool(task)) == (False, True, True)
    assert dingtalk_server.state.messages("boss")[0]["url"] == "http://x/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fault", "error"), [("429", ProviderIsBusy), ("drop_after_success", ProviderIsSilent)]
)
def test_the_channel_speaks_the_words_of_deliveries(
    dingtalk_server, dingtalk_settings, boss, fault, error
):
    DingtalkUserFactory(settings=dingtalk_settings, user=boss, userid="boss")
    send = {"user_id": boss.pk, "subject": "s", "text": "t", "link": "", "key": "k"}

    with pytest.raises(MessageWasRefused):
        WorkNotices().send(**send)
    control(dingtalk_server, fault=fault, action="/topapi/message/corpconversation/asyncsend_v2")
    with pytest.raises(error):
        WorkNotices().send(**send)
    with pytest.raises(MessageWasRefused):
        WorkNotices().send(**send | {"user_id": 0})
