"""What the benchmarks share: timing, child processes with their memory, goals, machine facts."""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import django


@dataclass(frozen=True)
class Figure:
    """One measured number."""

    name: str
    value: float
    unit: str
    note: str = ""


@dataclass(frozen=True)
class Goal:
    """What a figure has to reach: `at_least` or `at_most`."""

    name: str
    value: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def is_met(self) -> bool:
        is_enough = self.at_least is None or self.value >= self.at_least
        return is_enough and (self.at_most is None or self.value <= self.at_most)

    def __str__(self) -> str:
        bound = f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"
        return f"{'met   ' if self.is_met else 'MISSED'} {self.name}: {self.value:.2f} ({bound})"


@dataclass
class Report:
    """The outcome of one benchmark. Ratios are worth more than seconds."""

    title: str
    quick: bool = False
    figures: list[Figure] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)

    def add(self, name: str, value: float, unit: str, note: str = "") -> float:
        self.figures.append(Figure(name, round(value, 4), unit, note))
        return value

    def goal(
        self,
        name: str,
        value: float,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> None:
        self.goals.append(Goal(name, round(value, 4), at_least, at_most))

    @property
    def is_met(self) -> bool:
        return all(goal.is_met for goal in self.goals)

    def as_dict(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "quick": self.quick,
            "figures": [asdict(figure) for figure in self.figures],
            "goals": [{**asdict(goal), "is_met": goal.is_met} for goal in self.goals],
            "is_met": self.is_met,
            "machine": machine_facts(),
        }

    def as_text(self) -> str:
        head = f"{self.title}{' (quick: figures mean little)' if self.quick else ''}"
        figures = [
            f"  {figure.name:<48} {figure.value:>12,.2f} {figure.unit:<8} {figure.note}".rstrip()
            for figure in self.figures
        ]
        goals = [f"  {goal}" for goal in self.goals]
        facts = [f"  {name}: {value}" for name, value in machine_facts().items()]
        return "\n".join([head, *figures, "goals", *goals, "machine", *facts])


def timed[T](function: Callable[[], T]) -> tuple[float, T]:
    """Seconds on the wall, and the result."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def best_of(times: int, function: Callable[[], object]) -> float:
    """The least of `times` measurements: noise only ever adds."""
    return min(timed(function)[0] for _ in range(times))


@dataclass(frozen=True)
class Child:
    """What a child process reported. `idle_mb` is its memory with Django loaded and connected.

    `cpu_seconds` is what it worked itself: on a busy machine the clock on the wall counts others.
    """

    result: Any
    seconds: float
    cpu_seconds: float
    idle_mb: float
    peak_mb: float

    @property
    def grown_mb(self) -> float:
        return self.peak_mb - self.idle_mb


def in_child(function: str, **arguments: object) -> Child:
    """Run "module:function" in a fresh process, so that its peak memory is its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.worker", function, json.dumps(arguments)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Child(**json.loads(done.stdout.splitlines()[-1]))


def settle() -> None:
    """Make Django ready in this process, on the database that the environment names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kboss.settings")
    django.setup()


def migrate() -> None:
    """All tables of Kboss. Building them waits for no disk; the measurements do."""
    from django.core.management import call_command  # noqa: PLC0415  needs settings
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 0")
        call_command("migrate", verbosity=0, interactive=False)
        cursor.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 1")


def machine_facts() -> dict[str, str]:
    """What the figures were measured on."""
    from django.db import connection  # noqa: PLC0415  needs settings

    facts = {
        "cpu": _cpu(),
        "cores": str(os.cpu_count()),
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "python": platform.python_version(),
        "django": django.get_version(),
    }
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT VERSION(), @@innodb_flush_log_at_trx_commit, @@log_bin")
            version, flush, log_bin = cursor.fetchone()
        facts["database"] = f"{version}, flush={flush}, binary log {'on' if log_bin else 'off'}"
    return facts


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "?")


def memory_mb(kind: str) -> float:
    """VmRSS, or VmHWM: the high-water mark of this program alone, which ru_maxrss is not."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(kind)
