"""A pricing rule as plain columns. Rows as objects, with their targets, cost more than the pricing.

A query reads them by `RULE_COLUMNS`; a row begins with these, what else was asked for follows.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from apps.products.enums import ChangeType
from apps.products.models.rule_constraints import TARGETS
from apps.products.pricing import (
    ANYWHERE,
    EVERYBODY,
    UNLIMITED,
    AmountOff,
    Audience,
    Caps,
    Change,
    Counts,
    FaceValue,
    FixedPrice,
    Kind,
    Measure,
    Method,
    Per,
    Percent,
    Rule,
    Scope,
    SpendAndSave,
    Tiers,
    TierStep,
    TierWindow,
    Where,
    Window,
)

ZERO = Decimal(0)
TARGET_COLUMNS = tuple(
    column for target in TARGETS for column in (f"{target}_id", f"{target}__name")
)


class RuleRow(NamedTuple):
    pk: int | None
    name: str
    change: str
    rate: Decimal | None
    amount: Decimal | None
    per: str
    unit_price: Decimal | None
    keeps_earlier: bool
    threshold: Decimal | None
    steps: list[dict[str, str]]
    measure: str
    method: str
    period: str
    repeats: bool
    is_gift: bool
    scope: str
    regions: list[str]
    billing_modes: list[str]
    order_types: list[str]
    projects: list[str]
    valid_from: datetime
    valid_until: datetime | None
    priority: int
    stack_group: str
    exclusive_group: str
    min_margin: Decimal | None
    cap_per_customer: int | None
    cap_per_day: int | None
    cap_total: int | None
    cap_budget: Decimal | None
    cap_counts: str
    target: int | None
    target_name: str

    def as_rule(
        self,
        *,
        key_prefix: str,
        kind: Kind,
        audience: Audience = EVERYBODY,
        may_break_floor: bool = False,
    ) -> Rule:
        """As the engine reads it, under the key "<prefix>:<pk>".

        :raises ValueError: if the steps make no sense
        """
        return Rule(
            key=f"{key_prefix}:{self.pk}",
            name=self.name,
            change=self.as_change(),
            scope=Scope(self.scope),
            target=self.target,
            target_name=self.target_name,
            window=Window(self.valid_from, self.valid_until),
            kind=kind,
            where=self._where(),
            audience=audience,
            priority=self.priority,
            stack_group=self.stack_group,
            exclusive_group=self.exclusive_group,
            caps=caps_of(self),
            min_margin=self.min_margin,
            may_break_floor=may_break_floor,
        )

    def as_change(self) -> Change:
        """:raises ValueError: if the steps make no sense"""
        match self.change:
            case ChangeType.PERCENT:
                return Percent(_filled(self.rate))
            case ChangeType.AMOUNT_OFF:
                return AmountOff(_filled(self.amount), Per(self.per))
            case ChangeType.FIXED_PRICE:
                return FixedPrice(_filled(self.unit_price), self.keeps_earlier)
            case ChangeType.TIERS:
                return Tiers(
                    steps=tuple(_tier(step) for step in self.steps),
                    measure=Measure(self.measure),
                    method=Method(self.method),
                    window=TierWindow(self.period),
                )
            case ChangeType.SPEND_AND_SAVE:
                steps = tuple((Decimal(step["from"]), Decimal(step["off"])) for step in self.steps)
                return SpendAndSave(steps, repeats=self.repeats, gift=self.is_gift)
            case _:
                return FaceValue(_filled(self.amount), self.threshold or ZERO)

    def _where(self) -> Where:
        if not (self.regions or self.billing_modes or self.order_types or self.projects):
            return ANYWHERE
        return Where(
            regions=frozenset(self.regions),
            billing_modes=frozenset(self.billing_modes),
            order_types=frozenset(self.order_types),
            projects=frozenset(self.projects),
        )


OWN_COLUMNS = tuple(name for name in RuleRow._fields if not name.startswith("target"))
RULE_COLUMNS = (*TARGET_COLUMNS, *OWN_COLUMNS)


def rule_row(columns: tuple[Any, ...]) -> tuple[RuleRow, tuple[Any, ...]]:
    """The rule of a row that begins with RULE_COLUMNS, and the columns that follow."""
    start, end = len(TARGET_COLUMNS), len(RULE_COLUMNS)
    return RuleRow._make((*columns[start:end], *narrowest(columns[:start]))), columns[end:]


def narrowest(targets: tuple[Any, ...]) -> tuple[int | None, str]:
    """The one target that TARGET_COLUMNS name, and how it is called; none of all products."""
    for place in range(0, len(targets), 2):
        if targets[place] is not None:
            return targets[place], targets[place + 1]
    return None, ""


def caps_of(rule: Any) -> Caps:
    """Of a row, or of a rule with the same columns."""
    caps = Caps(
        per_customer=rule.cap_per_customer,
        per_day=rule.cap_per_day,
        total=rule.cap_total,
        budget=rule.cap_budget,
        counts=Counts(rule.cap_counts),
    )
    return UNLIMITED if caps == UNLIMITED else caps


def _tier(step: dict[str, str]) -> TierStep:
    change = (
        Percent(Decimal(step["rate"]))
        if "rate" in step
        else FixedPrice(Decimal(step["unit_price"]))
    )
    return Decimal(step["from"]), change


def _filled(amount: Decimal | None) -> Decimal:
    if amount is None:
        raise ValueError("The rule does not say how much it changes the price.")
    return amount
