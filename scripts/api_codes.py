"""The table of problem codes in docs/api.md, made from the errors themselves.

python -m scripts.api_codes [--write]
"""

import argparse
import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import django
from django.utils import translation

from apps.core.errors import DomainError

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "api.md"
BEGIN, END = "<!-- codes: python -m scripts.api_codes --write -->", "<!-- end of codes -->"


def _descendants(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)


def rows() -> list[str]:
    """One line of the table for each code. Needs Django and all of Kboss's doors."""
    import_module("kboss.urls")  # brings every app's errors in
    of_framework = import_module("apps.core.problems").CODES
    kinds: list[type[DomainError]] = [DomainError, *_descendants(DomainError)]
    with translation.override("en"):
        found = {
            kind.code: (kind.status, str(kind.message))
            for kind in kinds
            if kind.__module__.startswith("apps.")
        }
        for framework, code in of_framework.items():
            found.setdefault(code, (framework.status_code, str(framework.default_detail)))
    return [f"| `{code}` | {status} | {text} |" for code, (status, text) in sorted(found.items())]


def table() -> str:
    head = ["| Code | Status | Says |", "|---|---|---|"]
    return "\n".join([BEGIN, "", *head, *rows(), "", END])


def stored() -> str:
    """The table as the document has it."""
    text = DOCUMENT.read_text(encoding="utf-8")
    return text[text.index(BEGIN) : text.index(END) + len(END)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put it into docs/api.md")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kboss.settings")
    os.environ.setdefault("KBOSS_ENVIRONMENT", "test")
    options = parser.parse_args()
    django.setup()
    if options.write:
        text = DOCUMENT.read_text(encoding="utf-8").replace(stored(), table())
        DOCUMENT.write_text(text, encoding="utf-8")
    else:
        print(table())


if __name__ == "__main__":
    main()
