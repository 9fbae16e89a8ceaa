"""What the database must be like before money is entrusted to it."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections


@register(Tags.database)
def database_keeps_its_word(
    *, databases: Sequence[str] | None = None, **_: Any
) -> Sequence[CheckMessage]:
    """MariaDB runs READ COMMITTED and strict; with anything else stock is oversold or money cut."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if connection.vendor != "mysql":
            continue
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@tx_isolation, @@sql_mode")
            isolation, sql_mode = cursor.fetchone()
        if isolation != "READ-COMMITTED":
            found.append(Error(f"{alias}: isolation is {isolation}", id="core.E001"))
        if "STRICT_TRANS_TABLES" not in sql_mode:
            found.append(Error(f"{alias}: sql_mode lacks STRICT_TRANS_TABLES", id="core.E002"))
    return found
