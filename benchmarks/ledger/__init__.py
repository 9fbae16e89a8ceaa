"""Ledger postings a second, beside the floor (the same in bare SQL) and a peer (django-hordak).

All sides run on one server with durable commits and take turns, so that noise hits them alike; of
each the best round counts. Workers are processes. Everybody pays into one revenue account.
"""

import os
import statistics
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks.harness import Report, in_child
from benchmarks.peers import database_of_its_own, use_peers

SECONDS, ROUNDS = 1.5, 6
ONE = ["floor", "post", "hordak", "charge", "floor, 50 a commit", "floor, in bulk", "batch"]
TWO = ["floor", "post", "hordak", "charge", "floor, one payer", "one payer"]
NOTES = {
    "floor": "bare SQL by mysqlclient",
    "floor, 50 a commit": "each with its own statements",
    "floor, in bulk": "50 a commit, and each kind of statement once for all of them",
    "floor, one payer": "both workers spend one balance",
    "post": "services.post_entry",
    "charge": "services.charge_wallet: buckets, lots, event",
    "batch": "services.post_entries, 50 a commit",
    "one payer": "both workers spend one balance",
    "hordak": "Account.transfer_to: no balance, no lock, no key",
}
DIFFERENCES = "benchmarks.ledger.kboss:differences"
type Rates = dict[str, list[float]]


@dataclass
class Worker:
    """A process that posts on command."""

    kind: str
    number: int
    url: str
    process: subprocess.Popen[str] = field(init=False)

    def start(self) -> None:
        command = [sys.executable, "-m", "benchmarks.ledger.worker"]
        self.process = subprocess.Popen(
            [*command, self.kind, str(self.number), self.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._line() != "ready":
            raise SystemExit(f"{self.kind} did not start")

    def go(self, seconds: float) -> None:
        print("go", seconds, file=self.process.stdin, flush=True)

    def rate(self) -> float:
        count, seconds = self._line().split()
        return int(count) / float(seconds)

    def stop(self) -> None:
        self.process.communicate(timeout=30)

    def _line(self) -> str:
        if self.process.stdout is None:
            raise SystemExit(f"{self.kind} has no output")
        return str(self.process.stdout.readline()).strip()


def run(*, quick: bool) -> Report:
    seconds, rounds = (0.2, 1) if quick else (SECONDS, ROUNDS)
    report = Report("Ledger: postings a second, commits flushed to disk", quick)
    use_peers()
    url = os.environ["KBOSS_DATABASE_URL"]
    with database_of_its_own(url) as hordak_url:
        urls = {"hordak": hordak_url}
        for side in ("floor", "kboss", "hordak"):
            _prepare(side, urls.get(side, url))
        one = _measure(1, ONE, urls, url, seconds, rounds)
        two = _measure(2, TWO, urls, url, seconds, rounds)
    for workers, rates in (("1 worker", one), ("2 workers", two)):
        for kind, found in rates.items():
            median = f"{NOTES[kind]}; median {statistics.median(found):,.0f}"
            report.add(f"{workers}: {kind}", max(found), "/s", median)
    report.goal("differences left in the books", in_child(DIFFERENCES).result, at_most=0)
    _set_goals(report, *({k: max(r) for k, r in rates.items()} for rates in (one, two)))
    return report


def _set_goals(report: Report, one: dict[str, float], two: dict[str, float]) -> None:
    report.goal("1 worker: times hordak", one["post"] / one["hordak"], at_least=1.8)
    report.goal("1 worker: share of the floor", one["post"] / one["floor"], at_least=0.45)
    report.goal(
        "2 workers, one hot account: times hordak", two["post"] / two["hordak"], at_least=2.5
    )
    report.goal("2 workers, one hot account: share", two["post"] / two["floor"], at_least=0.75)
    batch = one["batch"]
    report.goal("batches: share of the floor", batch / one["floor, 50 a commit"], at_least=0.5)
    report.add("batches: share of the floor in bulk", batch / one["floor, in bulk"], "")


def _measure(
    workers: int, kinds: list[str], urls: dict[str, str], url: str, seconds: float, rounds: int
) -> Rates:
    crews = {
        kind: [Worker(kind, number, urls.get(kind, url)) for number in range(workers)]
        for kind in kinds
    }
    rates: Rates = {kind: [] for kind in kinds}
    with ExitStack() as stack:
        for worker in (worker for crew in crews.values() for worker in crew):
            worker.start()
            stack.callback(worker.stop)
        for number in range(rounds + 1):
            for kind, crew in crews.items():
                for worker in crew:
                    worker.go(seconds if number else seconds / 4)
                rate = sum([worker.rate() for worker in crew])
                if number:  # the first round warms up
                    rates[kind].append(rate)
    return rates


def _prepare(side: str, url: str) -> None:
    command = [sys.executable, "-m", "benchmarks.ledger.worker", "prepare", side, url]
    subprocess.run(command, check=True)
