import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import requests

from kboss import embedded
from scripts.running import DidNotStart, running_kboss
from tests.databases import copy_migrated_sqlite

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def status_of(address):
    return requests.get(address, timeout=10).status_code


def test_serves_survives_a_kill_and_stops_cleanly(tmp_path):
    copy_migrated_sqlite(tmp_path / "kboss.sqlite3")
    with running_kboss(tmp_path, "--without-demo") as kboss:
        assert status_of(f"{kboss.url}/api/v1/me/") == 401
        assert status_of(kboss.mailbox) == 200
        assert_refused(tmp_path, "running on this database already")
        assert_refused(tmp_path / "other", "Port .* is taken", port=int(kboss.url.split(":")[-1]))
        kboss.process.kill()
        kboss.process.wait()

    with running_kboss(tmp_path, "--without-demo") as kboss:
        assert status_of(f"{kboss.url}/api/v1/me/") == 401
        kboss.process.send_signal(signal.SIGTERM)
        assert kboss.process.wait(timeout=30) == 0

    assert "Traceback" not in kboss.log.read_text()
    assert "core.relay_outbox" in periodic_jobs(tmp_path)


def test_half_a_demo_is_thrown_away_and_a_whole_one_kept(tmp_path):
    database = tmp_path / "kboss.sqlite3"
    database.touch()
    (tmp_path / "sandbox").mkdir()

    embedded._begin_anew(database)
    assert database.exists()
    database.with_suffix(".unfinished").touch()
    embedded._begin_anew(database)

    assert list(tmp_path.iterdir()) == []


def assert_refused(folder, reason, **options):
    folder.mkdir(exist_ok=True)
    with pytest.raises(DidNotStart, match=reason), running_kboss(folder, **options):
        pytest.fail("it started")


def periodic_jobs(folder):
    with closing(sqlite3.connect(folder / "kboss.sqlite3")) as database:
        rows = database.execute("SELECT name FROM django_celery_beat_periodictask").fetchall()
    return {name for (name,) in rows}


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
