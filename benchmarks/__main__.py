"""python -m benchmarks NAME [--json] [--quick]"""

import argparse
import importlib
import json
import sys
from pathlib import Path

import benchmarks
from benchmarks.harness import migrate
from benchmarks.server import bench_server

FOLDER = Path(__file__).resolve().parent


def names() -> list[str]:
    """Modules that can be run; the others are their machinery."""
    modules = {path.stem: path for path in FOLDER.glob("*.py")}
    modules |= {path.parent.name: path for path in FOLDER.glob("*/__init__.py")}
    found = [name for name, path in modules.items() if "\ndef run(" in path.read_text()]
    return sorted(name.replace("_", "-") for name in found)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=benchmarks.__doc__)
    parser.add_argument("name", choices=names())
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work: does it run?")
    options = parser.parse_args()
    with bench_server():
        module = importlib.import_module(f"benchmarks.{options.name.replace('-', '_')}")
        if getattr(module, "NEEDS_TABLES", True):
            migrate()
        report = module.run(quick=options.quick)
        print(json.dumps(report.as_dict(), indent=2) if options.json else report.as_text())
    return 0 if options.quick or report.is_met else 1


if __name__ == "__main__":
    sys.exit(main())
