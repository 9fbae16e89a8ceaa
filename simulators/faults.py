"""Faults on demand: what vendors really do on bad days, in the order asked for."""

import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from simulators.wire import Reply, json_reply


class FaultKind(StrEnum):
    TIMEOUT_AFTER_SUCCESS = "timeout_after_success"
    DROP_AFTER_SUCCESS = "drop_after_success"
    ERROR_BEFORE = "500"
    ERROR_AFTER_SUCCESS = "500_after_success"
    THROTTLE = "429"
    SLOW = "slow"
    MALFORMED = "malformed"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Fault:
    kind: FaultKind
    seconds: float = 30.0

    def spoil(self, act: Callable[[], Reply]) -> Reply:
        """The reply of a vendor that has this fault. Acts, or does not, as the name says."""
        match self.kind:
            case FaultKind.THROTTLE:
                return json_reply({"Code": "Throttling", "Message": "Request was denied"}, 429)
            case FaultKind.ERROR_BEFORE:
                return json_reply({"Code": "InternalError", "Message": "Try again"}, 500)
        reply = act()
        match self.kind:
            case FaultKind.TIMEOUT_AFTER_SUCCESS:
                return replace(reply, delay=self.seconds, is_dropped=True)
            case FaultKind.DROP_AFTER_SUCCESS:
                return replace(reply, is_dropped=True)
            case FaultKind.ERROR_AFTER_SUCCESS:
                return json_reply({"Code": "InternalError", "Message": "Try again"}, 500)
            case FaultKind.SLOW:
                return replace(reply, delay=self.seconds)
            case FaultKind.MALFORMED:
                return Reply(reply.status, b"<html>Bad Gateway", "text/html")
        return reply


class Faults:
    """Queues of faults by action; the queue "*" serves every action."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Fault]] = defaultdict(deque)

    def add(self, kind: str, action: str = "*", times: int = 1, seconds: float = 30.0) -> None:
        with self._lock:
            self._waiting[action].extend([Fault(FaultKind(kind), seconds)] * times)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, action: str) -> Fault | None:
        with self._lock:
            for name in (action, "*"):
                if self._waiting[name]:
                    return self._waiting[name].popleft()
        return None
