"""Django's backend for MySQL, changed in how a transaction begins, and how a deadlock ends it.

A transaction begins with START TRANSACTION. Django switches autocommit off and on again, which is
one round trip more for each transaction.

A deadlock dooms the transaction that it hits. InnoDB has undone all of it then; code that catches
the error and goes on would commit the second half of a posting alone.
"""

from typing import Any

import MySQLdb
from django.db import OperationalError
from django.db.backends.mysql import base

from apps.core.retry import RETRIABLE

type Parameters = Any


class CursorWrapper(base.CursorWrapper):
    def __init__(self, cursor: Any, owner: "DatabaseWrapper") -> None:
        super().__init__(cursor)
        self._owner = owner

    def execute(self, query: str, args: Parameters = None) -> Any:
        try:
            return super().execute(query, args)
        except MySQLdb.OperationalError as error:
            self._owner.doom(error)
            raise

    def executemany(self, query: str, args: Parameters) -> Any:
        try:
            return super().executemany(query, args)
        except MySQLdb.OperationalError as error:
            self._owner.doom(error)
            raise


class DatabaseWrapper(base.DatabaseWrapper):
    def create_cursor(self, name: str | None = None) -> CursorWrapper:
        return CursorWrapper(self.connection.cursor(), self)

    def doom(self, error: OperationalError) -> None:
        """Refuse every further statement of a transaction that the database has given up on."""
        if self.in_atomic_block and error.args and error.args[0] in RETRIABLE:
            self.needs_rollback = True

    def _start_transaction_under_autocommit(self) -> None:
        with self.wrap_database_errors:
            self.connection.query("START TRANSACTION")
