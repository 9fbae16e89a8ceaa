"""The backend of kboss/mariadb, on a real MariaDB."""

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.core.models import NumberTicket

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_tickets"),
    pytest.mark.skipif("connection.vendor != 'mysql'", reason="it is the backend for MariaDB"),
]


def fail_with(number):
    """What the server says, from the server itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = %s, MESSAGE_TEXT = 'as ordered'", [number]
        )


def statements_sent():
    with connection.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Questions'")
        return int(cursor.fetchone()[1])


def test_a_transaction_costs_two_round_trips_besides_its_statements():
    NumberTicket.objects.count()
    before = statements_sent()

    with transaction.atomic():
        NumberTicket.objects.count()

    assert statements_sent() - before == 1 + 3  # the question itself; begin, count, commit


def test_commits():
    with transaction.atomic():
        NumberTicket.objects.create()

    connection.close()
    assert NumberTicket.objects.count() == 1


def test_rolls_back():
    @transaction.atomic
    def fail():
        NumberTicket.objects.create()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert NumberTicket.objects.count() == 0


def test_a_statement_after_the_transaction_commits_by_itself():
    with transaction.atomic():
        NumberTicket.objects.create()

    NumberTicket.objects.create()

    connection.close()
    assert NumberTicket.objects.count() == 2


@pytest.mark.parametrize("number", [1213, 1205, 1020])
def test_who_swallows_a_deadlock_can_not_go_on(number):
    @transaction.atomic
    def swallow():
        NumberTicket.objects.create()
        with pytest.raises(OperationalError, match="as ordered"):
            fail_with(number)
        NumberTicket.objects.create()

    with pytest.raises(transaction.TransactionManagementError):
        swallow()

    assert NumberTicket.objects.count() == 0


def test_who_swallows_a_deadlock_and_stops_commits_nothing():
    with transaction.atomic():
        NumberTicket.objects.create()
        with pytest.raises(OperationalError, match="as ordered"):
            fail_with(1213)

    assert NumberTicket.objects.count() == 0


def test_other_errors_leave_the_transaction_to_its_owner():
    with transaction.atomic():
        with pytest.raises(OperationalError, match="as ordered"):
            fail_with(1644)
        NumberTicket.objects.create()

    assert NumberTicket.objects.count() == 1


def test_a_deadlock_outside_a_transaction_is_only_an_error():
    with pytest.raises(OperationalError, match="as ordered"):
        fail_with(1213)

    with CaptureQueriesContext(connection) as queries:
        NumberTicket.objects.create()

    assert len(queries) == 1
