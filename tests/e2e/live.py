"""Kboss for the browser tests: the parts of kboss.embedded, on a test database of their own.

python -m tests.e2e.live FOLDER --port 18000
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.db import connection
from django.utils import timezone

from kboss import embedded
from tests.databases import BASELINE, KeptDatabase, empty_tables, non_empty_tables


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the simulators keep their state")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    with (
        embedded._listener(options.port) as listener,
        embedded._sandbox(options.folder, options.port) as simulators,
    ):
        simulators.cloud.state.boot_seconds = 1.0
        django.setup()
        with _database():
            from kboss.demo.dingtalk import load_dingtalk  # noqa: PLC0415  models load after the settings
            from tests.e2e import world  # noqa: PLC0415  models load after the settings

            load_dingtalk(world.build(), timezone.now())
            banner = embedded._banner(options.port, simulators)
            embedded._serve_until_stopped(listener, banner)
    return 0


@contextmanager
def _database() -> Iterator[None]:
    """Migrated, empty, and kept for the next run while the migrations stand."""
    kept = KeptDatabase(connection)
    fits = kept.fits()
    kept.begin()
    connection.creation.create_test_db(verbosity=0, autoclobber=True, keepdb=fits)
    BASELINE.take(non_empty_tables())
    yield
    empty_tables()
    kept.end()


if __name__ == "__main__":
    sys.exit(main())
