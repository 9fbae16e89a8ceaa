import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import services

ROOT = Path(__file__).resolve().parents[2]
GIVEN = {
    "KBOSS_TEST_DATABASE_URL": "mysql://me@db.example.com/kboss",
    "KBOSS_TEST_REDIS_URL": "redis://cache.example.com/0",
}


@pytest.fixture
def own_folder(tmp_path, monkeypatch):
    """Services of this test alone, stopped at its end."""
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(services, "VAR", tmp_path)
    monkeypatch.setattr(services, "STATE", tmp_path / "services.json")
    yield tmp_path
    services.stop()


def test_uses_what_is_given(own_folder, monkeypatch):
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)

    assert services.ensure().as_environment() == GIVEN
    assert services.running() == {}


@pytest.mark.slow
def test_starts_both_stops_both_and_starts_again(own_folder):
    urls = services.ensure()

    assert services.ensure() == urls
    assert set(services.running()) == {"mariadb", "redis"}
    services.stop()
    assert services.running() == {}
    assert services.ensure().database.startswith("mysql://root@127.0.0.1:")


@pytest.mark.slow
def test_several_that_start_at_once_share_one_pair(own_folder):
    program = (
        "import sys; from pathlib import Path; from scripts import services; "
        "services.VAR = Path(sys.argv[1]); services.STATE = services.VAR / 'services.json'; "
        "print(services.ensure())"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(own_folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    answers = {process.communicate()[0] for process in started}

    assert len(answers) == 1


@pytest.mark.slow
def test_replaces_one_that_was_killed(own_folder):
    services.ensure()
    killed = services.running()["redis"]["pid"]
    os.kill(killed, 9)
    os.waitpid(killed, 0)

    services.ensure()

    assert services.running()["redis"]["pid"] != killed


def test_forgets_a_stale_note(own_folder):
    note = {"mariadb": {"pid": 2**22 - 1, "port": 1}}
    services.STATE.write_text(json.dumps(note))

    assert services.running() == {}


def test_says_in_one_line_what_is_missing(own_folder, monkeypatch):
    monkeypatch.setattr(services, "PROGRAM_PATH", "/nowhere")
    monkeypatch.setattr(services.os, "geteuid", lambda: 1000)

    with pytest.raises(services.ServicesAreMissing) as missing:
        services.ensure()

    assert "apt-get install mariadb-server" in str(missing.value)
    assert "KBOSS_TEST_DATABASE_URL" in str(missing.value)
    assert "\n" not in str(missing.value)
