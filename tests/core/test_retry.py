import threading
from contextlib import suppress

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from apps.core import retry
from apps.core.models import NumberTicket
from apps.core.retry import retry_txn

pytestmark = pytest.mark.usefixtures("no_tickets")


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(retry, "PAUSE", 0)


class FailingInserts:
    """Raises `error` at the first `times` INSERTs, as the database would."""

    def __init__(self, error, times):
        self.error, self.left = error, times

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith("INSERT") and self.left:
            self.left -= 1
            raise self.error
        return execute(sql, params, many, context)


def draw_two(calls=None):
    """Two inserts in one transaction, the second of which may fail."""
    if calls is not None:
        calls.append(1)
    NumberTicket.objects.create()
    NumberTicket.objects.create()
    return "done"


@pytest.mark.django_db(transaction=True)
@pytest.mark.sqlite
@pytest.mark.parametrize(
    "error",
    [
        OperationalError(1213, "Deadlock found when trying to get lock"),
        OperationalError(1205, "Lock wait timeout exceeded"),
        OperationalError(1020, "Record has changed since last read"),
        OperationalError("database is locked"),
        OperationalError("database table is locked: core_numberticket"),
    ],
    ids=lambda error: str(error.args[0])[:14],
)
@pytest.mark.parametrize("failures", [1, 4])
def test_repeats_the_whole_transaction(error, failures):
    calls = []

    with connection.execute_wrapper(FailingInserts(error, failures)):
        assert retry_txn(draw_two)(calls) == "done"

    assert len(calls) == failures + 1
    assert NumberTicket.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("error", "tries"),
    [
        (OperationalError(1213, "Deadlock"), 5),
        (OperationalError(2013, "Lost connection"), 1),
        (OperationalError("no such table"), 1),
        (IntegrityError(1062, "Duplicate entry"), 1),
    ],
    ids=["five deadlocks", "lost connection", "a bug", "duplicate"],
)
def test_gives_up_in_the_end_and_leaves_nothing(error, tries):
    calls = []

    with connection.execute_wrapper(FailingInserts(error, 99)), pytest.raises(type(error)):
        retry_txn(draw_two)(calls)

    assert len(calls) == tries
    assert NumberTicket.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.sqlite
def test_refuses_to_run_inside_another_transaction():
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        retry_txn(draw_two)()

    assert NumberTicket.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.sqlite
def test_never_repeats_what_is_committed():
    """A hook that fails after the commit must not make the money move twice."""

    def pay():
        NumberTicket.objects.create()
        transaction.on_commit(fail)

    def fail():
        raise OperationalError(1213, "Deadlock of the hook's own")

    with pytest.raises(OperationalError):
        retry_txn(pay)()

    assert NumberTicket.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_survives_a_real_deadlock():
    """Two transactions hold one row each and want the other's; MariaDB kills one of them."""
    first, second = (NumberTicket.objects.create().pk for _ in range(2))
    both_hold_one = threading.Barrier(2, timeout=20)
    attempts, done = [], []

    @retry_txn
    def lock_both(mine, other):
        attempts.append(mine)
        NumberTicket.objects.select_for_update().get(pk=mine)
        with suppress(threading.BrokenBarrierError):  # the second try comes alone
            both_hold_one.wait(timeout=None if len(attempts) <= 2 else 0)
        NumberTicket.objects.select_for_update().get(pk=other)
        NumberTicket.objects.create()

    def work(mine, other):
        try:
            lock_both(mine, other)
            done.append(mine)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=work, args=pair) for pair in ((first, second), (second, first))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(done) == [first, second]
    assert len(attempts) == 3
    assert NumberTicket.objects.count() == 4
