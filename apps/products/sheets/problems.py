"""What can be wrong with a row: codes for the machine, sentences in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _


class Code(StrEnum):
    EMPTY = "empty"
    FORMULA = "formula"
    TOO_LONG = "too_long"
    NOT_A_CODE = "not_a_code"
    NOT_A_NUMBER = "not_a_number"
    NOT_AN_AMOUNT = "not_an_amount"
    NOT_A_DATE = "not_a_date"
    NOT_A_CHOICE = "not_a_choice"
    NOT_A_SPECIFICATION = "not_a_specification"
    UNKNOWN = "unknown"
    DOUBLED = "doubled"
    PAST = "past"
    WIDE = "wide"


@dataclass(frozen=True, slots=True)
class Problem:
    code: Code
    column: str
    value: str = ""
    limit: str = ""

    def as_json(self) -> dict[str, str]:
        return {
            "code": self.code.value,
            "column": self.column,
            "value": self.value[:100],
            "limit": self.limit[:200],
        }


def sentence(problem: Mapping[str, str]) -> str:
    """One sentence for a stored problem."""
    return _SENTENCES[Code(problem["code"])]().format(
        value=problem.get("value", ""), limit=problem.get("limit", "")
    )


# Functions, because the sentence is chosen by the language of the moment.
_SENTENCES = {
    Code.EMPTY: lambda: _("The value is missing."),
    Code.FORMULA: lambda: _("The cell has a formula: only values are taken."),
    Code.TOO_LONG: lambda: _("The text has more than {limit} characters."),
    Code.NOT_A_CODE: lambda: _("“{value}” is no code: letters, digits, - and _ only."),
    Code.NOT_A_NUMBER: lambda: _("“{value}” is not a number between {limit}."),
    Code.NOT_AN_AMOUNT: lambda: _("“{value}” is not an amount like 1234.56."),
    Code.NOT_A_DATE: lambda: _("“{value}” is not a moment like 2026-12-01 08:00."),
    Code.NOT_A_CHOICE: lambda: _("“{value}” is not one of: {limit}."),
    Code.NOT_A_SPECIFICATION: lambda: _("The specification cannot be read: {limit}"),
    Code.UNKNOWN: lambda: _("There is no “{value}”."),
    Code.DOUBLED: lambda: _("Line {limit} says the same row already."),
    Code.PAST: lambda: _("A price cannot begin in the past."),
    Code.WIDE: lambda: _("The row has more cells than the header."),
}
