import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from scripts.running import DidNotStart, running_kboss

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def status_of(address):
    return requests.get(address, timeout=10).status_code


def test_serves_survives_a_kill_and_stops_cleanly(tmp_path):
    with running_kboss(tmp_path, "--without-demo") as kboss:
        assert status_of(f"{kboss.url}/api/v1/me/") == 401
        assert status_of(kboss.mailbox) == 200
        with pytest.raises(DidNotStart, match="running on this database already"):
            running_kboss(tmp_path, "--without-demo").__enter__()
        kboss.process.kill()
        kboss.process.wait()

    with running_kboss(tmp_path, "--without-demo") as kboss:
        assert status_of(f"{kboss.url}/api/v1/me/") == 401

    assert kboss.process.returncode == 0
    assert "Traceback" not in kboss.log.read_text()
    assert periodic_jobs(tmp_path) != set()


def periodic_jobs(folder):
    with sqlite3.connect(folder / "kboss.sqlite3") as database:
        rows = database.execute("SELECT name FROM django_celery_beat_periodictask").fetchall()
    database.close()
    return {name for (name,) in rows}


def test_a_taken_port_is_named(tmp_path):
    with running_kboss(tmp_path, "--without-demo") as kboss:
        port = kboss.url.rsplit(":", 1)[1]
        other = tmp_path / "other"
        other.mkdir()
        with pytest.raises(DidNotStart, match=f"Port {port} is taken"):
            running_kboss(other, "--without-demo", port=int(port)).__enter__()


@pytest.mark.parametrize("environment", ["production", ""])
def test_refuses_production(environment):
    process = subprocess.run(
        [sys.executable, "-m", "kboss.embedded"],
        cwd=ROOT,
        env={**os.environ, "KBOSS_ENVIRONMENT": environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert "for the sandbox alone" in process.stderr


def test_terminates_as_politely_as_it_is_interrupted(tmp_path):
    with running_kboss(tmp_path, "--without-demo") as kboss:
        kboss.process.send_signal(signal.SIGTERM)
        assert kboss.process.wait(timeout=20) == 0
