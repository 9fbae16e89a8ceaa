"""Holidays that staff enter: a new year needs no release."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from apps.approvals import working_time
from apps.approvals.models import CalendarDay
from tests.factories.approvals import CalendarDayFactory

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
LIST, ADD = "admin:approvals_calendarday_changelist", "admin:approvals_calendarday_add"
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOVEMBER = date(2026, 11, 23)
UNKNOWN = 2027


@pytest.fixture(autouse=True)
def _remembered(monkeypatch):
    known = working_time._known_years() - {UNKNOWN}
    monkeypatch.setattr(working_time, "_known_years", lambda: known)
    working_time.forget_own_days()
    yield
    working_time.forget_own_days()


def test_what_is_entered_goes_before_weekends():
    holiday, weekend = date(UNKNOWN, 10, 1), date(UNKNOWN, 10, 9)  # Friday, Saturday
    before = [working_time.is_working_day(day) for day in (holiday, weekend)]

    CalendarDayFactory(day=holiday)
    CalendarDayFactory(day=weekend, is_working=True, name="国庆节调休")
    working_time.forget_own_days()

    assert before == [True, False]
    assert [working_time.is_working_day(day) for day in (holiday, weekend)] == [False, True]
    start = datetime(UNKNOWN, 9, 30, 17, tzinfo=SHANGHAI)
    after = working_time.add_work_minutes(start, 120)
    assert (after.month, after.day) != (10, 1)


def test_and_before_the_library():
    CalendarDayFactory(day="2026-10-01", is_working=True, name="值班")
    working_time.forget_own_days()

    assert working_time.is_working_day(date(2026, 10, 1))
    assert not working_time.is_working_day(date(2026, 10, 2))


def test_a_year_is_known_once_its_national_day_is_entered():
    assert "2027" in working_time.calendar_warning(NOVEMBER)
    CalendarDayFactory(day="2027-01-01", name="元旦")
    working_time.forget_own_days()
    assert "2027" in working_time.calendar_warning(NOVEMBER)

    CalendarDayFactory(day="2027-10-01")
    working_time.forget_own_days()

    assert working_time.calendar_warning(NOVEMBER) == ""


def test_they_are_read_once(django_assert_num_queries):
    with django_assert_num_queries(1):
        for day in range(1, 29):
            working_time.is_working_day(date(UNKNOWN, 2, day))


@pytest.mark.django_db(transaction=True)
def test_staff_enter_them_in_the_admin(browse, boss):
    client = browse(boss)
    working_time.is_working_day(date(UNKNOWN, 10, 1))  # remembered from before

    client.post(reverse(ADD), {"day": "2027-10-01", "name": "国庆节"})

    assert CalendarDay.objects.get().history.count() == 1
    assert not working_time.is_working_day(date(UNKNOWN, 10, 1))
    assert client.get(reverse(LIST)).status_code == 200


@pytest.mark.parametrize(("who", "code"), [("stranger", 403), ("clerk", 403)])
def test_others_do_not(browse, request, who, code):
    client = browse(request.getfixturevalue(who))

    assert client.get(reverse(LIST)).status_code == code
    assert client.post(reverse(ADD), {"day": "2027-10-01", "name": "x"}).status_code == code
    assert not CalendarDay.objects.exists()


def test_a_distributors_staff_read_them_at_most(browse, rival_boss):
    browse(rival_boss).post(reverse(ADD), {"day": "2027-10-01", "name": "x"})
    day = CalendarDayFactory()
    url = reverse("admin:approvals_calendarday_change", args=[day.pk])

    browse(rival_boss).post(url, {"day": "2031-10-01", "name": "changed"})

    day.refresh_from_db()
    assert day.name == "国庆节"
