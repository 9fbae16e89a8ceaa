"""How far the caps of tried rules would have been used up, order by order."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from apps.core.money import ZERO
from apps.products.pricing import UNLIMITED, Counts, PricedQuote, Rule, Used


class TrialCounts:
    """Counters as the payment keeps them, of rules that are only tried: in memory, from nothing.

    Orders are to come as they were paid, so that who came first has what there was.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._capped = {rule.key: rule.caps for rule in rules if rule.caps != UNLIMITED}
        self._taken: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._given: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)

    def used(self, customer_id: int, day: date) -> dict[str, Used]:
        """What is gone when the customer buys on the day, for the engine."""
        gone = {
            key: Used(
                by_customer=self._taken[key, _of_customer(customer_id)],
                today=self._taken[key, _of_day(day)],
                total=self._taken[key, ""],
                budget=self._given[key],
            )
            for key in self._capped
        }
        pools = {caps.pool for caps in self._capped.values() if caps.pool}
        return gone | {pool: Used(budget=self._given[pool]) for pool in pools}

    def take(self, quote: PricedQuote, customer_id: int, day: date) -> None:
        """Count what the order got."""
        for claim in quote.claims:
            caps = self._capped.get(claim.rule_key)
            if caps is None:
                continue
            taken = claim.units if caps.counts is Counts.UNITS else claim.orders
            for scope in ("", _of_customer(customer_id), _of_day(day)):
                self._taken[claim.rule_key, scope] += taken
            self._given[claim.rule_key] += claim.amount
            if caps.pool:
                self._given[caps.pool] += claim.amount


def _of_customer(customer_id: int) -> str:
    return f"customer:{customer_id}"


def _of_day(day: date) -> str:
    return f"day:{day}"
