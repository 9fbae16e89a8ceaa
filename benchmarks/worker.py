"""The child of `in_child`: runs one function and prints what it took as JSON."""

import importlib
import json
import sys
import time

from benchmarks.harness import memory_mb, settle, timed


def main() -> None:
    place, arguments = sys.argv[1], json.loads(sys.argv[2])
    settle()
    from django.db import connection  # noqa: PLC0415  needs settings

    connection.ensure_connection()
    module, _, name = place.partition(":")
    function = getattr(importlib.import_module(module), name)
    idle = memory_mb("VmRSS")
    before = time.process_time()
    seconds, result = timed(lambda: function(**arguments))
    report = {
        "result": result,
        "seconds": seconds,
        "cpu_seconds": time.process_time() - before,
        "idle_mb": idle,
        "peak_mb": memory_mb("VmHWM"),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
