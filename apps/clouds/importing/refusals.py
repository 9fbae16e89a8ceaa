"""Why a bill, or the billing of it, is refused."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, DomainError, Invalid


class BillFileIsUnusable(Invalid):
    code = "clouds.bill_file_is_unusable"
    message = _(
        "This is not a FOCUS file. Missing columns: {missing}. Columns named twice: {doubled}."
    )


class BillFileIsUnreadable(Invalid):
    code = "clouds.bill_file_is_unreadable"
    message = _("The file cannot be read: {reason}.")


class BillFileIsEmpty(Invalid):
    code = "clouds.bill_file_is_empty"
    message = _("The file has no rows.")


class ImportIsRunning(Conflict):
    code = "clouds.import_is_running"
    message = _("This file is being imported right now.")


class ImportWasTakenOver(Conflict):
    code = "clouds.import_was_taken_over"
    message = _("Another worker took this import over.")


class ImportKeepsBreaking(Conflict):
    code = "clouds.import_keeps_breaking"
    message = _("The import broke off {attempts} times. The log of the job has the cause.")


class PeriodIsBeingImported(Conflict):
    code = "clouds.period_is_being_imported"
    message = _("Another file is being imported for {period}. Please try again when it is done.")


class TotalsDiffer(Conflict):
    code = "clouds.totals_differ"
    message = _("{period}: the file has {file}, the stored lines have {stored}.")


class RowsAreBad(Conflict):
    code = "clouds.rows_are_bad"
    message = _(
        "{period}: {count} lines of an earlier file are missing here, and this file has bad rows. "
        "Correct them, or import the file as an addition."
    )


class TooMuchIsMissing(Conflict):
    code = "clouds.too_much_is_missing"
    message = _(
        "{period}: {count} of {total} lines of an earlier file are missing here. If the file is "
        "complete, allow withdrawals; if it is a part of the month, import it as an addition."
    )


class ExchangeRateIsMissing(Conflict):
    code = "clouds.exchange_rate_is_missing"
    message = _("There is no exchange rate from {currency} to CNY for {month}.")


class ExchangeRateIsWrong(Invalid):
    code = "clouds.exchange_rate_is_wrong"
    message = _("An exchange rate is a positive number with at most 12 decimals, and has a source.")


class SubAccountIsForeign(Conflict):
    code = "clouds.sub_account_is_foreign"
    message = _("The customer belongs to another seller.")


_KINDS: dict[str, type[DomainError]] = {
    kind.code: kind
    for kind in (
        BillFileIsUnusable,
        BillFileIsUnreadable,
        BillFileIsEmpty,
        ImportKeepsBreaking,
        PeriodIsBeingImported,
        TotalsDiffer,
        RowsAreBad,
        TooMuchIsMissing,
        ExchangeRateIsMissing,
    )
}


def remember(refusal: DomainError) -> dict[str, Any]:
    """A refusal as a row keeps it, to be told later, in each reader's language."""
    facts = {name: str(fact) for name, fact in refusal.context.items()}
    return {"code": refusal.code, "facts": facts, "text": str(refusal)}


def sentence(problem: Mapping[str, Any]) -> str:
    """What a remembered refusal says, in the language of the moment; nothing for none."""
    kind = _KINDS.get(problem.get("code", ""))
    return str(kind(**problem["facts"])) if kind else str(problem.get("text", ""))
