"""Live push in the test's own process: the ASGI application, called as a server would."""

import asyncio
import json
from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.db import connections, transaction
from django.test import Client

from apps.notifications.live import push
from apps.notifications.live.gate import PATH, LiveGate
from apps.rbac.models import User

PATIENCE = 10.0


def gate() -> LiveGate:
    return LiveGate(get_asgi_application())


def tell(*users: User, topic: str = "order", **data: object) -> None:
    with transaction.atomic():
        push(users=[user.pk for user in users], topic=topic, data=data)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


async def in_thread(act: Any, *arguments: Any, **named: Any) -> Any:
    """What touches the database, beside the event loop."""

    def run() -> Any:
        try:
            return act(*arguments, **named)
        finally:
            connections.close_all()

    return await asyncio.to_thread(run)


class Caller:
    """One request to the stream, as the browser of a session or the bearer of a token."""

    def __init__(
        self,
        application: LiveGate,
        *,
        client: Client | None = None,
        key: str = "",
        last: object = None,
        method: str = "GET",
        query: str = "",
    ) -> None:
        self._application = application
        self._events: asyncio.Queue[tuple[str, dict[str, Any]] | None] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._asked = False
        self.reads = asyncio.Event()  # a client that does not read: clear it
        self.reads.set()
        self.status, self.body, self.last, self.is_complete = 0, b"", "", False
        self.headers: dict[str, str] = {}
        self._scope = _scope(_headers(client, key, last), method, query)
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> "Caller":
        """Until the first event, or the refusal."""
        self._task = asyncio.create_task(self._call())
        started = asyncio.create_task(self._started())
        await asyncio.wait_for(started, PATIENCE)
        return self

    async def _started(self) -> None:
        while not self.status or (self.status != 200 and not self.is_complete):
            await asyncio.sleep(0.005)

    async def next(self, patience: float = PATIENCE) -> tuple[str, dict[str, Any]] | None:
        """Topic and data of the next event; None: the stream was ended."""
        return await asyncio.wait_for(self._events.get(), patience)

    async def ready(self) -> "Caller":
        await self.open()
        while (await self.next() or ("ready",))[0] != "ready":
            pass
        return self

    async def until_ready(self) -> list[tuple[str, dict[str, Any]]]:
        """What is replayed."""
        found = []
        while (event := await self.next()) is not None and event[0] != "ready":
            found.append(event)
        return found

    async def leave(self) -> None:
        self._gone.set()
        self.reads.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=PATIENCE)

    async def _call(self) -> None:
        await self._application(self._scope, self._receive, self._send)
        self._events.put_nowait(None)

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {
                name.decode().lower(): value.decode() for name, value in message["headers"]
            }
            return
        await self.reads.wait()
        self.body += message.get("body", b"")
        self.is_complete = not message.get("more_body", False)
        if self.status == 200:
            self._understand()

    def _understand(self) -> None:
        *blocks, self.body = self.body.split(b"\n\n")
        for block in blocks:
            lines = (line.partition(": ") for line in block.decode().split("\n"))
            fields = {name: value for name, _, value in lines}
            self.last = fields.get("id", self.last)
            if fields.get("event", "beat") != "beat":
                self._events.put_nowait((fields["event"], json.loads(fields["data"])))


def _headers(client: Client | None, key: str, last: object) -> list[tuple[bytes, bytes]]:
    headers = {"host": "127.0.0.1", "accept": "text/event-stream"}
    if client is not None:
        cookie: SimpleCookie = client.cookies
        name = settings.SESSION_COOKIE_NAME
        headers["cookie"] = f"{name}={cookie[name].value}" if name in cookie else ""
    if key:
        headers["authorization"] = f"Bearer {key}"
    if last is not None:
        headers["last-event-id"] = str(last)
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def _scope(headers: list[tuple[bytes, bytes]], method: str, query: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 40000),
        "server": ("127.0.0.1", 8000),
    }
