"""One process that posts as fast as it can while it is told to: `go SECONDS` → how many, how long.

python -m benchmarks.ledger.worker KIND WORKER URL     (`prepare SIDE URL` makes the tables)
"""

import sys
import time
from importlib import import_module
from typing import Any

from benchmarks.harness import settle

BATCH = 50


def make(kind: str, worker: int, url: str) -> Any:
    if kind == "hordak":
        return import_module("benchmarks.ledger.hordak").Hordak(url, worker)
    if kind.startswith("floor"):
        floor = import_module("benchmarks.ledger.floor")
        if kind == "floor, in bulk":
            return floor.BulkFloor(url, worker, per_commit=BATCH)
        per_commit = BATCH if kind == "floor, 50 a commit" else 1
        return floor.Floor(url, worker, per_commit, hot_payer=kind == "floor, one payer")
    settle()
    kboss = import_module("benchmarks.ledger.kboss")
    if kind == "one payer":
        return kboss.Kboss(worker, hot_payer=True)
    return {"post": kboss.Kboss, "charge": kboss.Charge, "batch": kboss.Batch}[kind](worker)


def prepare(side: str, url: str) -> None:
    if side == "kboss":
        settle()
        import_module("benchmarks.ledger.kboss").prepare()
    else:
        import_module(f"benchmarks.ledger.{side}").prepare(url)


def serve(poster: Any) -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        seconds = float(line.split()[1])
        count, start = 0, time.perf_counter()
        end = start + seconds
        while time.perf_counter() < end:
            count += poster.post()
        print(count, time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    what, argument, address = sys.argv[1:]
    if what == "prepare":
        prepare(argument, address)
    else:
        serve(make(what, int(argument), address))
