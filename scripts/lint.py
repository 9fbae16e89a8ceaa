"""Every check that needs no test database, two at a time; names the ones that failed.

python -m scripts.lint [NAME …]
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
MANAGE = [sys.executable, "-W", "error::RuntimeWarning", "manage.py"]
EXAMPLE = ROOT / "docker" / "example.env"  # a made-up production host
TEST = {
    "KBOSS_ENVIRONMENT": "test",
    "KBOSS_SECRET_KEY": "lint-only-" + "x" * 40,
    "KBOSS_KEYS": "t1:" + "QUFB" * 10 + "QUE=",
    "KBOSS_DATABASE_URL": "sqlite://:memory:",
    "KBOSS_CACHE_URL": "locmemcache://",
    "DJANGO_SETTINGS_MODULE": "kboss.settings",
}


def _production() -> dict[str, str]:
    lines = EXAMPLE.read_text().splitlines()
    return dict(
        line.replace('"', "").split("=", 1) for line in lines if line and not line.startswith("#")
    )


@dataclass(frozen=True)
class Check:
    name: str
    command: list[str]
    folder: Path = ROOT
    environment: dict[str, str] = field(default_factory=lambda: TEST)

    def failure(self) -> str | None:
        """What the check printed when it failed."""
        started = time.monotonic()
        environment = {**os.environ, **self.environment}
        done = subprocess.run(
            self.command,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        word = "FAILED" if done.returncode else "ok"
        print(f"{word:7} {self.name:14} {time.monotonic() - started:5.1f} s", flush=True)
        return f"\n— {self.name} —\n{done.stdout.strip()}" if done.returncode else None


def _npm(script: str) -> list[str]:
    return ["npm", "run", "--silent", script]


CHECKS = [
    Check("mypy", ["mypy"]),
    Check("vue-tsc", _npm("typecheck"), FRONTEND),
    Check("eslint", _npm("lint"), FRONTEND),
    Check("api client", _npm("schema:check"), FRONTEND),
    Check("portal i18n", _npm("i18n:check"), FRONTEND),
    Check("ruff", ["ruff", "check", "--no-cache"]),
    Check("format", ["ruff", "format", "--check", "--no-cache"]),
    Check("imports", ["lint-imports", "--no-cache"]),
    Check("templates", ["djlint", "templates", "apps", "--lint", "--quiet"]),
    Check("migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"]),
    Check("translations", [sys.executable, "-m", "scripts.check_translations"]),
    Check(
        "deployment",
        [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
        environment=_production(),
    ),
]


def main() -> int:
    wanted = set(sys.argv[1:])
    checks = [check for check in CHECKS if not wanted or check.name in wanted]
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with ThreadPoolExecutor(max_workers=2) as pool:
        failures = [text for text in pool.map(Check.failure, checks) if text]
    print("\n".join(failures))
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
