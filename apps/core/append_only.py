"""Tables that only grow: the database itself refuses to change or delete their rows.

    operations = [..., AppendOnly("billing_transfer")]     # at the end of the migration

MariaDB: needs the TRIGGER privilege and, with the binary log on, log_bin_trust_function_creators.
TRUNCATE and DROP fire no trigger there: the application's user should not hold DROP in production.
SQLite asks the DELETE trigger about REPLACE INTO only with PRAGMA recursive_triggers=ON (settings).
It rebuilds a table to alter it and loses its triggers on the way: repeat the operation after
such a migration. `missing_guards` (a database check) says so if it was forgotten.
"""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

_CHECK_FAILED = 4025  # MariaDB's number for a broken CHECK: Django raises IntegrityError from it


class AppendOnly(Operation):
    """Refuse UPDATE and DELETE on `table`, whoever asks. An attempt raises IntegrityError."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str) -> None:
        self.table = table

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The models stay as they are."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self.database_backwards(app_label, schema_editor, from_state, to_state)
        for statement in guards(schema_editor.connection, self.table):
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for name in guard_names(self.table):
            quoted = schema_editor.quote_name(name)
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {quoted}", params=None)

    def describe(self) -> str:
        return f"Refuse changes to rows of {self.table}"


def guard_names(table: str) -> list[str]:
    return [f"{table}_no_{event}" for event in ("update", "delete")]


def guards(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    """The statements that guard `table` on this kind of database."""
    quote = connection.ops.quote_name
    refuse = _REFUSALS[connection.vendor]
    return [
        f"CREATE TRIGGER {quote(name)} BEFORE {event} ON {quote(table)} FOR EACH ROW "
        + refuse.format(sentence=f"{table} is append-only: {event} refused")
        for name, event in zip(guard_names(table), ("UPDATE", "DELETE"), strict=True)
    ]


_REFUSALS = {
    "mysql": f"SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = {_CHECK_FAILED}, "
    "MESSAGE_TEXT = '{sentence}'",
    "sqlite": "BEGIN SELECT RAISE(ABORT, '{sentence}'); END",
}


@register(Tags.database)
def guards_stand(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """A warning, not an error: the migration that repeats the operation must be able to run."""
    return [
        Warning(f"{alias}: trigger {name} is gone, rows can be changed", id="core.W001")
        for alias in databases or []
        for name in missing_guards(alias)
    ]


def missing_guards(alias: str) -> list[str]:
    """Triggers that applied migrations created and the database no longer has."""
    connection = connections[alias]
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    applied = MigrationRecorder(connection).applied_migrations()
    wanted = {
        name
        for key, migration in loader.disk_migrations.items()
        if key in applied
        for operation in migration.operations
        if isinstance(operation, AppendOnly)
        for name in guard_names(operation.table)
    }
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS[connection.vendor])
        return sorted(wanted - {name for (name,) in cursor.fetchall()})


_TRIGGERS = {
    "mysql": "SELECT trigger_name FROM information_schema.triggers "
    "WHERE trigger_schema = DATABASE()",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}
