"""
Texts with {{placeholders}}: those that a kind lists, and nothing else.

Staff edit these texts, so they are never run through str.format or Django's templates: both reach
attributes of what they are given. Here a name is looked up in a dictionary, once; what was put in
is not read again.
"""

import re
from collections.abc import Collection, Mapping

PLACEHOLDER = re.compile(r"\{\{ ?([a-z][a-z0-9_]*) ?\}\}")


def fill(text: str, facts: Mapping[str, str]) -> str:
    """`text` with its placeholders replaced. :raises KeyError: if a fact is missing"""
    return PLACEHOLDER.sub(lambda found: facts[found[1]], text)


def placeholders_in(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def strange_in(text: str, known: Collection[str]) -> list[str]:
    """What looks like a placeholder but is none of `known`, as it was written; [] is fine."""
    strange = [found[0] for found in PLACEHOLDER.finditer(text) if found[1] not in known]
    rest = PLACEHOLDER.sub("", text)
    strange += re.findall(r"\{\{.*?(?:\}\}|$)", rest, re.DOTALL)
    if not strange and "}}" in rest:
        strange.append("}}")
    return [piece[:60] for piece in strange]


def one_line(text: str) -> str:
    """For subjects: a line break there would be another header of the mail."""
    return " ".join(text.split())
