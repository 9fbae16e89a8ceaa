"""Test databases: emptied in milliseconds, and kept between runs while the migrations stand."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

ROOT = Path(__file__).resolve().parent.parent
KEPT = {"django_content_type", "auth_permission", "django_migrations"}


@dataclass
class Rows:
    """Rows of some tables, to be put back as they were."""

    rows: dict[str, tuple[list[str], list[tuple]]] = field(default_factory=dict)

    def take(self, tables: Iterable[str]) -> None:
        self.rows = {table: _rows_of(table) for table in tables}

    def put_back(self, tables: Iterable[str]) -> None:
        quote = connection.ops.quote_name
        with connection.constraint_checks_disabled(), connection.cursor() as cursor:
            for table in tables:
                columns, rows = self.rows[table]
                names, marks = ", ".join(map(quote, columns)), ", ".join(["%s"] * len(columns))
                cursor.executemany(f"INSERT INTO {quote(table)} ({names}) VALUES ({marks})", rows)


BASELINE = Rows()  # what migrations left behind; emptying a table puts it back


def empty_tables() -> None:
    """
    Return the database to the state after migrating.

    Append-only tables refuse DELETE: MariaDB truncates those, SQLite lifts the triggers for it.
    Only tables with rows are touched, and content types and permissions stay as they are.
    """
    tables = non_empty_tables()
    if tables:
        _EMPTY[connection.vendor](tables)
        BASELINE.put_back(table for table in tables if table in BASELINE.rows)


def non_empty_tables() -> list[str]:
    tables = sorted(set(connection.introspection.table_names()) - KEPT)
    if not tables:
        return []
    quote = connection.ops.quote_name
    probes = [f"SELECT '{t}' WHERE EXISTS (SELECT 1 FROM {quote(t)})" for t in tables]
    if connection.vendor == "mysql":
        probes = [p.replace(" WHERE", " FROM DUAL WHERE") for p in probes]
    found = []
    with connection.cursor() as cursor:
        for start in range(0, len(probes), 200):  # SQLite joins at most 500 SELECTs
            cursor.execute(" UNION ALL ".join(probes[start : start + 200]))
            found += [row[0] for row in cursor.fetchall()]
    return found


def _rows_of(table: str) -> tuple[list[str], list[tuple]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        return [column[0] for column in cursor.description], list(cursor.fetchall())


def _empty_on_mariadb(tables: list[str]) -> None:
    """TRUNCATE makes a file anew, which takes ten times as long as deleting a few rows."""
    refusing = _tables_with_triggers()
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        # A thread that a test forgot may hold a table: say so soon instead of hanging for a day.
        cursor.execute("SET SESSION lock_wait_timeout = 15, innodb_lock_wait_timeout = 15")
        for table in tables:
            verb = "TRUNCATE TABLE" if table in refusing else "DELETE FROM"
            cursor.execute(f"{verb} {connection.ops.quote_name(table)}")


@cache
def _tables_with_triggers() -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT event_object_table FROM information_schema.triggers"
            " WHERE trigger_schema = DATABASE()"
        )
        return frozenset(row[0] for row in cursor.fetchall())


def _delete_on_sqlite(tables: list[str]) -> None:
    marks = ", ".join(["%s"] * len(tables))
    triggers = (
        f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({marks})"
    )
    quote = connection.ops.quote_name
    with (
        connection.constraint_checks_disabled(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(triggers, tables)
        lifted = cursor.fetchall()
        for name, _ in lifted:
            cursor.execute(f"DROP TRIGGER {quote(name)}")
        for table in tables:
            cursor.execute(f"DELETE FROM {quote(table)}")
        for _, sql in lifted:
            cursor.execute(sql.replace("%", "%%"))


_EMPTY = {"mysql": _empty_on_mariadb, "sqlite": _delete_on_sqlite}


class KeptDatabase:
    """
    Remembers that a test database fits the migrations, so that the next run need not build it.

    The note is taken away while tests run: a run that was killed leaves no note and no trust.
    """

    def __init__(self, database: BaseDatabaseWrapper) -> None:
        name = str(database.settings_dict["TEST"]["NAME"] or database.settings_dict["NAME"])
        place = f"{database.vendor}:{database.settings_dict['PORT']}:{name}"
        self.note = (
            ROOT / "var" / "test-databases" / hashlib.sha256(place.encode()).hexdigest()[:16]
        )

    def fits(self) -> bool:
        return self.note.exists() and self.note.read_text() == _migrations_digest()

    def begin(self) -> None:
        self.note.unlink(missing_ok=True)

    def end(self) -> None:
        self.note.parent.mkdir(parents=True, exist_ok=True)
        self.note.write_text(_migrations_digest())


def copy_migrated_sqlite(target: Path) -> None:
    """A database with every migration applied; the first to ask builds it, all others copy."""
    folder = ROOT / "var" / "test-databases"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "sqlite.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        template = folder / f"{_migrations_digest()[:16]}.sqlite3"
        if not template.exists():
            _build_sqlite(template)
        shutil.copy(template, target)


def _build_sqlite(template: Path) -> None:
    for former in template.parent.glob("*.sqlite3*"):
        former.unlink()
    draft = template.with_suffix(".draft")
    environment = {
        **os.environ,
        "KBOSS_ENVIRONMENT": "test",
        "KBOSS_DATABASE_URL": f"sqlite:///{draft}",
    }
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    draft.rename(template)


def _migrations_digest() -> str:
    """Of everything that decides the schema: our migrations and the versions of installed apps."""
    sources = [*ROOT.glob("apps/*/migrations/*.py"), ROOT / "apps/core/append_only.py"]
    sources += ROOT.glob("requirements/*.txt")
    digest = hashlib.sha256()
    for path in sorted(path for path in sources if path.exists()):
        digest.update(path.read_bytes())
    return digest.hexdigest()
