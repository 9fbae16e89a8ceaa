"""The clock and the worker agree: what the one sends, the other knows."""

import os
import subprocess
import sys

from django.conf import settings

from scripts.services import ROOT

# In a process of its own: there, only what the worker finds by itself is registered.
PROGRAM = (
    "import django; django.setup(); from kboss.celery import app; "
    "app.loader.import_default_modules(); print(*app.tasks, sep='\\n')"
)


def test_every_job_on_the_schedule_is_known_to_the_worker():
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )

    assert scheduled - set(answer.stdout.split()) == set()
