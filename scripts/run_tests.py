"""Runs the parts of the test suite one after the other, with MariaDB and Redis up meanwhile.

python scripts/run_tests.py [--only mariadb|sqlite|e2e|portal] [arguments of pytest]
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from scripts import services

ROOT = Path(__file__).resolve().parent.parent
NOTHING_COLLECTED = 5


@dataclass(frozen=True)
class Part:
    title: str
    command: list[str]
    takes_arguments: bool = True
    folder: Path = ROOT
    environment: dict[str, str] = field(default_factory=dict)
    may_be_empty: bool = True

    def passes(self, arguments: list[str]) -> bool:
        print(f"\n— {self.title} —", flush=True)
        command = self.command + (arguments if self.takes_arguments else [])
        environment = {**os.environ, **self.environment}
        code = subprocess.run(command, cwd=self.folder, env=environment, check=False).returncode
        return code == 0 or (code == NOTHING_COLLECTED and (self.may_be_empty or bool(arguments)))


PYTEST = [sys.executable, "-m", "pytest"]
PARTS = {
    "mariadb": Part("on MariaDB", [*PYTEST, "-n2", "-m", "not e2e"], may_be_empty=False),
    "sqlite": Part(
        "on SQLite", [*PYTEST, "-n2", "-m", "sqlite"], environment={"KBOSS_TEST_ENGINE": "sqlite"}
    ),
    "e2e": Part("in the browser", [*PYTEST, "-n2", "--dist=worksteal", "-m", "e2e"]),
    "portal": Part(
        "the portal", ["npm", "test", "--silent"], takes_arguments=False, folder=ROOT / "frontend"
    ),
}


def _has_portal_tests() -> bool:
    package = ROOT / "frontend" / "package.json"
    return package.exists() and "test" in json.loads(package.read_text()).get("scripts", {})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS)
    options, arguments = parser.parse_known_args()
    names = [options.only] if options.only else list(PARTS)
    if options.only is None and (arguments or not _has_portal_tests()):
        names.remove("portal")

    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    before = set(services.running())
    try:
        os.environ |= services.ensure().as_environment()
        failed = [PARTS[name].title for name in names if not PARTS[name].passes(arguments)]
    finally:
        services.stop(only={service.name for service in services.SERVICES} - before)
    print(f"\nFailed: {', '.join(failed)}" if failed else "\nAll tests passed.")
    return bool(failed)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except services.ServicesAreMissing as missing:
        sys.exit(str(missing))
    except KeyboardInterrupt:
        sys.exit(130)
