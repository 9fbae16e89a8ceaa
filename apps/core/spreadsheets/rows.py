"""Reading a whole table without holding it."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Model, QuerySet

PAGE = 5000


def rows_by_key[M: Model](queryset: QuerySet[M], *fields: str, size: int = PAGE) -> Iterator[Any]:
    """The rows in the order of their primary key, read in pages: tuples of `fields`, or instances.

    `.iterator()` streams on no MySQL client: the whole result lands in this process first. Here a
    page does. Rows written meanwhile may or may not be among them.
    """
    pages = queryset.order_by("pk")
    last: object = None
    while True:
        rest = pages if last is None else pages.filter(pk__gt=last)
        if fields:
            page: list[Any] = list(rest.values_list(*fields, "pk")[:size])
            yield from (row[:-1] for row in page)
        else:
            page = list(rest[:size])
            yield from page
        if len(page) < size:
            return
        last = page[-1][-1] if fields else page[-1].pk
