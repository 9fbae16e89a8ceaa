"""
DingTalk's event stream: a websocket that needs no address of ours.

Frames and acknowledgements are the official client's. Its loop is not used: after a polite close it
would knock again at once, for ever; it asks for its ticket without a timeout and logs the answer.
The client is imported by whoever listens, not by every start of Kboss.
"""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from django.conf import settings

from apps.core.errors import DomainError
from apps.notifications.dingtalk.client import DingtalkClient

type Receive = Callable[[str, str, dict[str, Any]], Awaitable[None]]

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds
HEALTHY = 60.0  # a connection that lasted so long was a good one
OPEN_TIMEOUT, CLOSE_TIMEOUT, PING = 10, 5, 30
LARGEST_FRAME = 1024 * 1024
DINGTALK_HOST = ".dingtalk.com"

log = structlog.get_logger(__name__)


class EndpointIsForeign(Exception):
    """The gateway named a host that is not DingTalk's: we go nowhere."""


class StreamListener:
    """Listens for one application until stopped; each event is acknowledged once `receive` is done.

    An event whose `receive` raises stays unacknowledged, so that DingTalk sends it again.
    """

    def __init__(
        self, client: DingtalkClient, receive: Receive, *, first_pause: float = FIRST_PAUSE
    ) -> None:
        self._client, self._receive, self._first_pause = client, receive, first_pause

    async def run(self, stopping: asyncio.Event) -> None:
        pause, lost = self._first_pause, _losses()
        while not stopping.is_set():
            began = asyncio.get_running_loop().time()
            try:
                await self._listen(stopping)
            except lost as error:
                log.warning("dingtalk stream lost", problem=type(error).__name__)
            if asyncio.get_running_loop().time() - began >= HEALTHY:
                pause = self._first_pause
            await _wait(stopping, pause * random.uniform(0.5, 1))  # noqa: S311  spreads, hides nothing
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _listen(self, stopping: asyncio.Event) -> None:
        from websockets.asyncio.client import connect  # noqa: PLC0415  only listeners need it

        endpoint, ticket = await asyncio.to_thread(self._client.open_stream)
        address = f"{allowed(endpoint)}?ticket={quote(ticket, safe='')}"
        router = _router(self._receive)
        async with connect(
            address,
            open_timeout=OPEN_TIMEOUT,
            close_timeout=CLOSE_TIMEOUT,
            ping_interval=PING,
            ping_timeout=PING,
            max_size=LARGEST_FRAME,
            proxy=None,
        ) as socket:
            log.info("dingtalk stream open")
            router.websocket = socket
            closing = asyncio.create_task(_close_when(stopping, socket))
            try:
                async for text in socket:
                    if await self._answer(router, text):
                        return
            finally:
                closing.cancel()

    async def _answer(self, router: Any, text: str | bytes) -> bool:
        """Whether the server asked us to go."""
        try:
            frame = json.loads(text)
            return bool(await router.route_message(frame) == router.TAG_DISCONNECT)
        except Exception as error:  # noqa: BLE001  one bad event must not silence the next
            log.error("dingtalk event not taken in", problem=type(error).__name__)
            return False


def allowed(endpoint: str) -> str:
    """
    The websocket's address, if it is DingTalk's.

    :raises EndpointIsForeign: any other host, and an open line in production
    """
    url = urlsplit(endpoint)
    host = url.hostname or ""
    if settings.IS_SANDBOX:
        is_fine = (
            url.scheme == "ws" and host == urlsplit(settings.SANDBOX_URLS["dingtalk"]).hostname
        )
    else:
        is_fine = url.scheme == "wss" and host.endswith(DINGTALK_HOST) and url.port in {None, 443}
    if not is_fine or url.username or url.query:
        raise EndpointIsForeign(host)
    return endpoint


def _router(receive: Receive) -> Any:
    """The official client, for frames and acknowledgements alone."""
    from dingtalk_stream import (  # noqa: PLC0415  only listeners need it
        AckMessage,
        Credential,
        DingTalkStreamClient,
        EventHandler,
        EventMessage,
    )

    class Events(EventHandler):
        async def process(self, event: EventMessage) -> tuple[int, str]:
            content = event.data if isinstance(event.data, dict) else {}
            await receive(
                str(event.headers.event_id or ""), str(event.headers.event_type or ""), content
            )
            return AckMessage.STATUS_OK, "OK"

    quiet = logging.getLogger("apps.notifications.dingtalk.stream.sdk")
    quiet.setLevel(logging.ERROR)
    router = DingTalkStreamClient(Credential("", ""), logger=quiet)
    router.register_all_event_handler(Events())
    return router


def _losses() -> tuple[type[Exception], ...]:
    """What ends a connection and is tried again."""
    from websockets.exceptions import WebSocketException  # noqa: PLC0415  only listeners need it

    # A gateway that answers nonsense lacks keys, or has a host that is none.
    return (DomainError, OSError, EndpointIsForeign, WebSocketException, KeyError, ValueError)


async def _close_when(stopping: asyncio.Event, socket: Any) -> None:
    await stopping.wait()
    await socket.close()


async def _wait(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
