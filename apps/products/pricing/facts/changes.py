"""How much a rule changes a price. Amounts are yuan, tax included."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

ZERO = Decimal(0)


class Per(StrEnum):
    """What an amount is taken off: each unit and period, the line, or the lines of the order."""

    UNIT = "unit"
    LINE = "line"
    ORDER = "order"


class Measure(StrEnum):
    QUANTITY = "quantity"
    SPEND = "spend"


class Method(StrEnum):
    """全额累进: the step that is reached counts for all of it. 超额累进: each step counts for the
    part above it."""

    WHOLE = "whole"
    SLAB = "slab"


class TierWindow(StrEnum):
    """Within which time earlier purchases count towards a step."""

    ORDER = "order"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class Percent:
    """The customer pays `rate` of the price: 0.85 is 85 %."""

    rate: Decimal

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise ValueError(f"A rate lies between 0 and 1, not {self.rate}.")


@dataclass(frozen=True, slots=True)
class AmountOff:
    amount: Decimal
    per: Per = Per.UNIT

    def __post_init__(self) -> None:
        _not_negative(self.amount)


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """A unit costs this for a period. Earlier steps are wiped, or kept: then what they took off
    in proportion is taken off this price as well (PRC-2)."""

    unit_price: Decimal
    keeps_earlier: bool = False

    def __post_init__(self) -> None:
        _not_negative(self.unit_price)


type TierStep = tuple[Decimal, Percent | FixedPrice]


@dataclass(frozen=True, slots=True)
class Tiers:
    """More costs less (PRC-5). What is measured is the number of units, or what they cost by the
    list, over all lines of the order that the rule is for, and what was bought before in the
    window: orders, and metered use unless it does not count."""

    steps: tuple[TierStep, ...]
    measure: Measure = Measure.QUANTITY
    method: Method = Method.WHOLE
    window: TierWindow = TierWindow.ORDER
    counts_use: bool = True

    def __post_init__(self) -> None:
        _ascending([start for start, _change in self.steps])
        by_spend = self.measure is Measure.SPEND
        if by_spend and any(isinstance(change, FixedPrice) for _start, change in self.steps):
            raise ValueError("Tiers by spend are percentages.")


@dataclass(frozen=True, slots=True)
class SpendAndSave:
    """满减: whoever spends `threshold` saves `off`; of several steps the highest that is reached.
    `repeats` counts the (then single) step as often as it fits. 满赠: as `gift` the amount becomes
    balance after the payment, and the price stays."""

    steps: tuple[tuple[Decimal, Decimal], ...]
    repeats: bool = False
    gift: bool = False

    def __post_init__(self) -> None:
        _ascending([threshold for threshold, _off in self.steps])
        for threshold, off in self.steps:
            _not_negative(off)
            if not self.gift and off > threshold:
                raise ValueError(f"Nobody saves {off} by spending {threshold}.")
        if self.repeats and (len(self.steps) > 1 or not self.steps[0][0]):
            raise ValueError("Only a single step with a threshold repeats.")


@dataclass(frozen=True, slots=True)
class FaceValue:
    """代金券: pays `amount` of lines that come to `threshold` at least."""

    amount: Decimal
    threshold: Decimal = ZERO

    def __post_init__(self) -> None:
        _not_negative(self.amount)


type Change = Percent | AmountOff | FixedPrice | Tiers | SpendAndSave | FaceValue


def _not_negative(amount: Decimal) -> None:
    if amount < 0:
        raise ValueError(f"An amount is not negative: {amount}.")


def _ascending(starts: Sequence[Decimal]) -> None:
    if not starts or starts[0] < 0:
        raise ValueError("There is a first step, and it starts at 0 or above.")
    if any(later <= earlier for earlier, later in pairwise(starts)):
        raise ValueError("Steps ascend, each start once.")
