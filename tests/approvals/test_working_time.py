"""TKT-2, APR-4: office hours with lunch, 法定节假日 and 调休."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from apps.approvals.working_time import (
    add_work_minutes,
    calendar_is_known,
    calendar_warning,
    is_working_day,
    office_hours,
    work_minutes_between,
)

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST = datetime.fromisoformat("2025-01-01")
DAY = 3 * 60 + 4 * 60 + 30  # 9:00 to 12:00 and 13:30 to 18:00


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-11-23 09:00", "2026-11-23 18:00", DAY),
        ("2026-11-23 00:00", "2026-11-24 00:00", DAY),
        ("2026-11-23 11:30", "2026-11-23 14:00", 60),  # the lunch break does not count
        ("2026-11-23 12:00", "2026-11-23 13:30", 0),
        ("2026-11-23 12:15", "2026-11-23 13:31", 1),
        ("2026-11-20 17:00", "2026-11-23 10:00", 120),  # over a weekend
        ("2026-09-30 17:00", "2026-10-08 10:00", 120),  # over National Day, 7 days
        ("2026-10-01 00:00", "2026-10-08 00:00", 0),
        ("2026-10-10 00:00", "2026-10-11 00:00", DAY),  # a Saturday worked for it
        ("2026-09-20 09:00", "2026-09-20 10:00", 60),  # a Sunday worked
        ("2026-02-13 17:30", "2026-02-24 09:30", 30 + DAY + 30),  # Spring Festival; 14th worked
        ("2026-12-31 17:00", "2027-01-01 18:00", 60 + DAY),  # 2027 unknown: a plain Friday
        ("2026-11-23 10:00:30", "2026-11-23 10:02:00", 1),  # whole minutes
        ("2026-11-23 10:00", "2026-11-23 10:00", 0),
        ("2026-11-23 11:00", "2026-11-23 10:00", 0),
    ],
)
def test_minutes_between(start, end, minutes):
    assert work_minutes_between(at(start), at(end)) == minutes


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-23 09:00", 60, "2026-11-23 10:00"),
        ("2026-11-23 11:30", 60, "2026-11-23 14:00"),
        ("2026-11-23 11:30", 30, "2026-11-23 12:00"),  # done as lunch begins, not after it
        ("2026-11-23 12:10", 1, "2026-11-23 13:31"),
        ("2026-11-20 17:00", 120, "2026-11-23 10:00"),
        ("2026-11-21 10:00", 1, "2026-11-23 09:01"),
        ("2026-09-30 17:00", 120, "2026-10-08 10:00"),
        ("2026-10-09 17:00", 120, "2026-10-10 10:00"),  # the Saturday counts
        ("2026-11-23 09:00", DAY, "2026-11-23 18:00"),
        ("2026-11-22 23:00", 0, "2026-11-22 23:00"),
    ],
)
def test_adding_minutes(start, minutes, end):
    assert add_work_minutes(at(start), minutes) == at(end)


def test_other_zones_are_read_as_the_moment_that_they_name():
    start = datetime.fromisoformat("2026-11-23T01:00:00+00:00")  # 09:00 in Shanghai

    assert work_minutes_between(start, start + timedelta(hours=1)) == 60


def test_time_does_not_run_backwards():
    with pytest.raises(ValueError, match="backwards"):
        add_work_minutes(at("2026-11-23 09:00"), -1)


@given(
    start=st.datetimes(min_value=FIRST, max_value=FIRST + timedelta(days=600)),
    minutes=st.integers(min_value=1, max_value=20 * DAY),
)
def test_what_was_added_lies_between(start, minutes):
    start = start.replace(tzinfo=SHANGHAI)

    end = add_work_minutes(start, minutes)

    assert work_minutes_between(start, end) == minutes
    assert work_minutes_between(start, end - timedelta(microseconds=1)) == minutes - 1


def test_a_year_without_data_has_weekends_only():
    assert is_working_day(date(2041, 10, 1))  # a Tuesday
    assert not is_working_day(date(2041, 10, 5))  # a Saturday


def test_a_year_without_data_is_told():
    assert calendar_warning(date(2025, 11, 22)) == ""
    assert "2041" in calendar_warning(date(2040, 1, 1))
    assert "2040, 2041" in calendar_warning(date(2040, 1, 1))


@pytest.mark.parametrize(
    ("today", "found"), [("2025-06-01", []), ("2040-06-01", ["approvals.I001"])]
)
def test_the_system_check_tells_it(monkeypatch, today, found):
    monkeypatch.setattr(
        "apps.approvals.working_time.timezone.localdate", lambda: date.fromisoformat(today)
    )

    assert [message.id for message in calendar_is_known()] == found


def test_office_hours_are_a_setting(settings):
    settings.OFFICE_HOURS = "10:00-11:00"

    assert work_minutes_between(at("2026-11-23 00:00"), at("2026-11-25 00:00")) == 120


@pytest.mark.parametrize("text", ["", "9-12", "09:00", "13:00-12:00", "09:00-12:00,11:00-18:00"])
def test_unreadable_office_hours_are_refused(text):
    with pytest.raises(ImproperlyConfigured):
        office_hours(text)
