import csv
import io
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import requests

from simulators import cloud
from tests.simulators.cloud_client import KEY, SECRET, ask, described, run


@pytest.fixture
def server():
    server = cloud.serve(secrets={KEY: SECRET}, boot_seconds=0)
    server.state.set_clock(datetime(2026, 11, 15, 6, 30, tzinfo=UTC))
    yield server
    server.stop()


def bill(server):
    answer = ask(server.url, "GET", "/v1/bills/2026-11.csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    "spoilt",
    [
        {"secret": "other-secret"},
        {"late": timedelta(minutes=6)},
        {"late": timedelta(minutes=-6)},
    ],
)
def test_refuses_a_wrong_signature_and_an_old_date(server, spoilt):
    answer = ask(server.url, "GET", "/v1/balance", **spoilt)

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "spoilt"),
    [
        ("POST", "/v1/instances", {"body": b'{"InstanceType": "s.huge"}'}),
        ("GET", "/v1/instances", {"query": "ClientToken=other"}),
        ("DELETE", "/v1/instances/i-1", {"path": "/v1/instances/i-2"}),
    ],
)
def test_refuses_a_request_changed_on_its_way(server, method, path, spoilt):
    answer = ask(server.url, method, path, spoilt=spoilt)

    assert (answer.status_code, answer.json()["Code"]) == (403, "SignatureDoesNotMatch")


def test_refuses_an_unsigned_request(server):
    assert requests.get(f"{server.url}/v1/instances", timeout=5).status_code == 403


def test_same_token_and_parameters_give_the_same_instance(server):
    first, second = run(server.url).json(), run(server.url).json()

    assert first["InstanceId"] == second["InstanceId"]
    assert len(described(server.url)) == 1


def test_same_token_with_other_parameters_is_refused(server):
    run(server.url)

    answer = run(server.url, InstanceType="s.large")

    assert (answer.status_code, answer.json()["Code"]) == (400, "IdempotentParameterMismatch")
    assert len(described(server.url)) == 1


def test_equal_tokens_at_once_make_one_instance(server):
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: run(server.url).json()["InstanceId"], range(32)))

    assert len(set(answers)) == 1
    assert len(described(server.url)) == 1


def test_boots_after_the_delay_and_is_released_once():
    server = cloud.serve(secrets={KEY: SECRET}, boot_seconds=60)
    instance = run(server.url).json()
    server.state.advance(61)
    running = described(server.url, InstanceId=instance["InstanceId"])[0]["Status"]
    released = [
        ask(server.url, "DELETE", f"/v1/instances/{instance['InstanceId']}").json()
        for _ in range(2)
    ]
    server.stop()

    assert (instance["Status"], running) == ("Pending", "Running")
    assert released[0] == released[1]
    assert released[0]["Status"] == "Released"


def test_stock_out_is_remembered_by_the_token(server):
    server.state.set_stock("s.small", 1)
    run(server.url, ClientToken="first")

    refused = run(server.url, ClientToken="second")
    server.state.set_stock("s.small", 1)

    assert refused.json()["Code"] == "OperationDenied.NoStock"
    assert run(server.url, ClientToken="second").json()["Code"] == "OperationDenied.NoStock"
    assert run(server.url, ClientToken="third").status_code == 200


@pytest.mark.parametrize("kind", ["timeout_after_success", "drop_after_success"])
def test_fails_after_success_on_demand(server, kind):
    server.faults.add(kind, "RunInstances", seconds=0.2)

    with pytest.raises(requests.ConnectionError):
        run(server.url)

    assert len(described(server.url, ClientToken="token-1")) == 1


@pytest.mark.parametrize(
    ("kind", "status", "made"),
    [("500", 500, 0), ("429", 429, 0), ("500_after_success", 500, 1), ("malformed", 200, 1)],
)
def test_answers_badly_on_demand(server, kind, status, made):
    requests.post(
        f"{server.url}/control", json={"fault": kind, "action": "RunInstances"}, timeout=5
    )

    answer = run(server.url)

    assert answer.status_code == status
    assert len(described(server.url)) == made


def test_lists_an_instance_twice_on_demand(server):
    run(server.url)
    server.faults.add("duplicate", "DescribeInstances")

    assert len(described(server.url)) == 2
    assert len(described(server.url)) == 1


def test_bills_each_begun_hour_of_what_ran(server):
    instance = run(server.url).json()["InstanceId"]
    server.state.advance(3600)
    ask(server.url, "DELETE", f"/v1/instances/{instance}")
    server.state.advance(7200)

    lines = bill(server)

    compute = [line for line in lines if line["ServiceCategory"] == "Compute"]
    assert len(compute) == 2
    assert {line["ResourceId"] for line in lines} == {instance}
    assert {line["SubAccountId"] for line in lines} == {"C1"}
    assert compute[0]["ListCost"] == "0.358500000000"
    assert Decimal(compute[0]["BilledCost"]) == Decimal("0.358500000000") * Decimal("0.75")
    assert bill(server) == lines


def test_a_subscription_is_billed_for_traffic_only(server):
    run(server.url, InstanceChargeType="PrePaid")
    server.state.advance(3600)

    assert {line["ServiceCategory"] for line in bill(server)} == {"Networking"}


def test_the_balance_pays_each_begun_hour(server):
    run(server.url)
    server.state.advance(3600)

    left = ask(server.url, "GET", "/v1/balance").json()["AvailableAmount"]

    assert left == "999999.46"


def test_refuses_to_run_without_money(server):
    server.state.set_opening_balance(Decimal(0))

    assert run(server.url).json()["Code"] == "InvalidAccountStatus.NotEnoughBalance"
    assert ask(server.url, "GET", "/v1/balance").json()["AvailableAmount"] == "0.00"


PROGRAM = """
import sys, time
from pathlib import Path
from simulators import cloud
server = cloud.serve(secrets={"test-key": "test-secret"}, directory=Path(sys.argv[1]))
sys.stdout.write(server.url + "\\n"); sys.stdout.flush()
time.sleep(60)
"""


@pytest.mark.slow
def test_keeps_instances_through_kill_9(tmp_path):
    def start():
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", PROGRAM, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "KBOSS_ENVIRONMENT": "test"},
        )
        return process, process.stdout.readline().strip()

    def kill(process):
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()

    process, url = start()
    made = run(url).json()["InstanceId"]
    kill(process)
    process, url = start()
    found = described(url, ClientToken="token-1")
    again = run(url).json()["InstanceId"]
    kill(process)

    assert [instance["InstanceId"] for instance in found] == [made]
    assert again == made


def test_stops_at_once_while_a_client_waits(server):
    server.faults.add("slow", seconds=30)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, server.url, "GET", "/v1/balance")
        time.sleep(0.2)
        started = time.monotonic()
        server.stop()

        with pytest.raises(requests.ConnectionError):
            waiting.result()
    assert time.monotonic() - started < 2
