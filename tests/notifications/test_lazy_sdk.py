import subprocess
import sys

SCRIPT = """
import sys
import django
django.setup()
import kboss.urls
print([name for name in sys.modules if name.startswith(("alibabacloud", "Tea", "darabonba"))])
"""


def test_a_start_does_not_load_the_sdk_of_the_sms_gateway():
    """It takes more than a second: only who sends a text message pays for it."""
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT]

    loaded = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603

    assert loaded.stdout.strip() == "[]"
