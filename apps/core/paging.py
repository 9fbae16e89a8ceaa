"""Pages of long lists."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Page, Paginator
from django.db import connections
from django.db.models import QuerySet
from django.utils.functional import cached_property

COUNT_LIMIT = 10_000  # beyond it a list says "10,000+": counting a million rows helps nobody


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # takes none at run time
    """Counts to COUNT_LIMIT and no further, and finds a page's keys before it reads the rows."""

    @cached_property
    def count(self) -> int:
        objects = self.object_list
        if isinstance(objects, QuerySet):
            keys = objects.order_by().values_list("pk")[: COUNT_LIMIT + 1]
            [(count,)] = _ask("SELECT COUNT(*) FROM ({sql}) counted", keys, nothing=[(0,)])
            return int(count)
        return len(objects)

    def page(self, number: int | str) -> "Page[Any]":
        """To sort 100,000 rows with all their columns and those of their neighbours takes seconds;
        their keys take none of that, and mostly lie in order."""
        objects = self.object_list
        if not isinstance(objects, QuerySet):
            return super().page(number)
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        found = _ask("{sql}", objects.values_list("pk")[start : start + self.per_page], nothing=())
        return Page(objects.filter(pk__in=[row[0] for row in found]), number, self)


def _ask(frame: str, rows: QuerySet[Any, Any], *, nothing: Sequence[Any]) -> Sequence[Any]:
    """MariaDB begins with the smallest table, of tenants mostly, and has all rows to sort then. In
    the order of the query it reads along the list's own index, and stops when it has enough."""
    try:
        sql, params = rows.query.get_compiler(rows.db).as_sql()
    except EmptyResultSet:
        return nothing
    with connections[rows.db].cursor() as cursor:
        if cursor.db.vendor == "mysql":
            sql = sql.replace("SELECT", "SELECT STRAIGHT_JOIN", 1)
        cursor.execute(frame.format(sql=sql), params)
        found: Sequence[Any] = cursor.fetchall()
    return found
