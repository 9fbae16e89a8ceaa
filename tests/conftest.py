"""
Wires the tests to their services before Django loads.

MariaDB and Redis come from scripts/services.py. KBOSS_TEST_ENGINE=sqlite runs the tests marked
`sqlite` on the embedded database; KBOSS_TEST_DATABASE_SUFFIX keeps several people's runs apart.
"""

import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import django
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings

from scripts import services
from tests.databases import (
    BASELINE,
    KeptDatabase,
    copy_migrated_sqlite,
    empty_tables,
    non_empty_tables,
)

SUFFIX = os.environ.get("KBOSS_TEST_DATABASE_SUFFIX", "")
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
ON_SQLITE = os.environ.get("KBOSS_TEST_ENGINE") == "sqlite"
# Invented, and worth nothing outside of the tests.
FIXED_SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "kboss.settings",
    "KBOSS_ENVIRONMENT": "test",
    "KBOSS_SECRET_KEY": "tests-only-" + "x" * 40,
    "KBOSS_KEYS": "t1:" + "QUFB" * 10 + "QUE=",
}
REDIS_DATABASES = 64


def _database_url() -> str:
    if ON_SQLITE:
        folder = Path(tempfile.gettempdir()) / f"kboss-tests-{os.getuid()}"
        folder.mkdir(exist_ok=True)
        return f"sqlite:///{folder}/kboss{SUFFIX and '_' + SUFFIX}.sqlite3"
    url = urlsplit(URLS.database)
    return urlunsplit(url._replace(path=url.path + (SUFFIX and f"_{SUFFIX}")))


def _cache_url() -> str:
    """One Redis database for each suffix and worker, so that emptying it harms nobody."""
    if ON_SQLITE:
        return "locmemcache://"
    number = 1 + zlib.crc32(f"{SUFFIX}{WORKER}".encode()) % (REDIS_DATABASES - 1)
    return urlunsplit(urlsplit(URLS.redis)._replace(path=f"/{number}"))


if not ON_SQLITE:
    try:
        URLS = services.ensure()
    except services.ServicesAreMissing as missing:
        pytest.exit(str(missing), returncode=3)
    os.environ |= URLS.as_environment()
os.environ |= FIXED_SETTINGS
os.environ |= {"KBOSS_DATABASE_URL": _database_url(), "KBOSS_CACHE_URL": _cache_url()}

django.setup()  # the plugins below import models

# The first example builds the table of Unicode, and a busy machine is no reason to fail.
settings.register_profile("kboss", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kboss")

pytest_plugins = [
    name
    for name in ("tests.fixtures.actors", "tests.fixtures.browser", "tests.fixtures.dingtalk")
    if find_spec(name)
]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if ON_SQLITE:
        others = [item for item in items if not item.get_closest_marker("sqlite")]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item.get_closest_marker("sqlite")]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix) -> None:
    """SQLite: a file, because threads can't wait for each other on a database in memory."""
    if ON_SQLITE:
        path = Path(connection.settings_dict["NAME"])
        path = path.with_stem(f"test_{path.stem}{WORKER}")
        connection.settings_dict["TEST"]["NAME"] = str(path)
        for former in path.parent.glob(f"{path.name}*"):
            former.unlink()
        copy_migrated_sqlite(path)


@pytest.fixture(scope="session")
def kept_database(request, django_db_modify_db_settings) -> KeptDatabase | None:
    if ON_SQLITE or request.config.option.create_db:
        return None
    return KeptDatabase(connection)


@pytest.fixture(scope="session")
def django_db_keepdb(kept_database) -> bool:
    return ON_SQLITE or kept_database is not None


@pytest.fixture(scope="session")
def django_db_createdb(kept_database) -> bool:
    return not ON_SQLITE and (kept_database is None or not kept_database.fits())


@pytest.fixture(scope="session")
def django_db_setup(
    kept_database, django_db_createdb, django_db_setup, django_db_blocker
) -> Iterator[None]:
    TransactionTestCase._fixture_teardown = lambda self: empty_tables()
    with django_db_blocker.unblock():
        BASELINE.take(non_empty_tables())
    if kept_database is None:
        yield
        return
    kept_database.begin()
    yield
    kept_database.end()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _fresh_rules() -> None:
    """What is rolled back with a test must not stay compiled: nothing has marked it as changed."""
    from apps.products.selectors.rulebook import forget_compiled  # noqa: PLC0415  needs settings

    forget_compiled()


@pytest.fixture
def now() -> datetime:
    """A Friday morning in Shanghai; nothing in the tests asks the clock on the wall."""
    return datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


# --- browser -------------------------------------------------------------------------------------

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args) -> dict[str, object]:
    """The system's Chromium; Playwright never downloads its own."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.fail("Chromium is missing: install it (Debian: apt-get install chromium).")
    return {**browser_type_launch_args, "executable_path": chromium, "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def playwright(playwright):
    """Playwright keeps an event loop in this thread, and Django would refuse the database in it."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    return playwright
