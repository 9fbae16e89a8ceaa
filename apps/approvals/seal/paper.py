"""Sets the form with Typst. Data goes in as JSON, so nothing that people wrote becomes markup."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
SEAL_SIZE = 40.0  # mm, as in seal.typ
_POINTS = 72 / 25.4
_PAGE_HEIGHT = 297 * _POINTS


@dataclass(frozen=True)
class FormRow:
    label: str
    value: str
    capitals: str = ""


@dataclass(frozen=True)
class ChangeRow:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class ActRow:
    step: str
    person: str
    verb: str
    at: str
    door: str
    note: str = ""
    standing_in: str = ""


@dataclass(frozen=True)
class Paper:
    """Everything that stands on the form, as text in one language."""

    title: str
    number: str
    organization: str  # that decided
    company: str  # that seals
    subject: str
    result: str
    finished: str
    fingerprint: str
    statement: str
    caption: str
    lang: str
    labels: Mapping[str, str]
    people: Sequence[tuple[str, str]]
    fields: Sequence[FormRow]
    changes: Sequence[ChangeRow]
    acts: Sequence[ActRow] = field(default_factory=tuple)


@dataclass(frozen=True)
class Printed:
    """The form, the seal as a page of its own, and where the seal belongs."""

    pdf: bytes
    seal: bytes
    page: int  # from 0
    box: tuple[int, int, int, int]  # PDF points, from the lower left


def print_form(paper: Paper) -> Printed:
    """Both documents, and the place of the seal over company and date at the form's end."""
    inputs = {"form": json.dumps(asdict(paper), ensure_ascii=False)}
    form = _compiler("form.typ", inputs)
    place = json.loads(form.query("<seal>", field="value", one=True))
    return Printed(
        pdf=_pdf(form),
        seal=_pdf(_compiler("seal.typ", inputs)),
        page=place["page"] - 1,
        box=_box(_points(place["x"]), _points(place["y"])),
    )


def _compiler(name: str, inputs: dict[str, str]) -> Any:
    return _typst().Compiler(
        str(FOLDER / name), root=str(FOLDER), font_paths=_fonts(), sys_inputs=inputs
    )


@cache
def _typst() -> Any:
    return import_module("typst")  # 80 MB of it: only who seals a form loads it


@cache
def _fonts() -> Any:
    # Only the font that is shipped: the same form on every machine.
    return _typst().Fonts(include_system_fonts=False, font_paths=[str(FOLDER / "fonts")])


def _pdf(compiler: Any) -> bytes:
    made = compiler.compile(format="pdf")
    if not isinstance(made, bytes):
        raise TypeError("Typst makes one PDF")
    return made


def _points(length: str) -> float:
    return float(length.removesuffix("pt"))


def _box(x: float, y: float) -> tuple[int, int, int, int]:
    half, top = SEAL_SIZE * _POINTS / 2, _PAGE_HEIGHT - y
    return round(x - half), round(top - half), round(x + half), round(top + half)
