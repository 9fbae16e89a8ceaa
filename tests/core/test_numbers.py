import threading
from datetime import date

import pytest
from django.db import connection, transaction

from apps.core.models import NumberSeries
from apps.core.numbers import next_number

DAY = date(2026, 11, 22)


def sequence(number, prefix="REC"):
    head = f"{prefix}{DAY:%Y%m%d}"
    assert number.startswith(head)
    assert len(number) == len(head) + 6
    return int(number.removeprefix(head))


def draw_and_roll_back():
    with transaction.atomic():
        next_number("REC", on=DAY)
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.sqlite
def test_counts_from_one_within_a_prefix_and_day():
    numbers = [next_number("REC", on=DAY) for _ in range(3)]

    assert numbers == [f"REC20261122{n:06}" for n in (1, 2, 3)]
    assert next_number("REC", on=date(2026, 11, 23)) == "REC20261123000001"
    assert next_number("ORD", on=DAY) == "ORD20261122000001"


@pytest.mark.django_db(transaction=True)
@pytest.mark.sqlite
def test_rises_although_other_series_draw_in_between():
    drawn = []
    for _ in range(3):
        drawn.append(sequence(next_number("REC", on=DAY)))
        next_number("ORD", on=DAY)

    assert drawn == sorted(set(drawn))
    assert min(drawn) >= 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.sqlite
def test_a_rollback_leaves_a_gap_at_most():
    first = next_number("REC", on=DAY)
    draw_and_roll_back()

    third = next_number("REC", on=DAY)

    assert sequence(third) > sequence(first)


@pytest.mark.django_db(transaction=True)
@pytest.mark.sqlite
def test_a_rollback_of_the_first_of_the_day_harms_nobody():
    draw_and_roll_back()

    numbers = [next_number("REC", on=DAY) for _ in range(2)]

    assert sequence(numbers[1]) > sequence(numbers[0]) >= 1


@pytest.mark.django_db
@pytest.mark.sqlite
@pytest.mark.parametrize("prefix", ["", "rec", "RE1", "R-C", "ABCDEFGHI", "ＲＥＣ"])
def test_refuses_prefixes_that_could_run_into_the_date(prefix):
    with pytest.raises(ValueError, match="is not a prefix"):
        next_number(prefix, on=DAY)


def in_threads(count, work):
    """Run `work(index)` in `count` threads at once; their results, errors raised."""
    results, failures = [None] * count, []
    together = threading.Barrier(count, timeout=60)

    def run(index):
        try:
            together.wait()
            results[index] = work(index)
        except Exception as error:  # noqa: BLE001  handed to the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert failures == []
    return results


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_64_threads_draw_different_numbers_from_the_first_of_the_day_on():
    def draw(_index):
        drawn = []
        for _ in range(5):
            with transaction.atomic():
                drawn.append(sequence(next_number("REC", on=DAY)))
        return drawn

    results = in_threads(64, draw)

    every = [number for drawn in results for number in drawn]
    assert len(set(every)) == len(every) == 320
    assert min(every) >= 1
    assert all(drawn == sorted(drawn) for drawn in results)
    assert NumberSeries.objects.filter(prefix="REC", day=DAY).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.parametrize("is_first_of_the_day", [True, False])
def test_nobody_waits_for_a_transaction_that_stays_open(is_first_of_the_day):
    """Every thread keeps its transaction open until all 64 hold a number: no lock, or no end."""
    if not is_first_of_the_day:
        next_number("REC", on=DAY)
    all_drawn = threading.Barrier(64, timeout=60)

    def draw(_index):
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION innodb_lock_wait_timeout = 5")
        with transaction.atomic():
            number = sequence(next_number("REC", on=DAY))
            all_drawn.wait()
        return number

    numbers = in_threads(64, draw)

    assert len(set(numbers)) == 64


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_who_draws_later_draws_higher_whoever_commits_first():
    next_number("REC", on=DAY)
    drawn, early_has_drawn, late_has_committed = {}, threading.Event(), threading.Event()

    def draw(index):
        if index == 0:
            with transaction.atomic():
                drawn["early"] = sequence(next_number("REC", on=DAY))
                early_has_drawn.set()
                assert late_has_committed.wait(timeout=30)
        else:
            assert early_has_drawn.wait(timeout=30)
            with transaction.atomic():
                drawn["late"] = sequence(next_number("REC", on=DAY))
            late_has_committed.set()

    in_threads(2, draw)

    assert drawn["early"] < drawn["late"]
