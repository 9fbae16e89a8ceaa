"""What a simulator remembers: one small SQLite file, so that kill -9 and a restart lose nothing."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

Row = sqlite3.Row


class Store:
    """One connection and one lock: transactions of one simulator follow each other."""

    def __init__(self, path: Path | None, schema: str) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            str(path or ":memory:"), check_same_thread=False, isolation_level=None, timeout=20
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(
            f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {schema}"
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run one statement and tell how many rows it changed."""
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[object] = ()) -> Row | None:
        found = self.rows(sql, values)
        return found[0] if found else None

    def close(self) -> None:
        with self._lock:
            self._connection.close()
