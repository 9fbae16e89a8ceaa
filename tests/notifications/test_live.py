"""Live push in one process: who hears what, and in which order."""

import asyncio
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.core.events import NotInTransaction
from apps.notifications.live import hub, push, table
from apps.notifications.models import LiveClock, LiveEvent
from tests.support.asgi_streams import Caller, gate, in_thread, signed_in, tell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.sqlite
def test_is_told_after_the_commit_and_never_without_one(member):
    with pytest.raises(NotInTransaction):
        push(users=[member.pk], topic="order", data={})
    with transaction.atomic():
        push(users=[member.pk], topic="order", data={})
        transaction.set_rollback(True)

    assert LiveEvent.objects.count() == 0


@pytest.mark.sqlite
def test_each_hears_his_own_once(member, outsider):
    async def story():
        application = gate()
        one = await Caller(application, client=client).ready()
        two = await Caller(application, client=client).ready()
        other = await Caller(application, client=others).ready()
        await in_thread(tell, member, member, id=1)
        await in_thread(tell, outsider, id=2)
        await in_thread(tell, member, topic="inbox", unread=3)
        heard = [[await caller.next(), await caller.next()] for caller in (one, two)]
        assert heard == [[("order", {"id": 1}), ("inbox", {"unread": 3})]] * 2
        assert await other.next() == ("order", {"id": 2})
        for caller in (one, two, other):
            await caller.leave()

    client, others = signed_in(member), signed_in(outsider)
    asyncio.run(story())


def test_proxies_are_told_not_to_hold_it_back(member):
    async def story():
        caller = await Caller(gate(), client=client).ready()
        assert caller.headers["x-accel-buffering"] == "no"
        assert caller.headers["cache-control"] == "no-store"
        assert caller.headers["content-type"] == "text/event-stream"
        assert not {"content-length", "content-encoding"} & set(caller.headers)
        await caller.leave()

    client = signed_in(member)
    asyncio.run(story())


@pytest.mark.sqlite
def test_who_comes_back_hears_what_he_missed(member, outsider):
    async def story():
        application = gate()
        caller = await Caller(application, client=client).ready()
        await in_thread(tell, member, id=1)
        assert await caller.next() == ("order", {"id": 1})
        await caller.leave()
        for number in (2, 3):
            await in_thread(tell, member, id=number)
            await in_thread(tell, outsider, id=number)

        again = await Caller(application, client=client, last=caller.last).open()
        assert await again.until_ready() == [("order", {"id": 2}), ("order", {"id": 3})]
        await in_thread(tell, member, id=4)
        assert await again.next() == ("order", {"id": 4})
        await again.leave()
        by_query = await Caller(
            application, client=client, query=f"last_event_id={again.last}"
        ).open()
        assert await by_query.until_ready() == []
        await by_query.leave()

    client = signed_in(member)
    asyncio.run(story())


def test_a_row_that_commits_late_comes_late_and_is_not_lost(member):
    """Ids are drawn in the order of writing; a cursor over ids would pass the slow one by."""

    async def story():
        application = gate()
        caller = await Caller(application, client=client).ready()
        is_written, may_commit = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def slow() -> None:
            with transaction.atomic():
                push(users=[member.pk], topic="order", data={"id": "slow"})
                loop.call_soon_threadsafe(is_written.set)
                asyncio.run_coroutine_threadsafe(may_commit.wait(), loop).result()

        writing = asyncio.create_task(in_thread(slow))
        await is_written.wait()
        await in_thread(tell, member, id="fast")
        assert await caller.next() == ("order", {"id": "fast"})
        await caller.leave()
        may_commit.set()
        await writing

        again = await Caller(application, client=client, last=caller.last).open()
        assert await again.until_ready() == [("order", {"id": "slow"})]
        await again.leave()

    client = signed_in(member)
    asyncio.run(story())
    ids = dict(LiveEvent.objects.values_list("data__id", "pk"))
    assert ids["slow"] < ids["fast"]


@pytest.mark.parametrize("last", ["0", "3", "999", "minus one", "-1", "１", "9" * 30])
def test_who_was_away_too_long_is_told_to_read_again(member, last):
    async def story():
        caller = await Caller(gate(), client=client, last=last).open()
        assert await caller.next() == ("reset", {})
        assert await caller.next() == ("ready", {})
        assert caller.last == "5"
        await caller.leave()

    client = signed_in(member)
    for number in range(5):
        tell(member, id=number)
    table.number_new(now=timezone.now())
    LiveEvent.objects.filter(position__lte=4).update(
        numbered_at=timezone.now() - table.KEPT_FOR - timedelta(seconds=1)
    )
    assert table.prune(now=timezone.now()) == 4

    asyncio.run(story())
    assert LiveClock.objects.values_list("position", "pruned").get() == (5, 4)


@pytest.mark.sqlite
def test_a_position_that_was_pruned_is_never_given_again(member):
    tell(member, id=1)
    later = timezone.now() + 2 * table.KEPT_FOR
    table.number_new(now=timezone.now())
    assert table.prune(now=later) == 1
    assert table.prune(now=later) == 0

    tell(member, id=2)
    table.number_new(now=timezone.now())

    assert LiveEvent.objects.get().position == 2


def test_too_much_to_replay_is_a_reset(member, monkeypatch):
    async def story():
        caller = await Caller(gate(), client=client, last="0").open()
        assert await caller.until_ready() == [("reset", {})]
        await caller.leave()

    monkeypatch.setattr(table, "MOST_REPLAYED", 2)
    client = signed_in(member)
    for number in range(3):
        tell(member, id=number)
    asyncio.run(story())


def test_who_does_not_read_is_dropped_and_holds_nobody_up(member, outsider, monkeypatch):
    async def story():
        application = gate()
        slow = await Caller(application, client=client).ready()
        quick = await Caller(application, client=client).ready()
        seen = slow.last
        slow.reads.clear()
        for number in range(8):
            await in_thread(tell, member, id=number)
            assert await quick.next() == ("order", {"id": number})
        assert len(application._hub._streams[member.pk]) == 1
        slow.reads.set()
        while await slow.next() is not None:
            seen = slow.last

        again = await Caller(application, client=client, last=slow.last or seen).open()
        missed = [data["id"] for _topic, data in await again.until_ready()]
        assert missed == list(range(8))[int(slow.last) :]
        for caller in (quick, again):
            await caller.leave()
        assert not application._hub._streams

    monkeypatch.setattr(hub, "QUEUE", 4)
    client = signed_in(member)
    asyncio.run(story())


def test_nobody_there_asks_nothing(member, monkeypatch):
    asked = []

    async def story():
        application = gate()
        caller = await Caller(application, client=client).ready()
        await caller.leave()
        await asyncio.sleep(0.1)
        asked.clear()
        await in_thread(tell, member, id=1)
        await asyncio.sleep(0.5)

    look = table.look
    monkeypatch.setattr(table, "look", lambda **named: (asked.append(1), look(**named))[1])
    monkeypatch.setattr(hub, "LOOK_EVERY", 0.05)
    client = signed_in(member)
    asyncio.run(story())

    assert asked == []


def test_a_look_costs_as_much_for_many_as_for_one(member, outsider, django_assert_num_queries):
    for number in range(30):
        tell(member, outsider, id=number)
    now = timezone.now()
    table.number_new(now=now)
    arrivals = {table.Arrival(user.pk, after) for user in (member, outsider) for after in range(9)}

    with django_assert_num_queries(2):
        assert table.look(after=60, arrivals=(), now=now).events == []
    with django_assert_num_queries(4):
        sight = table.look(after=0, arrivals=arrivals, now=now)

    assert len(sight.events) == 60
    assert {len(rows) for rows in sight.missed.values()} == {26, 27, 28, 29, 30}


def test_a_database_that_is_away_ends_no_stream(member, monkeypatch):
    async def story():
        application = gate()
        caller = await Caller(application, client=client).ready()
        monkeypatch.setattr(table, "look", away)
        await in_thread(tell, member, id=1)
        await asyncio.sleep(0.2)
        monkeypatch.setattr(table, "look", look)
        assert await caller.next() == ("order", {"id": 1})
        await caller.leave()

    def away(**_named):
        raise connection.Database.OperationalError(2003, "gone")

    look = table.look
    client = signed_in(member)
    asyncio.run(story())


def test_a_hub_that_dies_lets_everybody_come_back(member, monkeypatch):
    async def story():
        application = gate()
        caller = await Caller(application, client=client).ready()
        monkeypatch.setattr(hub.Hub, "_tell", mistake)
        await in_thread(tell, member, id=1)
        assert await caller.next() is None
        monkeypatch.undo()
        again = await Caller(application, client=client, last=caller.last).open()
        assert await again.until_ready() == [("order", {"id": 1})]
        await again.leave()

    def mistake(_hub, _sight):
        raise ZeroDivisionError

    client = signed_in(member)
    asyncio.run(story())
