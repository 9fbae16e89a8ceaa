"""Stages that work on the sum of the lines they cover, in whole fen: spend-and-save, vouchers,
amounts off the order, and what sales allow by hand at the very end.

What comes off is shared among the lines by the largest remainder, so the lines sum to the order.
"""

from collections.abc import Sequence
from decimal import Decimal

from apps.products.pricing.amounts import ZERO, count_fen, share, yuan
from apps.products.pricing.book import PIPELINE, Entry
from apps.products.pricing.desk import Desk
from apps.products.pricing.facts import (
    AmountOff,
    FaceValue,
    Kind,
    Per,
    Reason,
    SpendAndSave,
)
from apps.products.pricing.outcomes import Gift
from apps.products.pricing.resolution import Rejection, below_threshold
from apps.products.pricing.work import Work


class OrderStages:
    """Works the rules of the order into the lines, in the order of the pipeline."""

    def __init__(self, works: Sequence[Work], desk: Desk) -> None:
        self.works = works
        self.desk = desk
        self.gifts: list[Gift] = []

    def run(self) -> Rejection | None:
        """The first rule that turns out to have no effect, so that all is resolved once more
        without it; None when every rule has done its part."""
        found: dict[str, tuple[Entry, list[Work]]] = {}
        for work in self.works:
            for entry in work.choice.taken:
                if entry.is_of_order:
                    found.setdefault(entry.rule.key, (entry, []))[1].append(work)
        for entry, covered in sorted(found.values(), key=lambda each: PIPELINE(each[0])):
            miss = self._apply(entry, covered)
            if miss is not None:
                return miss
        return None

    def _apply(self, entry: Entry, covered: Sequence[Work]) -> Rejection | None:
        change = entry.rule.change
        base = sum((work.amount for work in covered), ZERO)
        if isinstance(change, SpendAndSave):
            return self._save(entry, change, covered, base)
        if isinstance(change, FaceValue):
            if base < change.threshold:
                return below_threshold(entry.rule, change.threshold, base)
            off = min(change.amount, base)
            return self._take_off(entry, covered, off, Reason.PAID_BY_VOUCHER)
        if isinstance(change, AmountOff) and change.per is Per.ORDER:
            off = min(change.amount, base)
            return self._take_off(entry, covered, off, Reason.AMOUNT_OFF)
        for work in covered:  # by hand, line by line
            work.apply(entry, self.desk)
            work.round_off()
        return None

    def _save(
        self, entry: Entry, change: SpendAndSave, covered: Sequence[Work], base: Decimal
    ) -> Rejection | None:
        reached = [step for step in change.steps if step[0] <= base]
        if not reached:
            return below_threshold(entry.rule, change.steps[0][0], base)
        threshold, off = reached[-1]
        if change.repeats:
            off *= base // threshold
        if not change.gift:
            return self._take_off(entry, covered, off, Reason.SAVED_BY_SPENDING, threshold)
        if not self.desk.reserves.give(entry.rule, off):
            return Rejection(entry.rule, Reason.SOLD_OUT)
        self.gifts.append(Gift(entry.rule, off, sum(work.line.quantity for work in covered)))
        return None

    def _take_off(
        self,
        entry: Entry,
        covered: Sequence[Work],
        off: Decimal,
        reason: Reason,
        threshold: Decimal | None = None,
    ) -> Rejection | None:
        if not off:
            return Rejection(entry.rule, Reason.NO_SAVING)
        if not self.desk.reserves.give(entry.rule, off):
            return Rejection(entry.rule, Reason.SOLD_OUT)
        params = {"off": f"{off:f}"}
        if threshold is not None:
            params["threshold"] = f"{threshold:f}"
        parts = share(count_fen(off), [work.fen for work in covered])
        for work, fen in zip(covered, parts, strict=True):
            work.take(entry, reason, work.amount - yuan(fen), params)
            if entry.rule.kind is Kind.VOUCHER:
                work.voucher += yuan(fen)
        return None
