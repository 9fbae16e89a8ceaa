"""When a person may be disturbed, in Shanghai's time. Pure: no row is read."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from apps.notifications.enums import Digest

MORNING = time(9)
NIGHT = (time(22), time(8))  # the quiet hours of whoever cannot choose his own


def end_of_quiet(now: datetime, start: time | None, end: time | None) -> datetime | None:
    """When the quiet hours [start, end) around `now` end, or None; they may span midnight."""
    if start is None or end is None or start == end:
        return None
    here = timezone.localtime(now)
    clock = here.time()
    spans_midnight = start > end
    is_quiet = (clock >= start or clock < end) if spans_midnight else start <= clock < end
    if not is_quiet:
        return None
    ends_tomorrow = spans_midnight and clock >= start
    day = here.date() + timedelta(days=1) if ends_tomorrow else here.date()
    return datetime.combine(day, end, tzinfo=here.tzinfo)


def next_digest(now: datetime, digest: str) -> datetime | None:
    """When the next mail of collected messages leaves; None: each leaves at once."""
    here = timezone.localtime(now)
    match digest:
        case Digest.HOURLY:
            return here.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        case Digest.DAILY:
            today = datetime.combine(here.date(), MORNING, tzinfo=here.tzinfo)
            return today if here < today else today + timedelta(days=1)
    return None
