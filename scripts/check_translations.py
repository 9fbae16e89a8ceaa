"""Fails when a string has no finished Chinese translation, another one than its catalog says, or
has not been collected at all."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.utils.translation import gettext, ngettext, npgettext, override, pgettext

from scripts.messages import LANGUAGE, NOT_OURS, ROOT, catalogs, collect, compile_all


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


def hidden(po: Path) -> Iterator[str]:
    """The messages of one catalog that nobody reads: another one has the same in other words.

    Django merges all catalogs, also the libraries', and the first one wins. What means something
    else wants a context.
    """
    with po.open("rb") as source:
        catalog = read_po(source)
    with override("zh-hans"):
        for message in filter(_is_ours, catalog):
            ours, shown = _first(message.string), _shown(message)
            if ours != shown:
                yield f"{os.path.relpath(po, ROOT)}: {message.id!r} is shown as {shown}, not {ours}"


def _is_ours(message: Message) -> bool:
    return bool(message.id and _is_translated(message) and not message.fuzzy)


def _first(text: object) -> str:
    return str(text[0] if isinstance(text, list | tuple) else text)


def _shown(message: Message) -> str:
    context = message.context or ""
    if isinstance(message.id, str):
        return pgettext(context, message.id) if context else gettext(message.id)
    one, many = message.id
    return npgettext(context, one, many, 1) if context else ngettext(one, many, 1)


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
    os.environ |= {"KBOSS_ENVIRONMENT": "test", "DJANGO_SETTINGS_MODULE": "kboss.settings"}
    compile_all()
    django.setup()
    ours = [po for po in catalogs() if LANGUAGE in po.parts]
    problems = [line for po in ours for line in (*unfinished(po), *hidden(po))]
    problems += uncollected()
    for line in problems:
        print(line)
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
