"""How long a subscription lasts, in the calendar of the business."""

import calendar
from datetime import datetime

from django.utils import timezone


def months_later(moment: datetime, months: int) -> datetime:
    """
    The same day and time of a later month in the current time zone.

    Where that month is shorter, its last day: January 31 and one month is February 28 or 29.
    """
    local = timezone.localtime(moment)
    years, month = divmod(local.month - 1 + months, 12)
    year, month = local.year + years, month + 1
    day = min(local.day, calendar.monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day)
