"""Mails and text messages that arrived in the sandbox."""

import re
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path

from simulators.store import Row, Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, recipient TEXT NOT NULL, sender TEXT NOT NULL,
    subject TEXT NOT NULL, text TEXT NOT NULL, code TEXT NOT NULL, received_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS message_recipient ON message (recipient, received_at);
CREATE TABLE IF NOT EXISTS outside (message_id TEXT PRIMARY KEY, out_id TEXT NOT NULL);
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

    def add(self, message: Message, *, out_id: str = "") -> None:
        """`out_id` is the sender's own id of a text message."""
        values = tuple(message.shown().values())
        self._store.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        if out_id:
            self._store.execute("INSERT INTO outside VALUES (?, ?)", (message.id, out_id))

    def texts_to(self, number: str) -> list[tuple[Message, str]]:
        """All text messages to a number, the newest first, with their senders' own ids."""
        rows = self._store.rows(
            "SELECT message.*, coalesce(out_id, '') AS out_id FROM message"
            " LEFT JOIN outside ON message_id = id WHERE kind = 'sms' AND recipient = ?"
            " ORDER BY received_at DESC, message.rowid DESC",
            (number,),
        )
        return [(_message(row), row["out_id"]) for row in rows]

    def messages(self, *, recipient: str = "", kind: str = "") -> list[Message]:
        """The newest first; a recipient is found by any part of his address or number."""
        rows = self._store.rows(
            "SELECT * FROM message WHERE instr(lower(recipient), lower(?)) AND (? = '' OR kind = ?)"
            " ORDER BY received_at DESC, rowid DESC LIMIT ?",
            (recipient, kind, kind, SHOWN),
        )
        return [_message(row) for row in rows]

    def close(self) -> None:
        self._store.close()


def _message(row: Row) -> Message:
    """The columns of a message in a row that may have more."""
    columns = {field.name: row[field.name] for field in fields(Message)}
    return Message(**columns | {"received_at": datetime.fromisoformat(row["received_at"])})


def code_in(text: str) -> str:
    """The verification code of a mail, or nothing."""
    alone: list[str] = ALONE.findall(text)
    numbers: list[str] = SIX_DIGITS.findall(text)
    with_digits = [found for found in alone if any(sign.isdigit() for sign in found)]
    return [*with_digits, *numbers, ""][0]
