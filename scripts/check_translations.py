"""Fails when a string has no finished Chinese translation, or has not been collected at all."""

import shutil
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from scripts.messages import LANGUAGE, NOT_OURS, ROOT, catalogs, collect


def unfinished(po: Path) -> list[str]:
    """The messages of one catalog that are empty, half done (a plural form) or fuzzy."""
    with po.open("rb") as source:
        catalog = read_po(source)
    return [
        f"{po.relative_to(ROOT)}: {'fuzzy' if message.fuzzy else 'untranslated'}: {message.id!r}"
        for message in catalog
        if message.id and (message.fuzzy or not _is_translated(message))
    ]


def _is_translated(message: Message) -> bool:
    forms = message.string if isinstance(message.string, list | tuple) else [message.string]
    return all(forms)


def uncollected() -> list[str]:
    """What `make messages` would add, found on a copy so that the check changes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "kboss"
        skipped = shutil.ignore_patterns(*NOT_OURS, ".git", "__pycache__", "*.mo", "docs")
        shutil.copytree(ROOT, copy, ignore=skipped)
        collect(copy)
        found = {po.relative_to(copy): _identities(po) for po in catalogs(copy)}
    return [
        f"{path}: not collected (make messages): {identity}"
        for path, identities in found.items()
        for identity in sorted(identities - _identities(ROOT / path))
    ]


def _identities(po: Path) -> set[str]:
    if not po.exists():
        return set()
    with po.open("rb") as source:
        return {f"{m.context or ''}|{m.id}" for m in read_po(source) if m.id}


def main() -> None:
    problems = [line for po in catalogs() if LANGUAGE in po.parts for line in unfinished(po)]
    problems += uncollected()
    for line in problems:
        print(line)
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
