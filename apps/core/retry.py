"""Running a transaction again when the database asks for it."""

import random
import time
from collections.abc import Callable
from functools import wraps

from django.db import OperationalError, transaction

TRIES = 5
PAUSE = 0.02  # seconds before the second try at most; doubles with every try
DEADLOCK, LOCK_WAIT_TIMEOUT, RECORD_CHANGED = 1213, 1205, 1020
RETRIABLE = frozenset({DEADLOCK, LOCK_WAIT_TIMEOUT, RECORD_CHANGED})


def retry_txn[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` in its own outermost transaction, again if the database gave up on it.

    Deadlock (1213), lock wait timeout (1205), changed record (1020) and SQLite's "database is
    locked" are tried up to five times with growing random pauses. For doors and tasks only: the
    whole transaction is repeated, because after a deadlock the database has undone all of it.
    Catching the error further inside would commit the second half of a posting alone.

    :raises RuntimeError: inside another transaction, which only its owner may repeat
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        attempt = 1
        while True:
            outcome = _Outcome()
            try:
                with transaction.atomic(durable=True):
                    # First in the queue: a failing on_commit hook comes after the commit, and
                    # what is committed is never repeated.
                    transaction.on_commit(outcome.mark_committed)
                    return function(*args, **kwargs)
            except OperationalError as error:
                if outcome.is_committed or attempt == TRIES or not is_retriable(error):
                    raise
            time.sleep(random.uniform(0, PAUSE * 2**attempt))  # noqa: S311  spreads, hides nothing
            attempt += 1

    return run


def is_retriable(error: OperationalError) -> bool:
    """Whether the database undid the transaction and would take it again."""
    reason = error.args[0] if error.args else None
    if isinstance(reason, str):  # SQLite has sentences, not numbers
        return reason.startswith(("database is locked", "database table is locked"))
    return reason in RETRIABLE


class _Outcome:
    is_committed = False

    def mark_committed(self) -> None:
        self.is_committed = True
