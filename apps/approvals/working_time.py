"""Working time in China: office hours, lunch break, weekends, 法定节假日 and 调休.

The State Council publishes the holidays of a year in the November before it, and the library
`chinesecalendar` follows with a release. Until that is installed the year has weekends only, and
those days that staff enter in the admin, which go before the library in any year.
"""

import time as clock
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar
import structlog
from django.conf import settings
from django.core.checks import CheckMessage, Info, register
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.approvals.models import CalendarDay

log = structlog.get_logger()

SHANGHAI = ZoneInfo("Asia/Shanghai")
REMEMBERED = 600.0  # seconds
LONGEST_BREAK = 30  # days; longer than any holiday, so a search for the next working day ends


@dataclass(frozen=True)
class Span:
    """A part of a day in which people work, [starts, ends)."""

    starts: time
    ends: time


def work_minutes_between(start: datetime, end: datetime) -> int:
    """Whole minutes of office hours in [start, end); none when the end is not after the start."""
    start, end = start.astimezone(SHANGHAI), end.astimezone(SHANGHAI)
    worked = timedelta()
    for begins, closes in _spans_from(start.date(), end.date()):
        worked += max(min(closes, end) - max(begins, start), timedelta())
    return worked // timedelta(minutes=1)


def add_work_minutes(start: datetime, minutes: int) -> datetime:
    """The first moment by which so many minutes of office hours have passed since `start`.

    :raises ValueError: if the minutes are negative
    """
    if minutes < 0:
        raise ValueError("Working time does not run backwards.")
    moment, left = start.astimezone(SHANGHAI), timedelta(minutes=minutes)
    while left:
        last = moment.date() + timedelta(days=LONGEST_BREAK)
        for begins, closes in _spans_from(moment.date(), last):
            begins = max(begins, moment)
            if closes - begins >= left:
                return begins + left
            left -= max(closes - begins, timedelta())
        moment = datetime.combine(last + timedelta(days=1), time.min, SHANGHAI)
    return moment


def is_working_day(day: date) -> bool:
    """Whether the office is open; Monday to Friday where the year's holidays are not known yet."""
    own = _own_days()
    if day in own:
        return own[day]
    if day.year in _known_years():
        return bool(chinese_calendar.is_workday(day))
    if not is_calendar_known(day.year):
        _warn_once(day.year)
    return day.weekday() < 5


def is_calendar_known(year: int) -> bool:
    """Whether the installed library has that year's holidays, or staff entered its National Day."""
    return year in _known_years() or any(
        day.year == year and day.month == 10 and not is_working
        for day, is_working in _own_days().items()
    )


def calendar_warning(today: date) -> str:
    """A sentence for the people who run Kboss while this or the next year is missing, or ""."""
    missing = [year for year in (today.year, today.year + 1) if not is_calendar_known(year)]
    if not missing:
        return ""
    years = ", ".join(str(year) for year in missing)
    return _(
        "The public holidays of {years} are not known: working time counts weekends only. "
        "Update chinesecalendar, or enter them under “Holidays”."
    ).format(years=years)


@register("approvals")
def calendar_is_known(**_kwargs: object) -> Sequence[CheckMessage]:
    """Tells of a missing year; no more than that, or every build would break on New Year's Day.

    It looks at the library alone: checks run before there is a database.
    """
    this = timezone.localdate().year
    missing = [str(year) for year in (this, this + 1) if year not in _known_years()]
    if not missing:
        return []
    text = _(
        "chinesecalendar does not know the public holidays of {years}: update it, or enter them in "
        "the admin under “Holidays”."
    )
    return [Info(text.format(years=", ".join(missing)), id="approvals.I001")]


def _spans_from(first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    day = first
    while day <= last:
        if is_working_day(day):
            for span in office_hours(settings.OFFICE_HOURS):
                yield (
                    datetime.combine(day, span.starts, SHANGHAI),
                    datetime.combine(day, span.ends, SHANGHAI),
                )
        day += timedelta(days=1)


@cache
def office_hours(text: str) -> tuple[Span, ...]:
    """The spans of "09:00-12:00,13:30-18:00".

    :raises ImproperlyConfigured: unless they are in order and do not overlap
    """
    try:
        pairs = [part.strip().split("-") for part in text.split(",")]
        spans = tuple(Span(*(time.fromisoformat(end) for end in pair)) for pair in pairs)
    except (TypeError, ValueError) as error:
        raise ImproperlyConfigured(f"KBOSS_OFFICE_HOURS is not readable: {text}") from error
    moments = [moment for span in spans for moment in (span.starts, span.ends)]
    if sorted(set(moments)) != moments:
        raise ImproperlyConfigured(f"KBOSS_OFFICE_HOURS is out of order: {text}")
    return spans


class _OwnDays:
    """What staff entered, as this process read it last."""

    def __init__(self) -> None:
        self.days: dict[date, bool] = {}
        self.read_at: float | None = None


_own = _OwnDays()


def _own_days() -> dict[date, bool]:
    moment = clock.monotonic()
    if _own.read_at is None or moment - _own.read_at > REMEMBERED:
        _own.days = dict(CalendarDay.objects.values_list("day", "is_working"))
        _own.read_at = moment
    return _own.days


def forget_own_days() -> None:
    """They were edited: this process reads them anew, others within ten minutes."""
    _own.read_at = None


@cache
def _known_years() -> frozenset[int]:
    # A year counts as known once its National Day is: the library knows no year by halves.
    return frozenset(day.year for day in chinese_calendar.constants.holidays if day.month == 10)


@cache
def _warn_once(year: int) -> None:
    log.warning("approvals.holidays_unknown", year=year)
