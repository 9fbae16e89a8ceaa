"""Listeners of live push: a client of server-sent events that keeps hundreds of streams open, and
a Kboss that serves them, without jobs."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT = 60.0
PATIENCE = 20.0  # seconds for what should come at once; two cores are shared


_open: list[asyncio.StreamWriter] = []


def run[T](story: Coroutine[Any, Any, T]) -> T:
    """A story among listeners; whoever is still on the line at its end hangs up."""

    async def whole() -> T:
        try:
            return await story
        finally:
            for writer in _open:
                writer.close()
            await asyncio.gather(*(w.wait_closed() for w in _open), return_exceptions=True)
            _open.clear()

    return asyncio.run(whole())


@dataclass(frozen=True)
class Event:
    topic: str
    data: dict[str, Any]
    position: int


class Refused(Exception):
    """Another answer than a stream."""

    def __init__(self, status: int, body: str) -> None:
        self.status, self.body = status, body
        super().__init__(f"{status} {body}")


@dataclass
class Listener:
    """One open stream."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    last: str = ""

    @classmethod
    async def open(cls, port: int, headers: Mapping[str, str], path: str = "") -> Self:
        """:raises Refused: if the answer is no stream"""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        _open.append(writer)
        lines = [
            f"GET /api/v1/live/{path} HTTP/1.1",
            "Host: 127.0.0.1",
            "Accept: text/event-stream",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        await writer.drain()
        opened = cls(reader, writer, last=headers.get("Last-Event-ID", ""))
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)).decode()
        status, *fields = head.strip().split("\r\n")
        opened.status = int(status.split()[1])
        opened.headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in fields)
        }
        if opened.headers.get("content-type") != "text/event-stream":
            body = await reader.read(int(opened.headers.get("content-length", 0)))
            opened.close()
            raise Refused(opened.status, body.decode())
        return opened

    async def ended(self) -> bool:
        """Whether the server ends the stream now, as it should be ended."""
        try:
            while True:
                await self.next()
        except EOFError:
            return True

    async def next(self, patience: float = PATIENCE) -> Event:
        """The next event, beats left out. :raises EOFError: if the stream ends"""
        while True:
            event = await asyncio.wait_for(self._read(), patience)
            if event is not None and event.topic != "beat":
                return event

    async def take(self, count: int) -> list[Event]:
        return [await self.next() for _ in range(count)]

    async def _read(self) -> Event | None:
        """One block; None for one without an event."""
        fields: dict[str, str] = {}
        while line := (await self._line()):
            name, _, value = line.partition(": ")
            fields[name] = value
        self.last = fields.get("id", self.last)
        if "data" not in fields:
            return None
        return Event(fields["event"], json.loads(fields["data"]), int(fields["id"]))

    async def _line(self) -> str:
        """Out of HTTP's chunks: a chunk is a line with its size, and what it holds."""
        while True:
            raw = (await self.reader.readline()).decode()
            if not raw or raw == "0\r\n":
                raise EOFError
            if not raw.endswith("\r\n"):
                return raw.removesuffix("\n")

    def close(self) -> None:
        self.writer.close()


@dataclass(frozen=True)
class Server:
    """One process of uvicorn, as in production."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def status(self, name: str) -> int:
        """A figure of the kernel: "Threads", "VmRSS" (in KiB)."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in text.splitlines() if line.startswith(f"{name}:"))
        return int(line.split()[1])

    def stop(self, number: int = signal.SIGTERM) -> float:
        """How long it took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=30)
        return time.monotonic() - begun


@contextmanager
def serving(folder: Path, port: int, **variables: str) -> Iterator[Server]:
    """uvicorn on the database of the tests. It stops for SIGTERM without a limit of time."""
    log = folder / f"uvicorn-{port}.log"
    environment = {**os.environ, "KBOSS_DATABASE_URL": _database_url(), **variables}
    command = [sys.executable, "-m", "uvicorn", "kboss.asgi:application", "--lifespan", "off"]
    command += ["--port", str(port), "--log-level", "warning"]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  our own server
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_until_it_answers(port, process, log)
        yield Server(port, process, log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _database_url() -> str:
    """The database that the tests really use."""
    return (
        os.environ["KBOSS_DATABASE_URL"].rsplit("/", 1)[0] + f"/{connection.settings_dict['NAME']}"
    )


def _wait_until_it_answers(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/me/", timeout=5)
        except urllib.error.HTTPError:
            return  # nobody is signed in
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(log.read_text(errors="replace")[-3000:])
