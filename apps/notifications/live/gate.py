"""The ASGI layer that keeps streams open, in front of Django."""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from types import FrameType
from typing import Any

from apps.notifications.live.hub import Hub, Stream
from apps.notifications.live.passes import Pass

type Scope = dict[str, Any]
type Message = Mapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Scope, Receive, Send], Awaitable[None]]

PATH = "/api/v1/live/"
IN_SCOPE = "kboss.live"
# Django gives each request a thread and a connection to the database. When a server starts again
# everybody comes back at once, and would use up MariaDB's connections.
ADMITTED_AT_ONCE = 8
GOODBYE = 1.0  # seconds for the last bytes


@dataclass
class Admission:
    """Django's word on a caller: the view fills it in for whom it lets stay."""

    hub: Hub
    pass_: Pass | None = None
    after: int | None = None


class LiveGate:
    """Django decides who may come in, with all its checks, and is done with it.

    While Django answers a request it keeps a thread and a connection to the database for it. So
    its answer here is short, and the stream that follows it is ours: a task and a socket.
    """

    def __init__(self, django: Application) -> None:
        self._django = django
        self._hub = Hub()
        self._turns = asyncio.Semaphore(ADMITTED_AT_ONCE)
        self._is_hooked = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._django(scope, receive, send)
            return
        self._close_with_the_server()
        admission, answer = Admission(self._hub), list[Message]()
        async with self._turns:
            await self._django({**scope, IN_SCOPE: admission}, receive, _into(answer))
        is_admitted = answer and answer[0]["status"] == HTTPStatus.OK
        if admission.pass_ and is_admitted:
            await self._stream(Stream(admission.pass_, admission.after), answer[0], receive, send)
            return
        for message in answer:
            await send(message)

    async def _stream(self, stream: Stream, start: Message, receive: Receive, send: Send) -> None:
        length = b"content-length"
        headers = [header for header in start["headers"] if header[0].lower() != length]
        await send({**start, "headers": headers})
        stream.writer = asyncio.create_task(_write(stream, send))
        departure = asyncio.create_task(_departure(receive))
        self._hub.join(stream)
        try:
            await asyncio.wait({stream.writer, departure}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(stream)
            stream.writer.cancel()
            departure.cancel()
        await asyncio.gather(stream.writer, departure, return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _close_with_the_server(self) -> None:
        """A server that is told to stop waits for open requests, and ours never end by themselves.

        ASGI says so only after that wait, so we listen to the same signals, and pass them on.
        """
        if self._is_hooked or threading.current_thread() is not threading.main_thread():
            return
        self._is_hooked = True
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            _prepend(number, lambda: loop.call_soon_threadsafe(self._hub.close))


def _prepend(number: int, act: Callable[[], object]) -> None:
    former = signal.getsignal(number)
    if not callable(former):  # nobody waits for requests then
        return

    def both(number: int, frame: FrameType | None) -> None:
        act()
        former(number, frame)

    signal.signal(number, both)


def _into(messages: list[Message]) -> Send:
    async def send(message: Message) -> None:
        messages.append(message)

    return send


async def _write(stream: Stream, send: Send) -> None:
    while True:
        frame = await stream.queue.get()
        await send({"type": "http.response.body", "body": frame, "more_body": True})


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
