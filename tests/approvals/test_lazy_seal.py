import subprocess
import sys

SCRIPT = """
import sys
import django
django.setup()
import kboss.urls
print([name for name in sys.modules if name in {"pyhanko", "typst"}])
"""


def test_a_start_does_not_load_what_seals():
    """It takes more than a second: only who seals a form pays for it."""
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT]

    loaded = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603

    assert loaded.stdout.strip() == "[]"
