import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from apps.core.models import OutboxEvent
from apps.notifications.dingtalk.crypto import Envelope, Sealed
from apps.notifications.models import DingtalkEvent
from simulators import keys
from tests.factories.dingtalk import DingtalkSettingsFactory
from tests.fixtures.dingtalk import control

ENVELOPE = Envelope(
    keys.DINGTALK_CALLBACK_TOKEN, keys.DINGTALK_CALLBACK_AES_KEY, keys.DINGTALK_APP_KEY
)
INSTANCE = {
    "EventType": "bpms_instance_change",
    "processInstanceId": "i-1",
    "processCode": "PROC-1",
    "type": "finish",
    "result": "agree",
    "staffId": "zhang",
    "createTime": 1,
}
TASK = {**INSTANCE, "EventType": "bpms_task_change", "taskId": 7}


def post(content, *, tenant="platform", envelope=ENVELOPE, at=None, client=None, **changes):
    sealed = envelope.seal(json.dumps(content), now=at or timezone.now())
    query = {
        "msg_signature": sealed.signature,
        "timestamp": sealed.timestamp,
        "nonce": sealed.nonce,
        **changes,
    }
    address = f"/callbacks/dingtalk/{tenant}/"
    return (client or Client()).post(
        address,
        json.dumps({"encrypt": sealed.encrypt}),
        content_type="application/json",
        query_params=query,
    )


def word(answer):
    told = answer.json()
    sealed = Sealed(told["msg_signature"], told["timeStamp"], told["nonce"], told["encrypt"])
    return ENVELOPE.open(sealed, now=timezone.now())


def published():
    return [(row.kind, row.payload) for row in OutboxEvent.objects.order_by("pk")]


@pytest.mark.django_db
@pytest.mark.sqlite
def test_writes_an_event_down_once_and_answers_success(dingtalk_settings):
    post({"EventType": "check_url"})  # loads the views, as the first request of a process does
    began = time.monotonic()
    answers = [post(INSTANCE) for _ in range(5)]

    assert time.monotonic() - began < 1.5
    assert [word(answer) for answer in answers] == ["success"] * 5
    assert DingtalkEvent.objects.get().process_instance_id == "i-1"
    assert published() == [
        (
            "notifications.DingtalkInstanceChanged",
            {
                "settings_id": dingtalk_settings.pk,
                "process_instance_id": "i-1",
                "process_code": "PROC-1",
                "change": "finish",
                "result": "agree",
                "staff_id": "zhang",
            },
        )
    ]


@pytest.mark.django_db
def test_tells_instances_from_tasks(dingtalk_settings):
    post(TASK)

    kind, payload = published()[0]
    assert kind == "notifications.DingtalkTaskChanged"
    assert payload["task_id"] == "7"


@pytest.mark.django_db(transaction=True)
def test_the_same_event_five_times_at_once_is_one(dingtalk_settings):
    def send(_):
        try:
            return post(INSTANCE).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        codes = list(pool.map(send, range(5)))

    assert codes == [200] * 5
    assert DingtalkEvent.objects.count() == 1
    assert len(published()) == 1


@pytest.mark.django_db
def test_a_check_of_the_address_is_answered_and_changes_nothing(dingtalk_settings):
    assert word(post({"EventType": "check_url"})) == "success"
    assert not DingtalkEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"tenant": "nobody"},
        {"envelope": Envelope("other", keys.DINGTALK_CALLBACK_AES_KEY, keys.DINGTALK_APP_KEY)},
        {"envelope": Envelope(ENVELOPE.token, ENVELOPE.aes_key, "ding-other")},
        {"at": "stale"},
        {"msg_signature": "0" * 40},
        {"msg_signature": ""},
        {"timestamp": ""},
    ],
)
def test_refuses_strangers_without_a_word(dingtalk_settings, changes):
    if changes.get("at") == "stale":
        changes = {"at": timezone.now() - timedelta(seconds=310)}

    answer = post(INSTANCE, **changes)

    assert (answer.status_code, answer.content) == (403, b"")
    assert not DingtalkEvent.objects.exists()
    assert published() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes", [{"is_active": False}, {"callback_token": ""}, {"callback_aes_key": ""}]
)
def test_refuses_while_it_is_switched_off(platform, changes):
    DingtalkSettingsFactory(tenant=platform, **changes)

    assert post(INSTANCE).status_code == 403


@pytest.mark.django_db
def test_another_tenants_key_opens_nothing_here(dingtalk_settings, rival):
    """The rival signs well, with his own key, but at the platform's address."""
    token = "token-of-the-rival"
    DingtalkSettingsFactory(tenant=rival, app_key="dingrival", callback_token=token)
    theirs = Envelope(token, keys.DINGTALK_CALLBACK_AES_KEY, "dingrival")

    answers = [post(INSTANCE, envelope=theirs), post(INSTANCE, envelope=theirs, tenant="rival")]

    assert [answer.status_code for answer in answers] == [403, 200]
    assert DingtalkEvent.objects.get().settings.tenant == rival


@pytest.mark.django_db
@pytest.mark.parametrize("body", ["", "{}", "[]", "null", '{"encrypt": 5}', "x" * 70_000])
def test_refuses_other_bodies(dingtalk_settings, body):
    address = "/callbacks/dingtalk/platform/"
    answer = Client().post(address, body, content_type="application/json")

    assert answer.status_code == 403
    assert Client().get(address).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_hears_the_sandbox_over_the_wire(dingtalk_settings, dingtalk_server, live_server):
    callback = {
        "url": f"{live_server.url}/callbacks/dingtalk/platform/",
        "token": keys.DINGTALK_CALLBACK_TOKEN,
        "aes_key": keys.DINGTALK_CALLBACK_AES_KEY,
    }
    content = {key: value for key, value in INSTANCE.items() if key != "EventType"}
    dingtalk_server.state.queue("bpms_instance_change", content)
    control(dingtalk_server, callback=callback)

    end = time.monotonic() + 10
    while not dingtalk_server.state.events()[0]["answer"] and time.monotonic() < end:
        time.sleep(0.05)

    assert dingtalk_server.state.events()[0]["answer"] == "callback success"
    assert DingtalkEvent.objects.get().process_instance_id == "i-1"
