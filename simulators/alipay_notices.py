"""Alipay's asynchronous notices: signed, repeated until `success`, and bad ones on demand."""

import json
import threading
from collections import deque

import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from simulators.alipay_state import AlipayState, clock
from simulators.signatures import alipay_content, sign_rsa2
from simulators.store import Row

POLL_SECONDS = 0.1
BAD_SIGNATURE = "bad_signature"
# What a bad notice says instead of the truth.
LIES = {
    "bad_signature": {"_lie": BAD_SIGNATURE},
    "wrong_amount": {"total_amount": "0.01"},
    "wrong_app": {"app_id": "2021999999999999", "auth_app_id": "2021999999999999"},
    "wrong_seller": {"seller_id": "2088999999999999"},
}
Notice = tuple[dict[str, str], float]


class NoticePlan:
    """How the next payments are notified; without a plan: once, at once, truly."""

    def __init__(self) -> None:
        self._kinds: deque[tuple[str, float]] = deque()

    def add(self, kind: str, seconds: float) -> None:
        """:raises ValueError: unless kind is duplicate, late, none or one of LIES"""
        if kind not in {"duplicate", "late", "none", *LIES}:
            raise ValueError(kind)
        self._kinds.append((kind, seconds))

    def take(self) -> list[Notice]:
        """The notices of one payment: changed fields and delay of each."""
        if not self._kinds:
            return [({}, 0.0)]
        kind, seconds = self._kinds.popleft()
        if kind in LIES:
            return [(LIES[kind], 0.0)]
        plans: dict[str, list[Notice]] = {
            "duplicate": [({}, 0.0), ({}, 0.0)],
            "late": [({}, seconds)],
            "none": [],
        }
        return plans[kind]


class NoticeSender:
    """A thread that posts what is due. The queue lies in the state, so a restart goes on."""

    def __init__(
        self, state: AlipayState, key: RSAPrivateKey, delays: tuple[float, ...], plan: NoticePlan
    ) -> None:
        self._state, self._key, self._delays, self.plan = state, key, delays, plan
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(POLL_SECONDS):
            for notice in self._state.due_notices():
                if self._stopping.is_set():
                    return
                self._send(notice)

    def _send(self, notice: Row) -> None:
        try:
            answer = requests.post(
                notice["url"],
                data=self._signed(json.loads(notice["fields"])),
                timeout=(2, 10),
                allow_redirects=False,
            )
            is_done = answer.status_code == 200 and answer.text.strip() == "success"
            told = f"{answer.status_code} {answer.text[:40]}"
        except requests.RequestException as error:
            is_done, told = False, type(error).__name__
        attempt = notice["attempts"]
        is_over = is_done or attempt >= len(self._delays)
        delay = 0.0 if is_over else self._delays[attempt]
        self._state.settle_notice(notice, told if is_over else "", delay)

    def _signed(self, fields: dict[str, str]) -> dict[str, str]:
        lie = fields.pop("_lie", "")
        fields["notify_time"] = clock()
        signature = sign_rsa2(alipay_content(fields, frozenset({"sign", "sign_type"})), self._key)
        if lie == BAD_SIGNATURE:
            signature = sign_rsa2(b"something else", self._key)
        return fields | {"sign_type": "RSA2", "sign": signature}
