"""What lies in the windows of steps around metered use (PRC-5).

Everything here is a function of all the use and the orders of a customer, never of the order in
which they became known: use that comes late leads to the price that it would have had in time.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from apps.products import ports
from apps.products.periods import Period, month_of, months_within, quarter_of, year_of
from apps.products.pricing import (
    Measure,
    Method,
    Rule,
    Stretch,
    Subject,
    Tiers,
    TierWindow,
    looks_back,
)
from apps.products.selectors.purchases import counts_for

FIRST = datetime(2000, 1, 1, tzinfo=UTC)  # where a contract begins that does not say when
LAST = datetime(2100, 1, 1, tzinfo=UTC)
CALENDAR = {
    TierWindow.MONTH: month_of,
    TierWindow.QUARTER: quarter_of,
    TierWindow.YEAR: year_of,
}
ZERO = Decimal(0)


class UseRow(NamedTuple):
    """Use of a moment, or all that lies between two cuts, as if it were at the first of them."""

    subject: Subject
    region: str
    unit: str
    project: str
    at: datetime
    list_cost: Decimal
    quantity: Decimal | None


def window_of(rule: Rule, at: datetime) -> Period:
    """The window of the rule's steps around the moment."""
    if not isinstance(rule.change, Tiers):
        raise TypeError(f"{rule.key} has no steps.")
    calendar = CALENDAR.get(rule.change.window)
    if calendar is not None:
        return calendar(at)
    return Period(rule.window.start or FIRST, rule.window.until or LAST)


def reach_of(rules: Iterable[Rule], first: datetime, last: datetime) -> Period | None:
    """From where to where use counts beside that of the moments; None where no rule looks back."""
    windows = [window_of(rule, at) for rule in rules if looks_back(rule) for at in (first, last)]
    if not windows:
        return None
    start, until = min(w.start for w in windows), max(w.until for w in windows)
    return Period(min(start, month_of(first).start), max(until, month_of(last).until))


def cuts_of(rules: Iterable[Rule], first: datetime, last: datetime) -> list[datetime]:
    """Where windows and months begin and end: use between two cuts is one row."""
    back = [rule for rule in rules if looks_back(rule)]
    until = month_of(last).until
    cuts = {month.start for month, _part in months_within(month_of(first).start, until)} | {until}
    for rule in back:
        cuts.update(_edges(rule), *(window_of(rule, at) for at in (first, last)))
    return sorted(cuts)


class UseCounter:
    """Answers what the engine asks of a rule at a moment; adds up each stretch once."""

    def __init__(
        self, rows: Iterable[UseRow], orders: Sequence[ports.Purchase], rules: Sequence[Rule]
    ) -> None:
        self._rows = list(rows)
        self._orders = orders
        moments = [row.at for row in self._rows]
        self._cuts: list[datetime] = []
        if moments:
            edges = {edge for rule in rules for edge in _edges(rule)}
            months = months_within(min(moments), max(moments))
            self._cuts = sorted({*edges, *(month.start for month, _part in months)})
        self._known: dict[tuple[str, int], Stretch] = {}

    def __call__(self, rule: Rule, at: datetime) -> Stretch:
        place = (rule.key, bisect_right(self._cuts, at))
        known = self._known.get(place)
        if known is None:
            known = self._known[place] = self._add_up(rule, at)
        return known

    def _add_up(self, rule: Rule, at: datetime) -> Stretch:
        """Whole: all of the window counts for all of it, also what comes later. Slab: each month
        lies upon the ones before it, so what was billed of those stays."""
        window, month = window_of(rule, at), month_of(at)
        is_slab = isinstance(rule.change, Tiers) and rule.change.method is Method.SLAB
        until = min(window.until, month.until) if is_slab else window.until
        since = max(window.start, month.start) if is_slab else window.start
        before = self._ordered(rule, Period(window.start, until))
        before += self._used(rule, Period(window.start, since))
        return Stretch(self._used(rule, Period(since, until)), before)

    def _used(self, rule: Rule, period: Period) -> Decimal:
        tiers = rule.change
        if not isinstance(tiers, Tiers) or not tiers.counts_use:
            return ZERO
        rows = [
            row
            for row in self._rows
            if period.start <= row.at < period.until and _is_for(rule, row)
        ]
        if tiers.measure is Measure.SPEND:
            return sum((row.list_cost for row in rows), ZERO)
        return sum((row.quantity for row in rows if row.quantity is not None), ZERO)

    def _ordered(self, rule: Rule, period: Period) -> Decimal:
        """By spend alone: hours of use are not counted with units of orders."""
        if not isinstance(rule.change, Tiers) or rule.change.measure is not Measure.SPEND:
            return ZERO
        rows = (row for row in self._orders if period.start <= row.at < period.until)
        return sum((row.list_amount for row in rows if counts_for(rule, row)), ZERO)


def _is_for(rule: Rule, row: UseRow) -> bool:
    projects = rule.where.projects
    if not rule.covers(row.subject) or (projects and row.project not in projects):
        return False
    return rule.where.miss_of_use(row.region, row.unit) is None


def _edges(rule: Rule) -> list[datetime]:
    window = rule.window
    return [edge for edge in (window.start, window.until) if edge is not None]
