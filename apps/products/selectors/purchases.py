"""What was bought within the windows of tiers, for the engine (PRC-5)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from apps.customers.models import Customer
from apps.products import ports
from apps.products.periods import month_of, quarter_of, year_of
from apps.products.pricing import Measure, Rule, Tiers, TierWindow

CALENDAR = {
    TierWindow.MONTH: month_of,
    TierWindow.QUARTER: quarter_of,
    TierWindow.YEAR: year_of,
}
LONGEST_CONTRACT = timedelta(days=5 * 366)  # of a rule without a beginning


def bought_for(customer: Customer, rules: Sequence[Rule], at: datetime) -> Mapping[str, Decimal]:
    """Rule → units bought, or what they cost by the list, since its window opened.

    Paid orders and billed use count, up to the moment; nothing is asked where no rule looks back.
    """
    since = {rule.key: start for rule in rules if (start := _start(rule, at)) is not None}
    if not since:
        return {}
    bought = ports.purchases([customer.pk], min(since.values()), at)
    return {
        rule.key: _measured(rule, (row for row in bought if row.at >= since[rule.key]))
        for rule in rules
        if rule.key in since
    }


def _start(rule: Rule, at: datetime) -> datetime | None:
    """Where the window of the rule's tiers opened; None where each order counts alone."""
    if not isinstance(rule.change, Tiers) or rule.change.window is TierWindow.ORDER:
        return None
    if rule.change.window is TierWindow.CONTRACT:
        return min(rule.window.start or at - LONGEST_CONTRACT, at)
    return CALENDAR[rule.change.window](at).start


def _measured(rule: Rule, bought: Iterable[ports.Purchase]) -> Decimal:
    by_units = isinstance(rule.change, Tiers) and rule.change.measure is Measure.QUANTITY
    rows = (row for row in bought if counts_for(rule, row))
    amounts = (Decimal(row.quantity) if by_units else row.list_amount for row in rows)
    return sum(amounts, Decimal(0))


def counts_for(rule: Rule, row: ports.Purchase) -> bool:
    """What the rule is for, counts towards its steps. Units of orders are counted with units:
    hours of use are none."""
    projects, tiers = rule.where.projects, rule.change
    if not rule.covers(row.subject) or (projects and row.project not in projects):
        return False
    if not row.is_use:
        return rule.where.miss_of_line(row.region, row.unit) is None
    is_told = isinstance(tiers, Tiers) and tiers.counts_use and tiers.measure is Measure.SPEND
    return is_told and rule.where.miss_of_use(row.region, row.unit) is None
