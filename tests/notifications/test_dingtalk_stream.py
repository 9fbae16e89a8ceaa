import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from apps.notifications.dingtalk.client import Credentials, DingtalkClient
from apps.notifications.dingtalk.stream import EndpointIsForeign, StreamListener, allowed
from simulators import keys
from tests.fixtures.dingtalk import control

ROOT = Path(__file__).resolve().parent.parent.parent
CREDENTIALS = Credentials(keys.DINGTALK_APP_KEY, keys.DINGTALK_APP_SECRET)
CONTENT = {"processInstanceId": "i-1", "type": "start"}


def listen(server, story, *, fail_first=False, first_pause=0.1):
    """Run `story` beside a listener; the events that were taken in."""
    taken = []

    async def receive(event_id, kind, content):
        if fail_first and not taken:
            taken.append(None)
            raise RuntimeError("the database is away")
        taken.append((event_id, kind, content))

    async def both():
        stopping = asyncio.Event()
        listener = StreamListener(DingtalkClient(CREDENTIALS), receive, first_pause=first_pause)
        running = asyncio.create_task(listener.run(stopping))
        await asyncio.to_thread(story)
        stopping.set()
        await asyncio.wait_for(running, 10)

    asyncio.run(both())
    return taken


def until(fact, seconds=10.0):
    end = time.monotonic() + seconds
    while not fact() and time.monotonic() < end:
        time.sleep(0.02)
    assert fact()


def answered(server, count=1):
    return lambda: [e["answer"] for e in server.state.events()] == ["stream 200"] * count


def test_takes_in_an_event_and_acknowledges_it(dingtalk_server):
    def story():
        until(lambda: dingtalk_server.stream.is_connected)
        dingtalk_server.state.queue("bpms_instance_change", CONTENT)
        until(answered(dingtalk_server))

    taken = listen(dingtalk_server, story)

    event = dingtalk_server.state.events()[0]
    assert taken == [(event["id"], "bpms_instance_change", CONTENT)]


@pytest.mark.parametrize("manner", ["politely", "rudely"])
def test_comes_back_after_a_disconnect(dingtalk_server, manner):
    def story():
        until(lambda: dingtalk_server.stream.is_connected)
        control(dingtalk_server, disconnect=manner)
        until(lambda: dingtalk_server.stream.opened == 2 and dingtalk_server.stream.is_connected)
        dingtalk_server.state.queue("bpms_instance_change", CONTENT)
        until(answered(dingtalk_server))

    assert len(listen(dingtalk_server, story)) == 1


def test_knocks_ever_more_slowly(dingtalk_server):
    """The official client would knock at once, for ever."""

    def story():
        end = time.monotonic() + 3
        while time.monotonic() < end:
            if dingtalk_server.stream.is_connected:
                control(dingtalk_server, disconnect="politely")
            time.sleep(0.02)

    listen(dingtalk_server, story, first_pause=0.2)

    assert 2 <= dingtalk_server.stream.opened <= 7


def test_a_gateway_that_fails_is_asked_again(dingtalk_server):
    for fault in ("500", "malformed", "429"):
        control(dingtalk_server, fault=fault, action="/v1.0/gateway/connections/open")

    listen(dingtalk_server, lambda: until(lambda: dingtalk_server.stream.is_connected))

    assert dingtalk_server.stream.opened == 1


@pytest.mark.slow
def test_an_event_that_was_not_taken_in_comes_again(dingtalk_server):
    def story():
        until(lambda: dingtalk_server.stream.is_connected)
        dingtalk_server.state.queue("bpms_instance_change", CONTENT)
        until(answered(dingtalk_server), 15)

    taken = listen(dingtalk_server, story, fail_first=True)

    assert taken[0] is None
    assert len(taken) == 2


@pytest.mark.parametrize(
    "endpoint",
    [
        "ws://wss-open-connection.dingtalk.com/connect",
        "wss://dingtalk.com.evil.example/connect",
        "wss://evildingtalk.com/connect",
        "wss://user@open.dingtalk.com/connect",
        "wss://open.dingtalk.com:8443/connect",
        "wss://169.254.169.254/connect",
        "wss://open.dingtalk.com/connect?to=http://10.0.0.1",
        "https://open.dingtalk.com/connect",
        "",
    ],
)
def test_goes_to_dingtalk_alone(settings, endpoint):
    settings.IS_SANDBOX = False

    with pytest.raises(EndpointIsForeign):
        allowed(endpoint)
    assert allowed("wss://wss-open-connection.dingtalk.com:443/connect")


def test_django_starts_without_the_vendors_client():
    code = (
        "import django, sys; django.setup();"
        "print([m for m in ('dingtalk_stream', 'websockets') if m in sys.modules])"
    )
    printed = subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert printed.stdout.strip() == "[]"


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_the_command_listens_until_it_is_told_to_stop(dingtalk_server, dingtalk_settings):
    from django.db import connection  # noqa: PLC0415

    from apps.notifications.models import DingtalkEvent  # noqa: PLC0415

    name = connection.settings_dict["NAME"]
    environment = os.environ | {
        "KBOSS_DATABASE_URL": os.environ["KBOSS_DATABASE_URL"].rpartition("/")[0] + f"/{name}",
        "KBOSS_SANDBOX_DINGTALK_URL": dingtalk_server.url,
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "dingtalk_stream"], cwd=ROOT, env=environment
    )
    try:
        until(lambda: dingtalk_server.stream.is_connected, 30)
        dingtalk_server.state.queue("bpms_task_change", CONTENT | {"taskId": 7})
        until(answered(dingtalk_server))
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(20)

    assert code == 0
    event = DingtalkEvent.objects.get()
    assert (event.kind, event.door) == ("bpms_task_change", "stream")
