"""How events leave the sandbox DingTalk: down a stream, or else as encrypted HTTP callbacks."""

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import requests
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as Handshake
from websockets.http11 import Response
from websockets.sync.server import Server as WebSocketServer
from websockets.sync.server import ServerConnection, serve

from simulators import refuse_production
from simulators.dingtalk_crypto import Envelope, EnvelopeIsWrong
from simulators.dingtalk_state import DingtalkState
from simulators.store import Row

POLL_SECONDS = 0.05
ACK_SECONDS = 5.0
TICKET_SECONDS = 90.0
OK = 200
Opener = Callable[[], str]


class Stream:
    """The gateway's websocket: a ticket opens it once; what is sent must be acknowledged."""

    def __init__(self, port: int) -> None:
        refuse_production()
        logging.getLogger("websockets.server").setLevel(logging.WARNING)
        self._tickets: dict[str, float] = {}
        self._connections: list[ServerConnection] = []
        self._acks: dict[str, int] = {}
        self._changed = threading.Condition()
        self.opened = 0  # connections ever made
        self._server: WebSocketServer = serve(
            self._attend, "127.0.0.1", port, process_request=self._admit
        )
        self.port = int(self._server.socket.getsockname()[1])
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def is_connected(self) -> bool:
        return bool(self._connections)

    def ticket(self) -> str:
        ticket = secrets.token_urlsafe(16)
        self._tickets[ticket] = time.monotonic() + TICKET_SECONDS
        return ticket

    def push(self, frame: dict[str, object], message_id: str) -> int:
        """Send one frame and wait for its acknowledgement; the code, or 0 if none came."""
        with self._changed:
            connection = self._connections[-1] if self._connections else None
        if connection is None:
            return 0
        try:
            connection.send(json.dumps(frame, ensure_ascii=False))
        except ConnectionClosed:
            return 0
        with self._changed:
            self._changed.wait_for(lambda: message_id in self._acks, ACK_SECONDS)
            return self._acks.pop(message_id, 0)

    def disconnect(self, *, politely: bool) -> None:
        """Close every connection; politely: after a system message that says so."""
        for connection in list(self._connections):
            if politely:
                headers = {"topic": "disconnect", "messageId": secrets.token_hex(8)}
                frame = {"specVersion": "1.0", "type": "SYSTEM", "headers": headers, "data": "{}"}
                connection.send(json.dumps(frame))
            connection.close()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()

    def _admit(self, connection: ServerConnection, request: Handshake) -> Response | None:
        tickets = parse_qs(urlsplit(request.path).query).get("ticket", [""])
        if self._tickets.pop(tickets[0], 0.0) < time.monotonic():
            return connection.respond(HTTPStatus.UNAUTHORIZED, "ticket\n")
        return None

    def _attend(self, connection: ServerConnection) -> None:
        with self._changed:
            self._connections.append(connection)
            self.opened += 1
        try:
            for text in connection:
                answer = json.loads(text)
                with self._changed:
                    self._acks[str(answer["headers"].get("messageId"))] = int(answer["code"])
                    self._changed.notify_all()
        except ConnectionClosed:
            pass
        finally:
            with self._changed:
                self._connections.remove(connection)


class EventSender:
    """A thread that hands out what is due. The queue lies in the state, so a restart goes on."""

    def __init__(
        self, state: DingtalkState, stream: Stream, owner: str, delays: tuple[float, ...]
    ) -> None:
        self._state, self._stream, self._owner, self._delays = state, stream, owner, delays
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(POLL_SECONDS):
            if not self._stream.is_connected and self._state.callback() is None:
                continue
            for event in self._state.due_events():
                if self._stopping.is_set():
                    return
                self._send(event)

    def _send(self, event: Row) -> None:
        told = self._by_stream(event) if self._stream.is_connected else self.post(event)
        is_done = told in {"stream 200", "callback success"}
        is_over = is_done or event["attempts"] >= len(self._delays)
        delay = 0.0 if is_over else self._delays[event["attempts"]]
        self._state.settle_event(event["id"], told if is_over else "", delay)

    def _by_stream(self, event: Row) -> str:
        message_id = secrets.token_hex(12)
        headers = {
            "topic": "*",
            "eventType": event["kind"],
            "eventId": event["id"],
            "eventBornTime": str(event["born"]),
            "eventCorpId": self._state.corp_id,
            "messageId": message_id,
            "contentType": "application/json",
            "time": str(int(time.time() * 1000)),
        }
        frame: dict[str, object] = {
            "specVersion": "1.0",
            "type": "EVENT",
            "headers": headers,
            "data": event["content"],
        }
        return f"stream {self._stream.push(frame, message_id)}"

    def post(self, event: Row, *, timestamp: str = "", signature: str = "") -> str:
        """One encrypted callback; how it was answered."""
        callback = self._state.callback()
        if callback is None:
            return ""
        envelope = Envelope(callback["token"], callback["aes_key"], self._owner)
        content = {"EventType": event["kind"], **json.loads(event["content"])}
        sealed = envelope.seal(json.dumps(content, ensure_ascii=False), timestamp=timestamp)
        signature = signature or sealed["msg_signature"]
        query = {
            "signature": signature,
            "msg_signature": signature,
            "timestamp": sealed["timeStamp"],
            "nonce": sealed["nonce"],
        }
        try:
            answer = requests.post(
                callback["url"],
                params=query,
                json={"encrypt": sealed["encrypt"]},
                timeout=(2, 10),
                allow_redirects=False,
            )
            told = answer.json() if answer.status_code == OK else {}
            word = envelope.open(
                told["msg_signature"], told["timeStamp"], told["nonce"], told["encrypt"]
            )
        except (requests.RequestException, ValueError, KeyError, EnvelopeIsWrong) as error:
            return f"callback {type(error).__name__}"
        return f"callback {word}"
