"""Translations: `compile` makes the .mo files, `collect` brings new strings into the .po files.

Compiling uses Babel, so that no machine needs gettext to run Kboss; collecting needs its xgettext.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
LANGUAGE = "zh_Hans"
NOT_OURS = (".venv", "var", "frontend", "node_modules", "tests", "staticfiles", "benchmarks")


def catalogs(root: Path = ROOT) -> Iterator[Path]:
    for pattern in ("locale", "apps/*/locale"):
        yield from sorted(root.glob(f"{pattern}/*/LC_MESSAGES/*.po"))


def compile_all(root: Path = ROOT) -> None:
    for po in catalogs(root):
        with po.open("rb") as source:
            catalog = read_po(source)
        draft = po.with_suffix(f".{os.getpid()}.tmp")
        with draft.open("wb") as target:
            write_mo(target, catalog)
        draft.replace(po.with_suffix(".mo"))  # whole or not at all, for those who read meanwhile


def collect(root: Path = ROOT) -> None:
    """
    Each string goes to the nearest locale folder above its file.

    The root's catalog also translates libraries that bring no Chinese: what is found in no source
    of ours stays there, and is dropped everywhere else.
    """
    if not shutil.which("xgettext"):
        sys.exit("gettext is missing: install it (Debian: apt-get install gettext).")
    ignored = [f"--ignore={name}/*" for name in NOT_OURS]
    command = [sys.executable, str(root / "manage.py"), "makemessages", "--locale", LANGUAGE]
    command += ["--add-location", "file", "--verbosity", "0", *ignored]
    environment = {**os.environ, "KBOSS_ENVIRONMENT": "test"}
    subprocess.run(command, cwd=root, env=environment, check=True)
    for po in catalogs(root):
        unused = "--clear-obsolete" if po.is_relative_to(root / "locale") else "--no-obsolete"
        subprocess.run(["msgattrib", unused, "--output-file", po, po], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["compile", "collect"])
    if parser.parse_args().action == "collect":
        collect()
    compile_all()


if __name__ == "__main__":
    main()
