from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from apps.notifications.enums import Digest
from apps.notifications.times import end_of_quiet, next_digest

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(day, clock):
    return datetime.fromisoformat(f"2026-11-{day}T{clock}").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (at(22, "21:59:59"), None),
        (at(22, "22:00:00"), at(23, "08:00:00")),
        (at(22, "23:59:59"), at(23, "08:00:00")),
        (at(23, "00:00:00"), at(23, "08:00:00")),
        (at(23, "07:59:59"), at(23, "08:00:00")),
        (at(23, "08:00:00"), None),
        (at(30, "23:00:00"), datetime(2026, 12, 1, 8, tzinfo=SHANGHAI)),
    ],
)
def test_quiet_hours_over_midnight(now, end):
    assert end_of_quiet(now, time(22), time(8)) == end
    assert end_of_quiet(now.astimezone(ZoneInfo("UTC")), time(22), time(8)) == end


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (at(22, "11:59:59"), None),
        (at(22, "12:00:00"), at(22, "14:00:00")),
        (at(22, "13:59:59"), at(22, "14:00:00")),
        (at(22, "14:00:00"), None),
    ],
)
def test_quiet_hours_at_noon(now, end):
    assert end_of_quiet(now, time(12), time(14)) == end


@pytest.mark.parametrize("hours", [(None, None), (time(8), time(8)), (time(8), None)])
def test_no_quiet_hours(hours):
    assert end_of_quiet(at(22, "08:00:00"), *hours) is None


@pytest.mark.parametrize(
    ("digest", "now", "slot"),
    [
        (Digest.NONE, at(22, "08:00:00"), None),
        (Digest.HOURLY, at(22, "08:00:00"), at(22, "09:00:00")),
        (Digest.HOURLY, at(22, "23:30:00"), at(23, "00:00:00")),
        (Digest.DAILY, at(22, "08:59:59"), at(22, "09:00:00")),
        (Digest.DAILY, at(22, "09:00:00"), at(23, "09:00:00")),
    ],
)
def test_the_next_digest(digest, now, slot):
    assert next_digest(now, digest) == slot
