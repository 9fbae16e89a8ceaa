"""A line while it is being priced."""

from decimal import Decimal

from apps.products.pricing.amounts import (
    ARITHMETIC,
    PRECISE,
    ZERO,
    count_fen,
    multiply,
    number,
    part,
    to_fen,
)
from apps.products.pricing.book import Entry
from apps.products.pricing.costs import UNKNOWN
from apps.products.pricing.desk import Desk
from apps.products.pricing.facts import AmountOff, FixedPrice, Line, Per, Percent, Reason, Tiers
from apps.products.pricing.outcomes import Step
from apps.products.pricing.resolution import Choice

NOT_NEGATIVE = Decimal(0)
NEW_STEP = tuple.__new__
MULTIPLY, QUANTIZE = ARITHMETIC.multiply, ARITHMETIC.quantize


class Work:
    """`amount` is exact to twelve decimals until `round_off`, and whole fen after it."""

    __slots__ = ("amount", "choice", "cost", "floor", "line", "list_exact", "steps", "voucher")

    def __init__(self, line: Line, choice: Choice) -> None:
        exact = line.unit_price * line.quantity * line.periods
        self.line = line
        self.choice = choice
        self.list_exact = exact
        self.amount = exact
        self.steps = [Step("list", Reason.LIST_PRICE, NOT_NEGATIVE, exact)]
        self.voucher = ZERO
        self.cost = UNKNOWN
        self.floor: Decimal | None = None

    def run_line_stages(self, desk: Desk) -> None:
        """Percentages are most of what there is: for them alone the steps are made without a call
        each, which halves the time of a thousand of them."""
        amount, append = self.amount, self.steps.append
        for entry in self.choice.taken:
            if entry.is_of_order:
                continue
            if entry.is_percent:
                after = QUANTIZE(MULTIPLY(amount, entry.rank[2]), PRECISE)
                step = (entry.kind, Reason.DISCOUNT_APPLIED, amount, after, entry.rule, None)
                append(NEW_STEP(Step, step))
                amount = after
            else:
                self.amount = amount
                self.apply(entry, desk)
                amount = self.amount
        self.amount = amount

    def apply(self, entry: Entry, desk: Desk) -> None:
        """Work a rule of the line into its price."""
        before = self.amount
        change = entry.rule.change
        if isinstance(change, Percent):
            after, reason, params = multiply(before, change.rate), Reason.DISCOUNT_APPLIED, None
        elif isinstance(change, AmountOff):
            after, reason, params = self._reduced(change), Reason.AMOUNT_OFF, None
        elif isinstance(change, FixedPrice):
            after, reason, params = self._fixed(change), Reason.FIXED_PRICE, None
        else:
            after, reason, params = self._tiered(entry, desk)
        self.take(entry, reason, after, params)

    def take(
        self, entry: Entry, reason: Reason, after: Decimal, params: dict[str, str] | None = None
    ) -> None:
        rule = entry.rule
        self.steps.append(Step(rule.kind.value, reason, self.amount, after, rule, params))
        self.amount = after

    def round_off(self) -> None:
        exact = self.amount
        amount = to_fen(exact)
        if amount != exact:
            self.steps.append(Step("rounding", Reason.ROUNDED, exact, amount))
        self.amount = amount

    @property
    def fen(self) -> int:
        return count_fen(self.amount)

    def _reduced(self, change: AmountOff) -> Decimal:
        off = change.amount
        if change.per is Per.UNIT:
            off = off * self.line.quantity * self.line.periods
        return max(NOT_NEGATIVE, self.amount - off)

    def _fixed(self, change: FixedPrice) -> Decimal:
        fixed = change.unit_price * self.line.quantity * self.line.periods
        if not change.keeps_earlier:
            return fixed
        return part(fixed, self.amount, self.list_exact)

    def _tiered(self, entry: Entry, desk: Desk) -> tuple[Decimal, Reason, dict[str, str]]:
        tier = desk.tier(entry, self.line)
        if tier is None or not isinstance(entry.rule.change, Tiers):
            raise AssertionError("Tiers below their first step are never taken.")
        base = self.list_exact if entry.fixes else self.amount
        reason = Reason.TIERS_BLENDED if tier.is_blended else Reason.TIER_REACHED
        params = {
            "start": number(tier.start),
            "counted": number(tier.counted),
            "rate": number(tier.ratio.quantize(PRECISE)),
        }
        return multiply(base, tier.ratio), reason, params
