"""Days and months of the business, in Asia/Shanghai, as half-open periods."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from apps.products.pricing import BUSINESS_ZONE


class Period(NamedTuple):
    """[start, until)."""

    start: datetime
    until: datetime

    @property
    def days(self) -> int:
        return (local_day(self.until) - local_day(self.start)).days


def midnight(day: date) -> datetime:
    """The moment at which the day begins."""
    return datetime.combine(day, time(), BUSINESS_ZONE)


def local_day(moment: datetime) -> date:
    return moment.astimezone(BUSINESS_ZONE).date()


def month_of(moment: datetime) -> Period:
    first = local_day(moment).replace(day=1)
    return Period(midnight(first), midnight(_next_month(first)))


def quarter_of(moment: datetime) -> Period:
    day = local_day(moment)
    first = day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)
    after = first
    for _month in range(3):
        after = _next_month(after)
    return Period(midnight(first), midnight(after))


def year_of(moment: datetime) -> Period:
    first = local_day(moment).replace(month=1, day=1)
    return Period(midnight(first), midnight(first.replace(year=first.year + 1)))


def months_within(start: datetime, until: datetime) -> Iterator[tuple[Period, Period]]:
    """The calendar months that the period touches, each with the part of it that it touches."""
    moment = start
    while moment < until:
        month = month_of(moment)
        yield month, Period(max(month.start, start), min(month.until, until))
        moment = month.until


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
