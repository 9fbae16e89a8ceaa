"""Sentences for what is wrong with a row, in the reader's language."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from apps.clouds.importing.problems import Code, Doubt


def reason(problem: Mapping[str, str]) -> str:
    """One sentence for a stored problem."""
    return _REASONS[Code(problem["code"])]().format(
        value=problem.get("value", ""), limit=problem.get("limit", "")
    )


def doubt(code: str) -> str:
    """One sentence for a warning."""
    return _DOUBTS[Doubt(code)]()


# Functions, because the sentence is chosen by the language of the moment.
_REASONS = {
    Code.EMPTY: lambda: _("The value is missing."),
    Code.NOT_A_NUMBER: lambda: _("“{value}” is not a number."),
    Code.NUMBER_TOO_LARGE: lambda: _("“{value}” has more than 16 digits before the point."),
    Code.NOT_A_MOMENT: lambda: _("“{value}” is not a date and time like 2026-10-01T00:00:00Z."),
    Code.NOT_A_WORD: lambda: _("“{value}” is not one of: {limit}."),
    Code.NOT_A_CURRENCY: lambda: _("“{value}” is not a currency code like CNY."),
    Code.TOO_LONG: lambda: _("The text has more than {limit} characters."),
    Code.WRONG_WIDTH: lambda: _("The row has {value} cells; the header has {limit}."),
    Code.BROKEN: lambda: _("This is not CSV: a quotation mark is missing or misplaced."),
    Code.NOT_UTF8: lambda: _("The row has bytes that are not UTF-8 text."),
    Code.PERIOD_ORDER: lambda: _("The period ends before it starts."),
    Code.OTHER_MONTH: lambda: _("The billing month is {value}, not {limit}."),
    Code.OTHER_CURRENCY: lambda: _("The currency is {value}; the account is billed in {limit}."),
}

_DOUBTS = {
    Doubt.LIST_COST_DIFFERS: lambda: _("List cost differs from list unit price × quantity"),
    Doubt.COST_IS_MISSING: lambda: _("A cost that FOCUS demands is missing"),
    Doubt.ROUNDED: lambda: _("More than 12 decimals: rounded, the original is kept"),
    Doubt.CUT: lambda: _("Long text was cut, the original is kept"),
    Doubt.UNKNOWN_WORD: lambda: _("A value that FOCUS does not know"),
    Doubt.OUTSIDE_PERIOD: lambda: _("The charge lies outside its billing period"),
}
