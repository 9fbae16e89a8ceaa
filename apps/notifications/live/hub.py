"""One look at the table serves everybody whom this process has on the line."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog
from django.conf import settings
from django.db import connections
from django.utils import timezone

from apps.notifications.live import frames, table, wake
from apps.notifications.live.passes import Pass, still_valid
from apps.notifications.live.table import Arrival, Sight

log = structlog.get_logger()

LOOK_EVERY = 2.0  # seconds between looks when no wake-up comes: what is lost is found by then
BREATH = 0.03  # seconds after a look, in which wake-ups gather
BEAT_EVERY = 15.0
CHECK_EVERY = 30.0  # how long a stream may outlive its session
QUEUE = 64  # frames that wait for a slow client, before he is dropped
MOST_OF_ONE_PERSON = 20  # streams in one process
COMES_BACK_AFTER = (2000, 5000)  # milliseconds; after a restart not everybody at once


class Stream:
    """One open connection: who it is, where he stands, and what waits for him."""

    def __init__(self, pass_: Pass, after: int | None) -> None:
        self.pass_ = pass_
        self.arrival = Arrival(pass_.user_id, after)
        self.has_left = False
        self.writer: asyncio.Task[None] | None = None
        self.queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE)
        self.queue.put_nowait(frames.retry(random.randint(*COMES_BACK_AFTER)))  # noqa: S311

    @property
    def user_id(self) -> int:
        return self.pass_.user_id

    def end(self) -> None:
        if self.writer is not None:
            self.writer.cancel()

    def offer(self, frame: bytes) -> None:
        """Never waits: who does not read loses his connection, comes back, and misses nothing."""
        if self.queue.full():
            self.end()
        else:
            self.queue.put_nowait(frame)


class Hub:
    """The streams of one event loop, and the task that feeds them."""

    def __init__(self) -> None:
        self._streams: dict[int, set[Stream]] = defaultdict(set)
        self._arriving: list[Stream] = []
        self._head: int | None = None
        self._beat_at = self._check_at = 0.0
        self._is_closed = False
        self._task: asyncio.Task[None] | None = None
        # The one thread, and so the one database connection, that live push costs a process.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="live")

    # --- from the gate ---------------------------------------------------------------------------

    def has_room_for(self, user_id: int) -> bool:
        return len(self._streams.get(user_id, ())) < MOST_OF_ONE_PERSON

    def join(self, stream: Stream) -> None:
        if self._is_closed:
            stream.end()
            return
        self._arriving.append(stream)
        if self._task is None or self._task.done():
            self._news = asyncio.Event()
            self._task = asyncio.create_task(self._run(), name="live hub")
            self._task.add_done_callback(self._mourn)
        self._news.set()

    def leave(self, stream: Stream) -> None:
        stream.has_left = True
        if stream in self._arriving:
            self._arriving.remove(stream)
        mates = self._streams.get(stream.user_id, set())
        mates.discard(stream)
        if not mates:
            self._streams.pop(stream.user_id, None)

    def close(self) -> None:
        """The process stops: let everybody go, who comes back to another one."""
        self._is_closed = True
        for stream in [*self._everybody(), *self._arriving]:
            stream.end()
        if self._task is not None:
            self._news.set()

    def _mourn(self, task: "asyncio.Task[None]") -> None:
        """A hub that died of a mistake: everybody comes back, and to a new one."""
        if not task.cancelled() and (error := task.exception()):
            log.error("live hub died", reason=repr(error))
            for stream in [*self._everybody(), *self._arriving]:
                stream.end()

    # --- the task --------------------------------------------------------------------------------

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        nudge = partial(loop.call_soon_threadsafe, self._news.set)
        with wake.listening(nudge):
            redis = asyncio.create_task(wake.listen_to_redis(settings.LIVE_REDIS_URL, nudge))
            while not self._is_closed:
                await self._wait_for_news()
                await self._round()
                await asyncio.sleep(BREATH)
            redis.cancel()

    async def _wait_for_news(self) -> None:
        """While nobody listens nothing is asked."""
        is_needed = self._streams or self._arriving
        timer = asyncio.create_task(self._news.wait())
        await asyncio.wait({timer}, timeout=LOOK_EVERY if is_needed else None)
        timer.cancel()
        self._news.clear()

    async def _round(self) -> None:
        arriving = tuple(self._arriving)
        if not (arriving or self._streams):
            self._head = None
            return
        arrivals = {stream.arrival for stream in arriving}
        sight = await self._ask(
            partial(table.look, after=self._head, arrivals=arrivals, now=timezone.now())
        )
        if sight is None:
            return
        self._tell(sight)
        for stream in arriving:
            if not stream.has_left:
                self._arriving.remove(stream)
                self._welcome(stream, sight)
        self._beat()
        await self._check()

    async def _ask[T](self, question: Callable[[], T]) -> T | None:
        """Its answer from the hub's thread; None if the database has none, which is no end."""
        loop = asyncio.get_running_loop()
        answer = loop.run_in_executor(self._thread, _with_own_connection, question)
        await asyncio.wait({answer})
        if error := answer.exception():
            log.error("live push can't read its table", reason=repr(error))
            await asyncio.sleep(1)
            return None
        return answer.result()

    def _tell(self, sight: Sight) -> None:
        if self._head is not None and sight.head < self._head:  # a backup was restored
            self._send(self._everybody(), frames.event(frames.RESET, {}, position=sight.head))
        for row in sight.events:
            if mates := self._streams.get(row.user_id):
                self._send(mates, frames.event(row.topic, row.data, position=row.position or 0))
        self._head = sight.head

    def _welcome(self, stream: Stream, sight: Sight) -> None:
        missed = sight.missed[stream.arrival]
        if missed is None:
            parts = [frames.event(frames.RESET, {}, position=sight.head)]
        else:
            parts = [
                frames.event(row.topic, row.data, position=row.position or 0) for row in missed
            ]
        parts.append(frames.event(frames.READY, {}, position=sight.head))
        stream.offer(b"".join(parts))
        self._streams[stream.user_id].add(stream)

    def _beat(self) -> None:
        if time.monotonic() - self._beat_at >= BEAT_EVERY:
            self._beat_at = time.monotonic()
            frame = frames.event(frames.BEAT, {}, position=self._head or 0)
            self._send(self._everybody(), frame)

    async def _check(self) -> None:
        if time.monotonic() - self._check_at < CHECK_EVERY:
            return
        self._check_at = time.monotonic()
        streams = self._everybody()
        passes = {stream.pass_ for stream in streams}
        valid = await self._ask(partial(still_valid, passes=passes, now=timezone.now()))
        for stream in streams:
            if valid is not None and stream.pass_ not in valid:
                stream.end()

    def _everybody(self) -> list[Stream]:
        return [stream for mates in self._streams.values() for stream in mates]

    def _send(self, streams: Iterable[Stream], frame: bytes) -> None:
        for stream in tuple(streams):
            stream.offer(frame)


def _with_own_connection[T](question: Callable[[], T]) -> T:
    """The thread holds no connection between two looks."""
    try:
        return question()
    finally:
        connections.close_all()
