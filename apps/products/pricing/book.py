"""Rules compiled once, so that pricing a line looks only at those that can cover it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple

from apps.products.pricing.facts import CostTerm, Kind, Percent, Reason, Rule, Scope, Subject

type Place = tuple[Kind, Scope, int | None]


class Rejection(NamedTuple):
    """A rule that was looked at and not used, and why."""

    rule: Rule
    reason: Reason
    params: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Decision:
    """What one stage of the pipeline made of its rules for one subject."""

    applied: Rule | None
    rejected: tuple[Rejection, ...] = ()


def rate_of(rule: Rule) -> Decimal:
    return rule.change.rate if isinstance(rule.change, Percent) else Decimal(1)


LOST = {True: Reason.LESS_FAVORABLE, False: Reason.LESS_SPECIFIC}  # is it as specific?
NOTHING_TO_DECIDE = Decision(applied=None)


@dataclass(frozen=True, slots=True)
class Book:
    """All rules that may apply, indexed by what they cover."""

    rules: tuple[Rule, ...]
    index: Mapping[Place, tuple[Rule, ...]]
    borders: tuple[datetime, ...]

    @classmethod
    def compile(
        cls,
        rules: Iterable[Rule] = (),
        *,
        above: Sequence["Book"] = (),
        terms: Iterable[CostTerm] = (),
    ) -> "Book":
        """Sort by merit, not by arrival: the result never depends on the order of insertion."""
        everything = chain(rules, *(book.rules for book in above))
        percentages = [rule for rule in everything if isinstance(rule.change, Percent)]
        ranked = tuple(sorted(percentages, key=lambda rule: (rate_of(rule), rule.key)))
        if len({rule.key for rule in ranked}) < len(ranked):
            raise ValueError("Two rules share one key.")
        windows = [rule.window for rule in ranked]
        borders = {border for window in windows for border in (window.start, window.until)}
        places: defaultdict[Place, list[Rule]] = defaultdict(list)
        for rule in ranked:
            places[rule.kind, rule.scope, rule.target].append(rule)
        return cls(
            rules=ranked,
            index={place: tuple(found) for place, found in places.items()},
            borders=tuple(sorted(border for border in borders if border is not None)),
        )

    def epoch(self, at: datetime) -> int:
        """A number for the stretch of time around the moment in which no window opens or ends."""
        return bisect_right(self.borders, at)

    def candidates(self, kind: Kind, subject: Subject) -> list[Rule]:
        """The rules that cover the subject, best claim first: narrowest scope, then lowest rate."""
        found: list[Rule] = []
        for scope in Scope:
            target = subject.target(scope)
            if target is not None or scope is Scope.ALL:
                found += self.index.get((kind, scope, target), ())
        return found

    def decide(self, kind: Kind, subject: Subject, at: datetime) -> Decision:
        """The one rule of this stage that applies, and why each other candidate does not."""
        candidates = self.candidates(kind, subject)
        if not candidates:
            return NOTHING_TO_DECIDE
        misses = [(rule, rule.window.miss(at)) for rule in candidates]
        winner = next((rule for rule, miss in misses if miss is None), None)
        if winner is None:
            return Decision(None, tuple(Rejection(rule, miss) for rule, miss in misses if miss))
        better = {"winner": winner.name, "winner_key": winner.key}
        rejected = [
            Rejection(rule, miss)
            if miss is not None
            else Rejection(rule, LOST[rule.scope is winner.scope], better)
            for rule, miss in misses
            if rule is not winner
        ]
        return Decision(winner, tuple(rejected))

    def why_not(self, rule: Rule, subject: Subject, at: datetime) -> Rejection | None:
        """Why this very rule leaves the subject alone; None when it applies."""
        if not rule.covers(subject):
            return Rejection(rule, Reason.OTHER_SCOPE)
        decision = self.decide(rule.kind, subject, at)
        return next((miss for miss in decision.rejected if miss.rule == rule), None)
