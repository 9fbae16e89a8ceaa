"""Document numbers: prefix + day + sequence, such as REC20261122000001.

Unique, readable, ordered by the moment they were drawn; gaps are allowed (a rollback leaves one).
There is no counter row, which every sale would have to wait for:

* A number is an INSERT of an empty ticket row in the caller's transaction. InnoDB hands out the
  auto-increment id under a mutex held for that instant, not until commit, and never twice: two
  open transactions draw 7 and 8 and neither waits. A rolled-back id is not used again.
* Sequence = ticket id - base of (prefix, day). The base is the id of a ticket drawn before the
  series row was committed, and everybody draws after having read that row, so every sequence
  is at least 1. One series has one base (UNIQUE), so equal numbers would need equal ids.
* A later draw has the greater id, therefore within a series the greater sequence. Isolation levels
  play no part: the base never changes, and the id is nobody else's.
* The first draw of a prefix and day writes the series row. On MariaDB it does so over a connection
  of its own, which commits at once; inside the caller's transaction the second draw of the day
  would wait for the first sale's commit on the UNIQUE index.

All series share the tickets, so the sequences of one series have gaps where others drew. Six digits
last for a million tickets a day; the million-and-first is one digit wider, still unique, and only
the order as text ends. docs/adr/0004-document-numbers-from-tickets.md weighs the alternatives.
"""

import re
from contextlib import suppress
from datetime import date

from django.db import IntegrityError, connection, transaction

from apps.core.models import NumberSeries, NumberTicket

WIDTH = 6
_PREFIX = re.compile(r"[A-Z]{1,8}")


def next_number(prefix: str, *, on: date) -> str:
    """Draw the next number of `prefix` on business day `on`, in the caller's transaction.

    :raises ValueError: if the prefix is anything but one to eight capital letters
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"{prefix!r} is not a prefix: one to eight capital letters")
    base = _base(prefix, on)
    ticket = NumberTicket.objects.create()
    return f"{prefix}{on:%Y%m%d}{ticket.pk - base:0{WIDTH}}"


def _base(prefix: str, on: date) -> int:
    series = NumberSeries.objects.filter(prefix=prefix, day=on)
    base = series.values_list("base", flat=True).first()
    if base is not None:
        return base
    if connection.vendor == "sqlite":  # has one writer at a time, and it is us
        return _open_on_sqlite(prefix, on)
    return _open_aside(prefix, on)


def _open_on_sqlite(prefix: str, on: date) -> int:
    with transaction.atomic():
        base = NumberTicket.objects.create().pk
        return NumberSeries.objects.create(prefix=prefix, day=on, base=base).base


def _open_aside(prefix: str, on: date) -> int:
    """Commit the series row at once, beside the caller's transaction. Who comes second reads it."""
    aside = connection.copy()
    try:
        with aside.cursor() as cursor:
            cursor.execute("INSERT INTO core_numberticket () VALUES ()")
            first_of_day = [prefix, on, cursor.lastrowid]
            with suppress(IntegrityError):  # another first draw of the day was faster
                cursor.execute(
                    "INSERT INTO core_numberseries (prefix, day, base) VALUES (%s, %s, %s)",
                    first_of_day,
                )
            cursor.execute(
                "SELECT base FROM core_numberseries WHERE prefix = %s AND day = %s", [prefix, on]
            )
            return int(cursor.fetchone()[0])
    finally:
        aside.close()
