"""A small HTTP server in a thread: one function turns a request into a reply."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from urllib.parse import parse_qsl, urlsplit

from simulators import refuse_production

BODY_LIMIT = 10 * 1024 * 1024
PAGES = Path(__file__).parent / "pages"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def parameters(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def json(self) -> dict[str, object]:
        """The body as a JSON object. :raises ValueError: if it is not one"""
        content = json.loads(self.body or b"{}")
        if not isinstance(content, dict):
            raise ValueError("a JSON object is expected")
        return content


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    is_dropped: bool = False  # close the connection without a word


Handler = Callable[[Request], Reply]


@dataclass
class Server:
    """A running simulator."""

    url: str
    _stop: Callable[[], None] = field(repr=False)

    def stop(self) -> None:
        self._stop()


def json_reply(content: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(content, ensure_ascii=False).encode())


def page_reply(name: str, status: int = 200, **values: str) -> Reply:
    """A page from the folder pages/. The values must be escaped already."""
    template = Template((PAGES / name).read_text(encoding="utf-8"))
    body = template.substitute(values).encode()
    return Reply(status, body, "text/html; charset=utf-8", {"Cache-Control": "no-store"})


def redirect(url: str) -> Reply:
    return Reply(302, headers={"Location": url})


def serve_http(handler: Handler, *, port: int = 0) -> Server:
    """
    Serve on loopback until stopped.

    :raises SimulatorsAreForbidden: in production
    """
    refuse_production()
    stopping = threading.Event()
    server = _LoopbackServer(port, handler, stopping)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    )
    thread.start()

    def stop() -> None:
        stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()

    return Server(f"http://127.0.0.1:{server.server_address[1]}", stop)


class _LoopbackServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, handler: Handler, stopping: threading.Event) -> None:
        self.handler, self.stopping = handler, stopping
        super().__init__(("127.0.0.1", port), _Exchange)


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: _LoopbackServer

    def log_message(self, format: str, *args: object) -> None:
        """Silent: what matters is in the state and can be asked for."""

    def answer(self) -> None:
        reply = self.server.handler(self._read())
        if reply.delay:
            self.server.stopping.wait(reply.delay)
        if reply.is_dropped or self.server.stopping.is_set():
            self.close_connection = True
            return
        try:
            self._write(reply)
        except ConnectionError:  # the client gave up waiting
            self.close_connection = True

    do_GET = do_POST = do_DELETE = do_HEAD = answer  # noqa: N815 - the names of http.server

    def _read(self) -> Request:
        length = min(int(self.headers.get("Content-Length") or 0), BODY_LIMIT)
        target = urlsplit(self.path)
        return Request(
            self.command,
            target.path or "/",
            target.query,
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
        )

    def _write(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)
