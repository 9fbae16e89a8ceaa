"""A MariaDB of the benchmark's own, as durable as in production, with an empty Kboss in it.

The server of the tests skips the disk, which would flatter every floor. This one flushes its log at
each commit. KBOSS_BENCH_DATABASE_URL names another server; the scratch database is dropped at the
end either way.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import MySQLdb

from benchmarks.harness import settle
from scripts import services

SCRATCH = f"kboss_bench_{os.getpid()}"
OPTIONS = [
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_unicode_ci",
    "--skip-log-bin",
    "--performance-schema=OFF",
    "--max-connections=200",
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-buffer-pool-size=1G",
    "--innodb-log-file-size=512M",
]
PROGRAMS = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin"])


@contextmanager
def bench_server() -> Iterator[None]:
    """Set the environment to an empty scratch database, with Django ready."""
    given = os.environ.get("KBOSS_BENCH_DATABASE_URL")
    with _server(given) as url, _scratch_database(url):
        os.environ |= {
            "KBOSS_ENVIRONMENT": "test",
            "KBOSS_SECRET_KEY": "benchmarks-only-" + "x" * 40,
            "KBOSS_DATABASE_URL": urlsplit(url)._replace(path=f"/{SCRATCH}").geturl(),
            "KBOSS_CACHE_URL": "locmemcache://",
        }
        settle()
        yield


@contextmanager
def _server(given: str | None) -> Iterator[str]:
    if given:
        yield given
        return
    services.ensure()  # installs the programs where they are missing
    with tempfile.TemporaryDirectory(prefix="bench-", dir=services.VAR) as folder:
        process, port = _start(Path(folder))
        try:
            yield f"mysql://root@127.0.0.1:{port}/mysql"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def _start(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    data = [f"--datadir={folder / 'data'}", *(["--user=root"] if os.geteuid() == 0 else [])]
    install = ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
    subprocess.run(
        [_program("mariadb-install-db"), "--no-defaults", *data, *install],
        check=True,
        capture_output=True,
    )
    place = [f"--socket={tempfile.gettempdir()}/kboss-bench-{port}.sock", f"--port={port}"]
    process = subprocess.Popen(
        [_program("mariadbd"), "--no-defaults", *data, *place, *OPTIONS],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "mariadb.log").open("wb"),
    )
    _wait(process, port)
    services.load_time_zones([_program("mariadb"), "--no-defaults", "-uroot", place[0]])
    return process, port


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("MariaDB for the benchmark did not start") from None
            time.sleep(0.05)


def _program(name: str) -> str:
    path = shutil.which(name, path=PROGRAMS)
    if path is None:
        raise SystemExit(f"{name} is missing")
    return path


@contextmanager
def _scratch_database(url: str) -> Iterator[None]:
    parts = urlsplit(url)
    login = {
        "host": parts.hostname or "127.0.0.1",
        "port": parts.port or 3306,
        "user": parts.username or "root",
        "passwd": parts.password or "",
    }
    _execute(login, f"CREATE DATABASE {SCRATCH} CHARACTER SET utf8mb4")
    try:
        yield
    finally:
        _execute(login, f"DROP DATABASE {SCRATCH}")


def _execute(login: dict[str, object], statement: str) -> None:
    connection = MySQLdb.connect(**login)
    try:
        connection.cursor().execute(statement)
    finally:
        connection.close()
