"""Which forms the apps above want at DingTalk; they register them here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class ProcessForm:
    """An approval form at DingTalk: `fields` are the names of its text fields, in Chinese."""

    kind: str
    label: StrOrPromise
    fields: tuple[str, ...]


_sources: list[Callable[[], Sequence[ProcessForm]]] = []


def register_forms(source: Callable[[], Sequence[ProcessForm]]) -> None:
    if source not in _sources:
        _sources.append(source)


def forms() -> dict[str, ProcessForm]:
    """Every form by its kind."""
    return {form.kind: form for source in _sources for form in source()}
