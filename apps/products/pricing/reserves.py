"""What the lines of one request take of caps and budgets, on top of what others took before."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from apps.products.pricing.book import Entry
from apps.products.pricing.facts import UNUSED, Rule, Used

ZERO = Decimal("0.00")


class Reserves:
    """Goes by the key of the rule, and by the name of a budget that rules share."""

    __slots__ = ("_mine", "_used")

    def __init__(self, used: Mapping[str, Used]) -> None:
        self._used = used
        self._mine: dict[str, Used] = {}

    def holds(self, rule: Rule) -> bool:
        """Whether an earlier line of the request took something of the rule."""
        return rule.key in self._mine

    def of(self, key: str) -> Used:
        return self._mine.get(key) or self._used.get(key, UNUSED)

    def count(self, rule: Rule, more: int, saving: Decimal) -> None:
        used = self.of(rule.key)
        self._mine[rule.key] = Used(
            by_customer=used.by_customer + more,
            today=used.today + more,
            total=used.total + more,
            budget=used.budget + saving,
        )
        self._draw(rule.caps.pool, saving)

    def give(self, rule: Rule, amount: Decimal) -> bool:
        """Take what works on a sum from its budget, and from the one it shares; False, and
        nothing taken, if there is not so much left."""
        budget = rule.caps.budget
        if budget is not None and self.of(rule.key).budget + amount > budget:
            return False
        if not self.has_room(rule, amount):
            return False
        self._draw(rule.caps.pool, amount)
        return True

    def has_room(self, rule: Rule, amount: Decimal) -> bool:
        """Whether the budget that the rule shares with others has so much left."""
        budget = rule.caps.pool_budget
        return budget is None or self.of(rule.caps.pool).budget + amount <= budget

    def without_room(self, taken: Iterable[tuple[Entry, Decimal]]) -> Entry | None:
        """The first for which a shared budget has no room beside the others on the line."""
        asked: dict[str, Decimal] = {}
        for entry, saving in taken:
            pool = entry.rule.caps.pool
            asked[pool] = asked.get(pool, ZERO) + saving
            if not self.has_room(entry.rule, asked[pool]):
                return entry
        return None

    def _draw(self, pool: str, amount: Decimal) -> None:
        if pool:
            drawn = self.of(pool)
            self._mine[pool] = drawn._replace(budget=drawn.budget + amount)
