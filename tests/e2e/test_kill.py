"""kill -9 in the worst moment: the cloud has made the server and nobody has heard of it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.running import running_kboss
from tests.e2e.caller import Customer
from tests.e2e.cloud import SandboxCloud

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
PRICE = "88.20"  # ¥98.00 with the veteran's ten percent off


def test_an_order_survives_it_and_is_paid_once(tmp_path, capsys):
    build_world(tmp_path)
    with running_kboss(tmp_path, "--without-demo") as kboss:
        customer, cloud = Customer(kboss), SandboxCloud(kboss)
        order = customer.order("s1-medium")
        token = f"{order['number']}-P1.1"
        cloud.break_down("slow", action="RunInstances", seconds=120)
        customer.pay(order)
        wait_for(lambda: cloud.has_made(token))
        kboss.process.send_signal(signal.SIGKILL)
        kboss.process.wait()

    begun = time.monotonic()
    with running_kboss(tmp_path, "--without-demo") as kboss:
        seconds = time.monotonic() - begun
        customer, cloud = Customer(kboss), SandboxCloud(kboss)
        wait_for(lambda: customer.get(f"orders/{order['id']}/")["status"] == "completed")
        purchases = [
            entry["amount"]
            for entry in customer.get("wallet/entries/?kind=purchase")["results"]
            if entry["note"] == order["number"]
        ]
        lines = customer.get(f"orders/{order['id']}/")["lines"]

        assert purchases == [f"-{PRICE}"]
        assert cloud.count_instances() == 2  # this one, and the one of the order before
        assert [len(line["resources"]) for line in lines] == [1]
    with capsys.disabled():
        print(f"\nsecond start: {seconds:.1f} s")  # noqa: T201  measured for the docs
    assert seconds < 30


def build_world(folder: Path) -> None:
    variables = {
        "KBOSS_ENVIRONMENT": "sandbox",
        "KBOSS_DATABASE_URL": f"sqlite:///{folder / 'kboss.sqlite3'}",
        "KBOSS_CACHE_URL": "locmemcache://",
    }
    subprocess.run(
        [sys.executable, "-m", "tests.e2e.new_world"],
        cwd=ROOT,
        env={**os.environ, **variables},
        check=True,
    )


def wait_for(happens) -> None:
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)
