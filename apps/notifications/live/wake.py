"""Somebody pushed: have every process look at the table now and not with its next round.

A wake-up says nothing more, so it may be lost, doubled or late.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache

import redis
import structlog
from django.conf import settings

log = structlog.get_logger()

CHANNEL = "kboss.live"
ANSWERS_WITHIN = 0.5  # seconds; whoever pushes is somebody's request
LOOK_FOR_REDIS_EVERY = 2.0
REST = 5.0  # seconds without trying, once Redis did not answer

_listeners: set[Callable[[], object]] = set()
_rests_until = 0.0


@contextmanager
def listening(listener: Callable[[], object]) -> Iterator[None]:
    """Call `listener` for each wake-up of this process; from any thread."""
    _listeners.add(listener)
    try:
        yield
    finally:
        _listeners.discard(listener)


def everybody() -> None:
    """Wake the hubs: this process's directly, those of others over Redis where there is one."""
    for listener in tuple(_listeners):
        listener()
    if settings.LIVE_REDIS_URL and time.monotonic() >= _rests_until:
        _publish(settings.LIVE_REDIS_URL)


def _publish(url: str) -> None:
    global _rests_until
    try:
        _client(url).publish(CHANNEL, "")
    except redis.RedisError as error:
        log.warning("live wake-up was not sent; hubs look at the table anyway", reason=str(error))
        _rests_until = time.monotonic() + REST


@lru_cache(maxsize=1)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_connect_timeout=ANSWERS_WITHIN, socket_timeout=ANSWERS_WITHIN
    )


async def listen_to_redis(url: str, listener: Callable[[], object]) -> None:
    """Call `listener` for each wake-up that another process sends, for ever.

    While Redis is away nothing is lost: the hub looks at the table every two seconds anyway.
    """
    while url:
        with suppress(redis.RedisError, OSError):
            await _listen(url, listener)
        await asyncio.sleep(LOOK_FOR_REDIS_EVERY)


async def _listen(url: str, listener: Callable[[], object]) -> None:
    from redis.asyncio import Redis  # noqa: PLC0415  the embedded process needs none of it

    async with Redis.from_url(url, socket_connect_timeout=2) as client, client.pubsub() as channel:
        await channel.subscribe(CHANNEL)
        listener()  # what was sent while nobody listened
        async for _message in channel.listen():
            listener()
