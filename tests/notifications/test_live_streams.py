"""Live push over real sockets: uvicorn in processes of its own, MariaDB, and a Redis that dies."""

import asyncio
import random
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.notifications.live import hub, push, wake
from apps.rbac.models import ApiToken, User
from apps.rbac.services.tokens import digest_of
from tests.factories.rbac import ApiTokenFactory, TenantFactory, UserFactory
from tests.support.asgi_streams import in_thread
from tests.support.streams import Listener, Server, run, serving
from tests.support.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CROWD = 500
LATE = hub.LOOK_EVERY + 2.0  # a lost wake-up is made good by the next look


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory, django_db_setup) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server"), free_port()) as running:
        yield running


@pytest.fixture
def listeners(transactional_db):
    """`listeners(3)` are three portal users with a token each."""
    tenant = TenantFactory(code="platform")

    def made(count: int) -> list[User]:
        User.objects.bulk_create(UserFactory.build(tenant=tenant) for _ in range(count))
        users = list(User.objects.order_by("pk"))
        now = timezone.now()
        ApiToken.objects.bulk_create(
            ApiTokenFactory.build(
                user=user, digest=digest_of(key_of(user)), scopes=["read"], last_used_at=now
            )
            for user in users
        )
        return users

    return made


def key_of(user: User) -> str:
    return f"kb_listener-{user.pk}"


def open_for(server: Server, user: User, last: str = "") -> "asyncio.Future[Listener]":
    headers = {"Authorization": f"Bearer {key_of(user)}"}
    return Listener.open(server.port, {**headers, "Last-Event-ID": last} if last else headers)


async def ready(server: Server, user: User, last: str = "") -> Listener:
    listener = await open_for(server, user, last)
    while (await listener.next()).topic != "ready":
        pass
    return listener


def tell(user: User, **data: object) -> None:
    with transaction.atomic():
        push(users=[user.pk], topic="order", data=data)


# --- many ----------------------------------------------------------------------------------------


def test_five_hundred_streams_on_one_process(server, listeners):
    users = listeners(CROWD)
    most_connections = Highest(connections_of_others)
    before = {name: server.status(name) for name in ("Threads", "VmRSS")}

    async def story() -> None:
        begun = time.monotonic()
        with most_connections:
            crowd = await asyncio.gather(*(ready(server, user) for user in users))
        opened_in = time.monotonic() - begun

        resting = Highest(connections_of_others)
        with resting:
            begun = time.monotonic()
            await in_thread(tell_all, users)
            heard = await asyncio.gather(*(listener.next() for listener in crowd))
            told_in = time.monotonic() - begun
        assert [event.data["id"] for event in heard] == [user.pk for user in users]

        after = {name: server.status(name) for name in ("Threads", "VmRSS")}
        per_stream = (after["VmRSS"] - before["VmRSS"]) / CROWD
        print(  # noqa: T201  shown with -s, and when it fails
            f"{CROWD} streams opened in {opened_in:.1f} s, told in {told_in:.2f} s; "
            f"{per_stream:.0f} KiB each; threads {before['Threads']} → {after['Threads']}; "
            f"connections while opening {most_connections.seen}, later {resting.seen}",
        )
        assert after["Threads"] - before["Threads"] <= 2  # the hub's, and one of Django's
        assert per_stream < 100
        assert most_connections.seen <= 11  # eight are let in at once, the hub, and two of ours
        assert resting.seen <= 3  # the hub, and two of ours
        assert told_in < 10

    run(story())
    assert "Traceback" not in server.log.read_text()


def tell_all(users: list[User]) -> None:
    with transaction.atomic():
        for user in users:
            push(users=[user.pk], topic="order", data={"id": user.pk})


def connections_of_others() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM information_schema.processlist "
            "WHERE db = DATABASE() AND id <> CONNECTION_ID()"
        )
        return int(cursor.fetchone()[0])


class Highest:
    """The highest figure while the block runs, looked up every few milliseconds."""

    def __init__(self, look) -> None:
        self._look, self.seen = look, 0

    def __enter__(self) -> "Highest":
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(0.005):
            self.seen = max(self.seen, self._look())
        connection.close()


# --- nothing lost, nothing twice -----------------------------------------------------------------


def test_breaks_and_rollbacks_and_late_commits_lose_nothing(server, listeners):
    """Eight writers commit in any order, a third of them never; the listener comes and goes."""
    users = listeners(2)
    seed = random.randrange(10**6)  # noqa: S311
    committed: list[str] = []

    async def story() -> list[str]:
        dice, heard = random.Random(seed), []  # noqa: S311
        listener = await ready(server, users[0])
        write = partial(write_some, users, seed, committed)
        writing = asyncio.create_task(asyncio.to_thread(at_once, 8, write))
        while not (writing.done() and set(heard) >= set(committed)):
            try:
                event = await listener.next(10 if writing.done() else dice.random() / 4)
            except TimeoutError:
                if writing.done():
                    break
                listener.close()
                listener = await open_for(server, users[0], listener.last)
            else:
                heard += [event.data["id"]] if event.topic == "order" else []
        assert writing.result() == [None] * 8
        return heard

    assert Counter(run(story())) == Counter(committed), f"seed {seed}"


class ThoughtBetterOfIt(Exception):
    """Rolls the transaction back."""


def write_some(users: list[User], seed: int, committed: list[str], number: int) -> None:
    dice = random.Random(seed + number)  # noqa: S311
    for turn in range(12):
        name = f"{number}-{turn}"
        with suppress(ThoughtBetterOfIt), transaction.atomic():
            push(users=[user.pk for user in users], topic="order", data={"id": name})
            time.sleep(dice.random() / 20)
            if dice.random() < 1 / 3:
                raise ThoughtBetterOfIt
            transaction.on_commit(partial(committed.append, name))


# --- two processes and Redis ---------------------------------------------------------------------


@contextmanager
def redis_on(port: int, folder) -> Iterator[subprocess.Popen]:
    command = [shutil.which("redis-server"), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait()


def test_redis_wakes_every_process_and_its_death_loses_nothing(
    tmp_path, listeners, settings, monkeypatch
):
    (user,) = listeners(1)
    port = free_port()
    url = settings.LIVE_REDIS_URL = f"redis://127.0.0.1:{port}/0"
    monkeypatch.setattr(wake, "_rests_until", 0.0)
    monkeypatch.setattr(wake, "REST", 0.2)

    async def hear(pair: list[Listener], number: int) -> float:
        begun = time.monotonic()
        await in_thread(tell, user, id=number)
        for listener in pair:
            assert (await listener.next()).data == {"id": number}
        return time.monotonic() - begun

    async def story(servers: tuple[Server, Server]) -> None:
        with redis_on(port, tmp_path) as redis:
            pair = [await ready(server, user) for server in servers]
            await asyncio.sleep(hub.LOOK_EVERY + 1)  # both have subscribed
            awake = sorted([await hear(pair, number) for number in range(5)])
            redis.kill()
            redis.wait()
            alone = [await hear(pair, number) for number in range(5, 8)]
        with redis_on(port, tmp_path):
            await asyncio.sleep(wake.LOOK_FOR_REDIS_EVERY + 1)
            again = sorted([await hear(pair, number) for number in range(8, 13)])
        print(f"with Redis {awake}, without {alone}, again {again}")  # noqa: T201
        assert awake[2] < hub.LOOK_EVERY / 4
        assert max(alone) < LATE
        assert again[2] < hub.LOOK_EVERY / 4

    with (
        serving(tmp_path, free_port(), KBOSS_CACHE_URL=url) as left,
        serving(tmp_path, free_port(), KBOSS_CACHE_URL=url) as right,
    ):
        run(story((left, right)))
        for server in (left, right):
            assert "Traceback" not in server.log.read_text()


def test_a_killed_process_is_replaced_by_another_without_a_gap(tmp_path, server, listeners):
    (user,) = listeners(1)

    async def story(doomed: Server) -> None:
        listener = await ready(doomed, user)
        await in_thread(tell, user, id=1)
        assert (await listener.next()).data == {"id": 1}
        doomed.process.kill()
        with pytest.raises((EOFError, OSError)):
            await listener.next()
        await in_thread(tell, user, id=2)
        again = await open_for(server, user, listener.last)
        assert [event.data for event in await again.take(2)] == [{"id": 2}, {}]

    with serving(tmp_path, free_port()) as doomed:
        run(story(doomed))


# --- stopping ------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_open_streams_do_not_hold_a_stop_back(tmp_path, listeners, number):
    users = listeners(20)

    async def story(server: Server) -> float:
        crowd = await asyncio.gather(*(ready(server, user) for user in users))
        took = await asyncio.to_thread(server.stop, number)
        assert all(await asyncio.gather(*(listener.ended() for listener in crowd)))
        return took

    with serving(tmp_path, free_port()) as server:
        took = run(story(server))
        log = server.log.read_text()

    assert took < 5
    assert "Traceback" not in log
    assert "Cancel" not in log
