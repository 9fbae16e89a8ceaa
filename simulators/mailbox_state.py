"""Mails and text messages that arrived in the sandbox."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from simulators.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, recipient TEXT NOT NULL, sender TEXT NOT NULL,
    subject TEXT NOT NULL, text TEXT NOT NULL, code TEXT NOT NULL, received_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS message_recipient ON message (recipient, received_at);
"""
# A code stands alone on its line (allauth's mails), or is the only number of its length.
ALONE = re.compile(r"^\s*([0-9A-Z]{3,4}-?[0-9A-Z]{3,4})\s*$", re.MULTILINE)
SIX_DIGITS = re.compile(r"(?<!\d)\d{6}(?!\d)")
SHOWN = 200


@dataclass(frozen=True)
class Message:
    id: str
    kind: str  # "mail" or "sms"
    recipient: str
    sender: str
    subject: str
    text: str
    code: str
    received_at: datetime

    def shown(self) -> dict[str, str]:
        return asdict(self) | {"received_at": self.received_at.isoformat()}


class MailboxState:
    def __init__(self, directory: Path | None) -> None:
        self._store = Store(directory / "mailbox.sqlite3" if directory else None, SCHEMA)

    def add(self, message: Message) -> None:
        values = tuple(message.shown().values())
        self._store.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)

    def messages(self, *, recipient: str = "", kind: str = "") -> list[Message]:
        """The newest first; a recipient is found by any part of his address or number."""
        rows = self._store.rows(
            "SELECT * FROM message WHERE instr(lower(recipient), lower(?)) AND (? = '' OR kind = ?)"
            " ORDER BY received_at DESC, rowid DESC LIMIT ?",
            (recipient, kind, kind, SHOWN),
        )
        return [
            Message(**dict(row) | {"received_at": datetime.fromisoformat(row["received_at"])})
            for row in rows
        ]

    def close(self) -> None:
        self._store.close()


def code_in(text: str) -> str:
    """The verification code of a mail, or nothing."""
    alone: list[str] = ALONE.findall(text)
    numbers: list[str] = SIX_DIGITS.findall(text)
    with_digits = [found for found in alone if any(sign.isdigit() for sign in found)]
    return [*with_digits, *numbers, ""][0]
