"""The end of an import: withdrawals, and totals that must agree before anybody is billed."""

from typing import Any

from django.utils.translation import gettext

from apps.approvals import services as approvals
from apps.clouds.importing.refusals import RowsAreBad, TooMuchIsMissing, TotalsDiffer
from apps.clouds.importing.states import ImportScope, ImportStatus
from apps.clouds.models import BillPeriod
from apps.clouds.selectors import bills as selectors
from apps.clouds.selectors.bills import Totals
from apps.clouds.services import line_store, parties
from apps.clouds.services.import_run import ImportRun

# A corrected file changes a few lines. More, and it is likely not the whole month.
FEW_LINES = 10
FEW_PERCENT = 10


def settle(*, run: ImportRun) -> dict[str, Any]:
    """
    Make the stored lines of the file's months what the file says, and prove it.

    Trusted: called by the import.
    :raises RowsAreBad: or TooMuchIsMissing: if lines would have to be withdrawn and it is unsafe
    :raises TotalsDiffer: if what is stored does not sum to what was read
    """
    is_complete = run.job.scope == ImportScope.COMPLETE
    touched = sorted(run.periods[key] for key in run.file)
    periods = {period.pk: period for period in parties.locked_periods(period_ids=touched)}
    checks = []
    total = Totals()
    withdrawn = 0
    for key, read in sorted(run.file.items()):
        period = periods[run.periods[key]]
        stored = selectors.totals_of(period_ids=[period.pk])
        if is_complete and stored.lines > read.lines:
            withdrawn += _withdraw(run, period, stored.lines)
            stored = selectors.totals_of(period_ids=[period.pk])
        if is_complete and stored != read:
            raise TotalsDiffer(period=period, file=_text(read), stored=_text(stored))
        _let_go(run, period, stored)
        total = total.plus(stored)
        checks.append(_as_json(str(period), read))
    run.withdrawn = withdrawn  # not added up: a repeated transaction counts once
    return {
        "periods": touched,
        "file": _as_json("", _total(run.file.values())),
        "by_period": checks,
        "by_service": [_as_json(name, sums) for name, sums in sorted(run.services.items())],
        **_proof(touched, total),
    }


def _withdraw(run: ImportRun, period: BillPeriod, stored: int) -> int:
    in_force = line_store.lines_in_force(period_id=period.pk)
    surplus = {
        identity: count - kept
        for identity, count in in_force.items()
        if count > (kept := run.seen.get(bytes.fromhex(identity[6:]), 0))
    }
    count = sum(surplus.values())
    if run.bad:
        raise RowsAreBad(period=period, count=count)
    is_much = count > FEW_LINES and count * 100 > stored * FEW_PERCENT
    if is_much and not run.job.may_withdraw:
        raise TooMuchIsMissing(period=period, count=count, total=stored)
    parties.hold(job=run.job, period_ids={period.pk})
    period.refresh_from_db()
    line_store.withdraw_lines(surplus=surplus, bill_import_id=run.job.pk)
    return count


def _let_go(run: ImportRun, period: BillPeriod, stored: Totals) -> None:
    """Others may import and bill the period again. Writes nothing if nothing changed."""
    holder = period.held_by
    is_whole = holder is not None and (
        holder.pk == run.job.pk
        # A complete file proves the month, whoever left it half done before.
        or (run.job.scope == ImportScope.COMPLETE and holder.status != ImportStatus.RUNNING)
    )
    if not is_whole and (period.lines, period.list_total, period.billed_total) == stored:
        return
    if period.billed_total != stored.billed_cost:
        approvals.void_for_subject(
            subject=("clouds.BillPeriod", period.pk),
            reason=gettext("The vendor's bill was imported again."),
            now=run.clock(),
        )
    period.lines, period.list_total, period.billed_total = stored
    period.held_by = None if is_whole else holder
    period.save(update_fields=["lines", "list_total", "billed_total", "held_by"])


def _proof(touched: list[int], stored: Totals) -> dict[str, Any]:
    """By product = by resource = stored total; of a complete file also = the file's total."""
    by_service = _total(sums for _name, sums in selectors.totals_by_service(period_ids=touched))
    by_resource = selectors.total_over_resources(period_ids=touched)
    if not stored == by_service == by_resource:
        raise TotalsDiffer(period="—", file=_text(by_service), stored=_text(by_resource))
    return {"stored": _as_json("", stored), "over_resources": _as_json("", by_resource)}


def _total(sums: Any) -> Totals:
    total = Totals()
    for one in sums:
        total = total.plus(one)
    return total


def _text(totals: Totals) -> str:
    return f"{totals.lines} / {totals.list_cost:f} / {totals.billed_cost:f}"


def _as_json(name: str, totals: Totals) -> dict[str, Any]:
    return {
        "name": name,
        "lines": totals.lines,
        "list_cost": f"{totals.list_cost:f}",
        "billed_cost": f"{totals.billed_cost:f}",
    }
