import asyncio
import json
import threading
import time

import pytest
import requests
from dingtalk_stream import AckMessage, Credential, DingTalkStreamClient, EventHandler
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect as connect_now

from simulators import dingtalk, keys
from simulators.dingtalk_crypto import Envelope, EnvelopeIsWrong
from simulators.wire import Reply, json_reply, serve_http

PEOPLE = [
    {"userid": "zhang", "unionid": "U1", "name": "张申请", "mobile": "13800138001"},
    {"userid": "li", "unionid": "U2", "name": "李审批", "mobile": "13800138002"},
    {"userid": "wang", "unionid": "U3", "name": "王审批", "mobile": "13800138003"},
]
FORM = {"code": "PROC-1", "name": "充值审批", "fields": ["单号", "金额"]}


@pytest.fixture
def server():
    server = dingtalk.serve(retry_delays=(0.05, 0.05))
    requests.post(f"{server.url}/control", json={"people": PEOPLE, "forms": [FORM]}, timeout=5)
    yield server
    server.stop()


@pytest.fixture
def token(server):
    asked = {"appKey": keys.DINGTALK_APP_KEY, "appSecret": keys.DINGTALK_APP_SECRET}
    answer = requests.post(f"{server.url}/v1.0/oauth2/accessToken", json=asked, timeout=5)
    return answer.json()["accessToken"]


def ask(server, token, method, path, **options):
    headers = {"x-acs-dingtalk-access-token": token}
    return requests.request(
        method, f"{server.url}/v1.0/workflow/{path}", headers=headers, timeout=5, **options
    )


def start(server, token, steps, **changes):
    asked = {
        "originatorUserId": "zhang",
        "processCode": "PROC-1",
        "deptId": -1,
        "approvers": steps,
        "formComponentValues": [{"name": "金额", "value": "1000.00"}],
    }
    return ask(server, token, "POST", "processInstances", json=asked | changes)


def read(server, token, number):
    query = {"processInstanceId": number}
    return ask(server, token, "GET", "processInstances", params=query).json()["result"]


def press(server, userid, task, result, remark=""):
    form = {"as": userid, "task": task, "result": result, "remark": remark}
    return requests.post(f"{server.url}/", data=form, timeout=5)


def test_refuses_another_secret_and_a_token_it_did_not_issue(server, token):
    asked = {"appKey": keys.DINGTALK_APP_KEY, "appSecret": "other"}
    refused = requests.post(f"{server.url}/v1.0/oauth2/accessToken", json=asked, timeout=5)
    forged = start(server, "forged", [{"actionType": "NONE", "userIds": ["li"]}])
    old = requests.post(f"{server.url}/topapi/v2/user/list?access_token=forged", json={}, timeout=5)

    assert (refused.status_code, refused.json()["code"]) == (400, "invalidClientIdOrSecret")
    assert (forged.status_code, forged.json()["code"]) == (401, "InvalidAuthentication")
    assert (old.status_code, old.json()["errcode"]) == (200, 40014)
    assert server.state.instances("PROC-1", 0, 1 << 62) == []


def test_walks_the_steps_and_ends_in_agreement(server, token):
    steps = [
        {"actionType": "NONE", "userIds": ["li"]},
        {"actionType": "AND", "userIds": ["li", "wang"]},
    ]
    number = start(server, token, steps).json()["instanceId"]
    press(server, "li", 1, "AGREE", "可以")
    middle = read(server, token, number)
    press(server, "li", 2, "AGREE")
    press(server, "wang", 3, "AGREE")

    end = read(server, token, number)

    assert [(t["userId"], t["status"]) for t in middle["tasks"]] == [
        ("li", "COMPLETED"),
        ("li", "RUNNING"),
        ("wang", "RUNNING"),
    ]
    assert middle["operationRecords"][1]["remark"] == "可以"
    assert (end["status"], end["result"]) == ("COMPLETED", "agree")


def test_one_of_several_is_enough_and_a_refusal_ends_it(server, token):
    any_of = [{"actionType": "OR", "userIds": ["li", "wang"]}]
    agreed = start(server, token, any_of).json()["instanceId"]
    press(server, "li", 1, "AGREE")
    refused = start(server, token, any_of).json()["instanceId"]
    press(server, "wang", 4, "REFUSE")

    assert read(server, token, agreed)["result"] == "agree"
    assert [t["status"] for t in read(server, token, agreed)["tasks"]] == ["COMPLETED", "CANCELED"]
    assert read(server, token, refused)["result"] == "refuse"


def test_only_the_assignee_decides_and_only_once(server, token):
    number = start(server, token, [{"actionType": "NONE", "userIds": ["li"]}]).json()["instanceId"]

    answer = press(server, "wang", 1, "AGREE")
    executed = {"processInstanceId": number, "taskId": 1, "result": "agree"}
    by_api = ask(
        server,
        token,
        "POST",
        "processInstances/execute",
        json=executed | {"actionerUserId": "li"},
    )
    again = press(server, "li", 1, "REFUSE")

    assert "任务不存在" in answer.text
    assert by_api.json()["result"] is True
    assert "任务已处理" in again.text
    assert read(server, token, number)["result"] == "agree"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"processCode": "PROC-0"}, "processCode.error"),
        ({"originatorUserId": "nobody"}, "staff.notExist"),
        ({"formComponentValues": [{"name": "利率", "value": "1"}]}, "formComponent.error"),
        ({"approvers": []}, "approvers.empty"),
    ],
)
def test_refuses_what_does_not_fit(server, token, changes, code):
    answer = start(server, token, [{"actionType": "NONE", "userIds": ["li"]}], **changes)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_terminates_once(server, token):
    number = start(server, token, [{"actionType": "NONE", "userIds": ["li"]}]).json()["instanceId"]
    asked = {"processInstanceId": number, "isSystem": True, "remark": "已撤回"}
    answers = [
        ask(server, token, "POST", "processInstances/terminate", json=asked) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 400]
    assert read(server, token, number)["status"] == "TERMINATED"


class Listener:
    """Kboss's side of the callbacks."""

    def __init__(self, server):
        self.told, self.words = [], []
        token, aes_key = keys.DINGTALK_CALLBACK_TOKEN, keys.DINGTALK_CALLBACK_AES_KEY
        self.envelope = Envelope(token, aes_key, keys.DINGTALK_APP_KEY)
        self.http = serve_http(self.answer)
        callback = {"url": self.http.url, "token": token, "aes_key": aes_key}
        requests.post(f"{server.url}/control", json={"callback": callback}, timeout=5)

    def answer(self, request):
        query, sealed = request.parameters, request.json()
        try:
            text = self.envelope.open(
                query["msg_signature"], query["timestamp"], query["nonce"], sealed["encrypt"]
            )
        except EnvelopeIsWrong:
            return Reply(403)
        self.told.append(json.loads(text))
        return json_reply(self.envelope.seal(self.words.pop(0) if self.words else "success"))


def until(fact, seconds=5.0):
    end = time.monotonic() + seconds
    while not fact() and time.monotonic() < end:
        threading.Event().wait(0.02)
    return fact()


def test_posts_encrypted_events_until_success(server, token):
    listener = Listener(server)
    listener.words = ["busy"]
    start(server, token, [{"actionType": "NONE", "userIds": ["li"]}])
    press(server, "li", 1, "AGREE")

    until(lambda: all(event["answer"] for event in server.state.events()))
    listener.http.stop()

    kinds = [(told["EventType"], told["type"]) for told in listener.told]
    assert kinds[0] == kinds[1] or kinds.count(("bpms_instance_change", "start")) == 2
    assert set(kinds) == {
        ("bpms_instance_change", "start"),
        ("bpms_instance_change", "finish"),
        ("bpms_task_change", "start"),
        ("bpms_task_change", "finish"),
    }
    assert {event["answer"] for event in server.state.events()} == {"callback success"}


def test_loses_events_on_demand(server, token):
    requests.post(f"{server.url}/control", json={"lose_events": 99}, timeout=5)
    start(server, token, [{"actionType": "NONE", "userIds": ["li"]}])

    assert server.state.events() == []


def test_the_official_client_hears_events_and_acknowledges_them(server, token, monkeypatch):
    heard = []

    class Events(EventHandler):
        async def process(self, event):
            heard.append((event.headers.event_type, event.data["type"]))
            return AckMessage.STATUS_OK, "OK"

    url = f"{server.url}/v1.0/gateway/connections/open"
    monkeypatch.setattr(DingTalkStreamClient, "OPEN_CONNECTION_API", url)
    client = DingTalkStreamClient(Credential(keys.DINGTALK_APP_KEY, keys.DINGTALK_APP_SECRET))
    client.get_host_ip = lambda: "127.0.0.1"
    client.register_all_event_handler(Events())

    async def listen():
        opened = client.open_connection()
        async with connect(f"{opened['endpoint']}?ticket={opened['ticket']}") as socket:
            client.websocket = socket
            await asyncio.to_thread(
                start, server, token, [{"actionType": "NONE", "userIds": ["li"]}]
            )
            for _ in range(2):
                await client.route_message(json.loads(await socket.recv()))
            await asyncio.to_thread(
                until, lambda: all(event["answer"] for event in server.state.events())
            )

    asyncio.run(listen())

    assert heard == [("bpms_instance_change", "start"), ("bpms_task_change", "start")]
    assert {event["answer"] for event in server.state.events()} == {"stream 200"}


def test_a_ticket_opens_one_stream(server):
    asked = {
        "clientId": keys.DINGTALK_APP_KEY,
        "clientSecret": keys.DINGTALK_APP_SECRET,
        "subscriptions": [{"type": "EVENT", "topic": "*"}],
    }
    url = f"{server.url}/v1.0/gateway/connections/open"
    opened = requests.post(url, json=asked, timeout=5).json()
    stranger = requests.post(url, json=asked | {"clientSecret": "x"}, timeout=5)
    address = f"{opened['endpoint']}?ticket={opened['ticket']}"

    with connect_now(address):
        pass
    with pytest.raises(InvalidStatus):
        connect_now(address)
    assert stranger.status_code == 401


def test_the_page_shows_each_person_his_own_and_escapes(server, token):
    start(
        server,
        token,
        [{"actionType": "NONE", "userIds": ["li"]}],
        formComponentValues=[{"name": "金额", "value": "<b>1</b>"}],
    )

    own, other = (
        requests.get(server.url, params={"as": userid}, timeout=5).text for userid in ("li", "wang")
    )

    assert "张申请提交的充值审批" in own
    assert "&lt;b&gt;1&lt;/b&gt;" in own
    assert "张申请提交的充值审批" not in other


def test_goes_on_after_a_restart(tmp_path):
    first = dingtalk.serve(directory=tmp_path)
    requests.post(f"{first.url}/control", json={"people": PEOPLE}, timeout=5)
    first.stop()
    second = dingtalk.serve(directory=tmp_path)
    text = requests.get(second.url, timeout=5).text
    second.stop()

    assert "李审批" in text
