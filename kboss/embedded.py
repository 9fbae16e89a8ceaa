"""Everything in one process: portal, admin and API, jobs with their clock, and the sandbox.

    python -m kboss.embedded [--port 8000]

For the sandbox alone; production runs these as processes of their own (docker/compose.yml).
"""

import argparse
import fcntl
import os
import runpy
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import django
import environ
import uvicorn
from celery._state import _set_task_join_will_block  # type: ignore[attr-defined]
from celery.beat import EmbeddedService
from celery.worker import WorkController
from django.core.management import call_command

from kboss.celery import app
from kboss.demo import LOGINS
from simulators import sandbox

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
DEFAULT_DATABASE = f"sqlite:///{ROOT / 'var' / 'kboss.sqlite3'}"
# The simulators' ports lie beside ours and stay the same: links that were stored keep working.
SIMULATOR_PORTS = {
    "cloud": 101,
    "alipay": 102,
    "mailbox": 103,
    "smtp": 104,
    "dingtalk": 105,
    "stream": 106,
}
WORKER_THREADS = 2


class CannotStart(Exception):
    """Says in one line why, and what to do."""


class Server(uvicorn.Server):
    """Says when it is ready; and hands back after Ctrl-C instead of dying of the signal again."""

    def __init__(self, config: uvicorn.Config, banner: str) -> None:
        super().__init__(config)
        self._banner = banner

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(self._banner, flush=True)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.handle_exit)
        yield


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument("--without-demo", action="store_true", help="no demo data")
    options = parser.parse_args()
    try:
        _serve(options.port, with_demo=not options.without_demo)
    except CannotStart as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped before it was ready.", file=sys.stderr)
        return 130
    return 0


def _serve(port: int, *, with_demo: bool) -> None:
    environ.Env.read_env(ROOT / ".env")
    _refuse_production()
    database = _database()
    with _only_one(database.parent), _listener(port) as listener:
        _begin_anew(database)
        with _sandbox(database.parent, port) as simulators:
            _prepare_database(database, with_demo=with_demo)
            _serve_until_stopped(listener, _banner(port, simulators))


def _serve_until_stopped(listener: socket.socket, banner: str) -> None:
    config = uvicorn.Config(
        "kboss.asgi:application",
        lifespan="off",
        ws="none",
        log_config=None,
        timeout_graceful_shutdown=2,
    )
    with _jobs():
        Server(config, banner).run(sockets=[listener])
        print("\nStopping …", flush=True)


def _refuse_production() -> None:
    environment = os.environ.get("KBOSS_ENVIRONMENT", "production")
    if environment != "sandbox":
        raise CannotStart(
            f"KBOSS_ENVIRONMENT is {environment!r}: this command is for the sandbox alone. "
            "`make run` writes a .env for it; production is described in docker/compose.yml."
        )


def _database() -> Path:
    """The file of the database; lock, marks and the simulators' state lie beside it."""
    url = environ.Env.db_url_config(os.environ.get("KBOSS_DATABASE_URL", DEFAULT_DATABASE))
    if url["ENGINE"] != "django.db.backends.sqlite3" or url["NAME"] == ":memory:":
        raise CannotStart("The embedded process works on a SQLite file: see KBOSS_DATABASE_URL.")
    path = Path(url["NAME"])
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Two clocks on one database would run every periodic job twice."""
    with (folder / "embedded.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"Kboss is running on this database already (process {_holder(lock)})."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _holder(lock: TextIO) -> str:
    lock.seek(0)
    return lock.read().strip() or "unknown"


@contextmanager
def _listener(port: int) -> Iterator[socket.socket]:
    try:
        listener = socket.create_server((HOST, port), backlog=512)
    except OSError as error:
        raise CannotStart(f"Port {port} is taken; choose another: make run PORT=8001") from error
    with listener:
        yield listener


@contextmanager
def _sandbox(folder: Path, port: int) -> Iterator[sandbox.Sandbox]:
    """The simulators, with their addresses in the environment before the settings are read."""
    ports = {name: port + offset for name, offset in SIMULATOR_PORTS.items()}
    try:
        running = sandbox.serve(folder / "sandbox", ports)
    except OSError as error:
        raise CannotStart(f"A simulator's port is taken ({error}); choose another PORT.") from error
    for name in ("cloud", "alipay", "sms", "mailbox", "dingtalk"):
        os.environ[f"KBOSS_SANDBOX_{name.upper()}_URL"] = running.urls[name]
    os.environ["KBOSS_EMAIL_URL"] = f"smtp://{running.urls['smtp']}"
    os.environ["KBOSS_ALIPAY_APP_PRIVATE_KEY_FILE"] = str(running.keys.app_private)
    os.environ["KBOSS_ALIPAY_PUBLIC_KEY_FILE"] = str(running.keys.alipay_public)
    os.environ.setdefault("KBOSS_LOG_LEVEL", "WARNING")
    os.environ.setdefault("KBOSS_PUBLIC_URL", f"http://{HOST}:{port}")
    try:
        yield running
    finally:
        running.stop()


def _prepare_database(database: Path, *, with_demo: bool) -> None:
    mark = _mark(database)
    if with_demo and not database.exists():
        mark.touch()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kboss.settings")
    django.setup()
    print("• Migrating the database …", flush=True)
    call_command("migrate", verbosity=0)
    if with_demo:
        print("• Loading demo data, unless it is there …", flush=True)
        _run_demo()
    mark.unlink(missing_ok=True)
    _inherit_work()


def _inherit_work() -> None:
    """Whoever held a lease on this database is dead: there is only one of us."""
    from apps.orders import services as orders  # noqa: PLC0415  models load after the settings

    orders.free_leases()


def _run_demo() -> None:
    arguments, sys.argv = sys.argv, ["kboss.demo"]
    try:
        runpy.run_module("kboss.demo", run_name="__main__")
    except SystemExit as end:
        if end.code:
            raise CannotStart("The demo data could not be loaded.") from end
    finally:
        sys.argv = arguments


def _mark(database: Path) -> Path:
    """There from before the first migration until the demo is whole."""
    return database.with_suffix(".unfinished")


def _begin_anew(database: Path) -> None:
    """Half a demo is worth nothing: it goes, with the database that never held anything else."""
    if not _mark(database).exists():
        return
    for path in database.parent.glob(f"{database.name}*"):
        path.unlink()
    shutil.rmtree(database.parent / "sandbox", ignore_errors=True)
    _mark(database).unlink()


@contextmanager
def _jobs() -> Iterator[None]:
    """Celery's worker and clock as threads; messages live in memory, and rows are the queue."""
    app.set_default()  # or retries inside of a worker's thread look for RabbitMQ
    worker = WorkController(
        app=app,
        pool_cls="threads",
        concurrency=WORKER_THREADS,
        hostname=f"embedded@{socket.gethostname()}",
        without_heartbeat=True,
        without_mingle=True,
        without_gossip=True,
    )
    clock: Any = EmbeddedService(app, thread=True, scheduler_cls=app.conf.beat_scheduler)
    thread = threading.Thread(target=worker.start, name="worker", daemon=True)
    thread.start()
    clock.start()
    # The worker forbids waiting for results in the whole process; it means its own threads.
    _set_task_join_will_block(False)
    try:
        yield
    finally:
        clock.stop()
        worker.stop()
        thread.join(timeout=10)


def _banner(port: int, simulators: sandbox.Sandbox) -> str:
    base = f"http://{HOST}:{port}"
    rows = [
        ("Portal", f"{base}/"),
        ("Admin", f"{base}/admin/"),
        ("API", f"{base}/api/docs/"),
        ("Mail and SMS", simulators.urls["mailbox"]),
        ("Sandbox cloud", simulators.urls["cloud"]),
        ("Sandbox Alipay", simulators.urls["alipay"]),
        ("Sandbox DingTalk", simulators.urls["dingtalk"]),
    ]
    lines = ["", "Kboss is running.", *(f"  {name:16} {url}" for name, url in rows)]
    lines += ["", "Demo logins"]
    lines += [f"  {login.email:30} {login.password:16} {login.role}" for login in LOGINS]
    return "\n".join([*lines, "", "Ctrl-C stops it; what was done stays."])


if __name__ == "__main__":
    sys.exit(main())
