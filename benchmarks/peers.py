"""Installs the peers beside the project, under var/, where the application never looks."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "benchmarks.txt"
FOLDER = ROOT / "var" / "benchmark-peers"


def use_peers() -> None:
    """Make the packages of requirements/benchmarks.txt importable; ours come first."""
    note, digest = FOLDER / "installed", hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not note.exists() or note.read_text() != digest:
        _install()
        note.write_text(digest)
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))


@contextmanager
def database_of_its_own(url: str) -> Iterator[str]:
    """The peer has tables that are called like ours."""
    name = f"{urlsplit(url).path.strip('/')}_peer"
    from django.db import connection  # noqa: PLC0415  needs settings

    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl()
        finally:
            cursor.execute(f"DROP DATABASE {name}")


def _install() -> None:
    uv = Path(sys.executable).parent / "uv"
    program = [str(uv), "pip"] if uv.exists() else [sys.executable, "-m", "pip"]
    options = ["install", "--quiet", "--target", str(FOLDER), "-r", str(LOCK)]
    subprocess.run([*program, *options], check=True, stdout=sys.stderr)
