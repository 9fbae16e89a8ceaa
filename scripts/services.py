"""Private MariaDB and Redis for tests, benchmarks and development.

    python scripts/services.py start | stop | status | run COMMAND…

What KBOSS_TEST_DATABASE_URL and KBOSS_TEST_REDIS_URL name is used as it is. The rest is started
from the installed programs, on free loopback ports, with its data under var/services (nothing of
value is ever there). Processes that ask at the same time share one pair. Standard library only.
"""

import argparse
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
STATE = VAR / "services.json"
PROGRAM_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin"])
ZONE_INFO = Path("/usr/share/zoneinfo")
START_TIMEOUT = STOP_TIMEOUT = 60.0

# Durability is switched off: a power cut may eat this data, and nobody would miss it.
MARIADB_OPTIONS = [
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_unicode_ci",
    "--sql-mode=STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
    "--max-connections=600",
    "--skip-log-bin",
    "--performance-schema=OFF",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--innodb-flush-method=nosync",
    "--innodb-buffer-pool-size=256M",
    "--innodb-log-file-size=64M",
]


_spawned: list[subprocess.Popen[bytes]] = []  # kept, or Python warns that they still run


class ServicesAreMissing(Exception):
    """The programs are neither there nor can they be installed from here."""


@dataclass(frozen=True)
class Urls:
    database: str
    redis: str

    def as_environment(self) -> dict[str, str]:
        return {"KBOSS_TEST_DATABASE_URL": self.database, "KBOSS_TEST_REDIS_URL": self.redis}


@dataclass(frozen=True)
class Service:
    name: str
    programs: tuple[str, ...]
    package: str
    variable: str
    url: str
    start: Callable[[Path, int], int]


def ensure() -> Urls:
    """The URLs of a running MariaDB and Redis; starts whatever is neither given nor running."""
    with _locked():
        state = _read_state()
        urls = [os.environ.get(s.variable) or _ensure_one(s, state) for s in SERVICES]
    return Urls(*urls)


def stop(only: set[str] | None = None) -> None:
    with _locked():
        state = _read_state()
        for name in [name for name in state if only is None or name in only]:
            _terminate(state.pop(name))
        _write_state(state)


def running() -> dict[str, dict[str, int]]:
    return {name: entry for name, entry in _read_state().items() if _is_alive(entry)}


def _ensure_one(service: Service, state: dict[str, dict[str, int]]) -> str:
    entry = state.get(service.name)
    if entry is None or not _is_alive(entry):
        _find_or_install(service)
        entry = state[service.name] = _start(service)
        _write_state(state)
    return service.url.format(port=entry["port"])


def _start(service: Service) -> dict[str, int]:
    """One retry from an empty folder: data that a crash has spoilt is worth nothing here."""
    folder = VAR / "services" / service.name
    for fresh in (False, True):
        if fresh:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        port = _free_port()
        try:
            return {"pid": service.start(folder, port), "port": port}
        except (OSError, subprocess.CalledProcessError) as error:
            failure = error
    raise ServicesAreMissing(f"{service.name} does not start: {failure}; see {folder}/*.log")


def _start_mariadb(folder: Path, port: int) -> int:
    data, socket_path, ready = folder / "data", _socket_path(folder, port), folder / "ready"
    as_user = ["--user=root"] if os.geteuid() == 0 else []
    is_new = not ready.exists()
    if is_new:
        shutil.rmtree(data, ignore_errors=True)
        _run(
            [
                _program("mariadb-install-db", "mysql_install_db"),
                "--no-defaults",
                f"--datadir={data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
                *as_user,
            ]
        )
    command = [_program("mariadbd", "mysqld"), "--no-defaults", *as_user, *MARIADB_OPTIONS]
    command += [f"--datadir={data}", f"--socket={socket_path}", f"--port={port}"]
    command += [f"--pid-file={folder / 'mariadb.pid'}", f"--log-error={folder / 'mariadb.log'}"]
    pid = _spawn(command, folder)
    _wait_for(pid, port, folder)
    client = [_program("mariadb", "mysql"), "--no-defaults", "-uroot", f"--socket={socket_path}"]
    # The port answers before the server hears signals: stopped then, it would run on for ever.
    _run([*client, "-e", "SELECT 1"])
    if is_new:
        load_time_zones(client)
        _run([*client, "-e", "CREATE DATABASE kboss CHARACTER SET utf8mb4"])
        ready.touch()
    return pid


def load_time_zones(client: list[str]) -> None:
    """Without these tables, grouping by business day fails."""
    loader = _program("mariadb-tzinfo-to-sql", "mysql_tzinfo_to_sql")
    zones = subprocess.run([loader, str(ZONE_INFO)], capture_output=True, check=True)
    subprocess.run([*client, "mysql"], input=zones.stdout, capture_output=True, check=True)


def _start_redis(folder: Path, port: int) -> int:
    command = [_program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    command += ["--appendonly", "no", "--databases", "64", "--dir", str(folder)]
    pid = _spawn(command, folder)
    _wait_for(pid, port, folder)
    return pid


SERVICES = (
    Service(
        name="mariadb",
        programs=("mariadbd", "mysqld"),
        package="mariadb-server",
        variable="KBOSS_TEST_DATABASE_URL",
        url="mysql://root@127.0.0.1:{port}/kboss",
        start=_start_mariadb,
    ),
    Service(
        name="redis",
        programs=("redis-server",),
        package="redis-server",
        variable="KBOSS_TEST_REDIS_URL",
        url="redis://127.0.0.1:{port}/0",
        start=_start_redis,
    ),
)


def _find_or_install(service: Service) -> None:
    missing = [] if _which(*service.programs) else [service.package]
    if service.name == "mariadb" and not ZONE_INFO.is_dir():
        missing.append("tzdata")
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise ServicesAreMissing(
            f"{service.name} is missing: install {' and '.join(missing)} (Debian: apt-get install "
            f"{' '.join(missing)}), or set {service.variable} to a running server."
        )
    apt_install(missing)


def apt_install(packages: list[str]) -> None:
    """Install Debian packages; only root may. They start no service of their own here."""
    print(f"Installing {', '.join(packages)} …", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ServicesAreMissing(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")


def _which(*names: str) -> str | None:
    return next((path for n in names if (path := shutil.which(n, path=PROGRAM_PATH))), None)


def _program(*names: str) -> str:
    path = _which(*names)
    if path is None:
        raise ServicesAreMissing(f"{names[0]} is missing, though its server is installed.")
    return path


def _run(command: list[str]) -> None:
    subprocess.run(command, capture_output=True, check=True)


def _spawn(command: list[str], folder: Path) -> int:
    with (folder / "output.log").open("ab") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    _spawned.append(process)
    return process.pid


def _wait_for(pid: int, port: int, folder: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not _answers(port):
        if not _exists(pid) or time.monotonic() > deadline:
            raise OSError(f"process {pid} did not open port {port} (logs in {folder})")
        time.sleep(0.02)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _socket_path(folder: Path, port: int) -> Path:
    """Next to the data, unless that is longer than the kernel's 107 characters."""
    path = folder / "mariadb.sock"
    if len(str(path)) < 100:
        return path
    return Path(tempfile.gettempdir()) / f"kboss-{port}.sock"


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _exists(pid: int) -> bool:
    """False for the dead, and for a dead child that nobody has collected yet."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass  # started by another process
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Dead, and not yet collected by whoever started it (known on Linux alone)."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def _is_alive(entry: dict[str, int]) -> bool:
    return _exists(entry["pid"]) and _answers(entry["port"])


def _terminate(entry: dict[str, int]) -> None:
    if not _is_alive(entry):
        return
    os.kill(entry["pid"], signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT
    while _exists(entry["pid"]):  # its data is locked until then
        if time.monotonic() > deadline:
            os.kill(entry["pid"], signal.SIGKILL)
        time.sleep(0.05)


@contextmanager
def _locked() -> Iterator[None]:
    VAR.mkdir(exist_ok=True)
    with (VAR / "services.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read_state() -> dict[str, dict[str, int]]:
    try:
        state: dict[str, dict[str, int]] = json.loads(STATE.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return state


def _write_state(state: dict[str, dict[str, int]]) -> None:
    draft = STATE.with_suffix(".tmp")
    draft.write_text(json.dumps(state, indent=2))
    draft.replace(STATE)


def run(command: list[str]) -> int:
    """Run a command with the services up; stop afterwards what was not running before."""
    before = set(running())
    urls = ensure()
    try:
        environment = {**os.environ, **urls.as_environment()}
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        stop(only={service.name for service in SERVICES} - before)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["start", "stop", "status", "run"])
    parser.add_argument("command", nargs=argparse.REMAINDER, help="for run")
    arguments = parser.parse_args()
    if arguments.action == "run":
        return run(arguments.command)
    if arguments.action == "stop":
        stop()
    if arguments.action == "start":
        for name, value in ensure().as_environment().items():
            print(f"export {name}={value}")
    else:
        for service in SERVICES:
            entry = running().get(service.name)
            where = service.url.format(port=entry["port"]) if entry else "not running"
            print(f"{service.name:8} {where}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ServicesAreMissing as missing:
        sys.exit(str(missing))
