"""A Kboss of one's own for a while: the embedded process on a fresh database and free ports."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READY = "Kboss is running."
START_TIMEOUT = 180.0
NEIGHBOURS = (0, 101, 102, 103, 104, 105, 106)  # our port, and the simulators' beside it


class DidNotStart(Exception):
    """The process ended or stayed silent; its output is the message."""


@dataclass(frozen=True)
class Running:
    url: str
    mailbox: str
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def running_kboss(
    folder: Path,
    *arguments: str,
    port: int | None = None,
    module: str = "kboss.embedded",
    variables: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Start, wait until it says that it runs, and stop it as Ctrl-C would."""
    port = port or _free_port()
    log = folder / f"kboss-{time.time_ns()}.log"
    environment = {
        **os.environ,
        "KBOSS_ENVIRONMENT": "sandbox",
        "KBOSS_DATABASE_URL": f"sqlite:///{folder / 'kboss.sqlite3'}",
        "KBOSS_CACHE_URL": "locmemcache://",
        "KBOSS_BROKER_URL": "memory://",
        "KBOSS_PUBLIC_URL": f"http://127.0.0.1:{port}",
        **(variables or {}),
    }
    command = [sys.executable, "-m", module, "--port", str(port), *arguments]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        text = _wait_until_ready(process, log)
        mailbox = re.search(r"Mail and SMS\s+(\S+)", text)
        yield Running(f"http://127.0.0.1:{port}", mailbox.group(1) if mailbox else "", process, log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_TIMEOUT
    while READY not in (text := log.read_text(errors="replace")):
        if process.poll() is not None or time.monotonic() > deadline:
            raise DidNotStart(text[-4000:])
        time.sleep(0.1)
    time.sleep(0.1)  # the table follows the first line
    return log.read_text(errors="replace")


def _free_port() -> int:
    """One whose neighbours are free as well; two of us that look at once look elsewhere."""
    first = 18000 + os.getpid() * 7 % 7000
    for port in range(first, first + 5000, 7):
        if all(_is_free(port + offset) for offset in NEIGHBOURS):
            return port
    raise DidNotStart("no free port")


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
