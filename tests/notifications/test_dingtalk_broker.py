"""DingTalk waits 1.5 seconds for an answer, whatever the broker does: rows are the queue."""

import socket
import time

import pytest

from apps.core import tasks
from apps.core.models import OutboxDelivery
from apps.notifications.models import DingtalkEvent
from kboss.celery import app
from kboss.settings.jobs import BROKER_OPTIONS
from tests.notifications.test_dingtalk_callback import INSTANCE, post, word


@pytest.fixture
def refusing():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield unused.getsockname()[1]  # bound, and nobody listens


@pytest.fixture
def swallowing():
    """A host that neither accepts nor refuses, as behind a firewall: its backlog is full."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        yield full.getsockname()[1]
        for one in waiting:
            one.close()


@pytest.fixture
def broker_at():
    names = ("task_always_eager", "broker_url", "broker_transport_options", "task_publish_retry")
    before = {name: app.conf[name] for name in names}

    def forget() -> None:
        app._pool = app.amqp._producer_pool = None
        tasks.broker.down_until = 0.0

    def point(port: int) -> None:
        app.conf.update(
            task_always_eager=False,
            broker_url=f"redis://127.0.0.1:{port}/0",
            broker_transport_options=BROKER_OPTIONS,
            task_publish_retry=False,
        )
        forget()

    yield point
    app.conf.update(before)
    forget()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["refusing", "swallowing"])
def test_answers_in_time_while_the_broker_is_down(dingtalk_settings, broker_at, request, how):
    post({"EventType": "check_url"})  # loads the views, as the first request of a process does
    broker_at(request.getfixturevalue(how))
    began = time.monotonic()

    first = post(INSTANCE)

    took = time.monotonic() - began
    assert word(first) == "success"
    assert took < 1.5
    assert DingtalkEvent.objects.count() == 1
    waiting = OutboxDelivery.objects.get(done_at=None)  # the sweep hands it out
    assert waiting.receiver


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_is_left_alone_for_a_while(dingtalk_settings, broker_at, swallowing):
    broker_at(swallowing)
    post(INSTANCE)
    began = time.monotonic()

    for number in range(10):
        post({**INSTANCE, "processInstanceId": f"i-{number + 2}"})

    assert time.monotonic() - began < 1.5
    assert OutboxDelivery.objects.filter(done_at=None).count() == 11
