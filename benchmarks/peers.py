"""Installs the peers beside the project, under var/, where the application never looks."""

import hashlib
import subprocess
import sys
from pathlib import Path

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


def _install() -> None:
    uv = Path(sys.executable).parent / "uv"
    program = [str(uv), "pip"] if uv.exists() else [sys.executable, "-m", "pip"]
    options = ["install", "--quiet", "--target", str(FOLDER), "-r", str(LOCK)]
    subprocess.run([*program, *options], check=True, stdout=sys.stderr)
