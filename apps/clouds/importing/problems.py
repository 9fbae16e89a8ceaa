"""What can be wrong with a row. Codes here; the sentences for people are in `reasons`."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """A row with one of these is bad: it goes to the error file, not into the bill."""

    EMPTY = "value_is_empty"
    NOT_A_NUMBER = "not_a_number"
    NUMBER_TOO_LARGE = "number_is_too_large"
    NOT_A_MOMENT = "not_a_date"
    NOT_A_WORD = "not_an_allowed_value"
    NOT_A_CURRENCY = "not_a_currency"
    TOO_LONG = "text_is_too_long"
    WRONG_WIDTH = "wrong_number_of_cells"
    BROKEN = "not_csv"
    NOT_UTF8 = "not_utf8"
    PERIOD_ORDER = "period_ends_before_it_starts"
    OTHER_MONTH = "other_billing_month"
    OTHER_CURRENCY = "other_currency"


class Doubt(StrEnum):
    """A row with one of these is good, and somebody should know."""

    LIST_COST_DIFFERS = "list_cost_differs"
    COST_IS_MISSING = "cost_is_missing"
    ROUNDED = "rounded_to_12_decimals"
    CUT = "text_was_cut"
    UNKNOWN_WORD = "unknown_value"
    OUTSIDE_PERIOD = "charge_outside_billing_period"


@dataclass(frozen=True, slots=True)
class Problem:
    code: Code
    column: str
    value: str = ""
    limit: str = ""
