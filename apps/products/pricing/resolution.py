"""Which rules change a line, and why each other one does not.

Of all that cover the line and are addressed to the buyer, the order is: higher priority, narrower
scope, larger saving on the line if it were alone, key. Going down, a rule is taken unless its
stack group or its exclusive group is represented. See docs/pricing.md.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from apps.products.pricing.book import PIPELINE, Entry
from apps.products.pricing.facts import Reason, Rule

NOTHING_TO_SAY: Mapping[str, str] = MappingProxyType({})


class Rejection(NamedTuple):
    """A rule that was looked at and not used, and why."""

    rule: Rule
    reason: Reason
    params: Mapping[str, str] = NOTHING_TO_SAY


class Choice(NamedTuple):
    """What became of the rules for one line; those taken in the order of the pipeline."""

    taken: tuple[Entry, ...]
    rejected: tuple[Rejection, ...]


def resolve(entries: Sequence[Entry], rejected: list[Rejection]) -> Choice:
    """Take each unless its stack group or its exclusive group is represented."""
    groups: dict[str, Entry] = {}
    exclusives: dict[str, Entry] = {}
    taken = []
    for entry in entries:
        winner = groups.get(entry.group)
        if winner is not None:
            rejected.append(_beaten(entry, winner))
        elif entry.exclusive and entry.exclusive in exclusives:
            winner = exclusives[entry.exclusive]
            rejected.append(Rejection(entry.rule, Reason.EXCLUDED, _naming(winner)))
        else:
            taken.append(entry)
            groups[entry.group] = entry
            if entry.exclusive:
                exclusives[entry.exclusive] = entry
    if len(taken) > 1:
        taken.sort(key=PIPELINE)
        taken = _wiped(taken, rejected)
    return Choice(tuple(taken), tuple(rejected))


def _wiped(taken: list[Entry], rejected: list[Rejection]) -> list[Entry]:
    """A fixed price starts anew: what comes before it in the pipeline does nothing (PRC-2)."""
    last = max((place for place, entry in enumerate(taken) if entry.fixes), default=0)
    params = _naming(taken[last])
    rejected += [
        Rejection(entry.rule, Reason.WIPED_BY_FIXED_PRICE, params) for entry in taken[:last]
    ]
    return taken[last:]


def below_threshold(rule: Rule, threshold: Decimal, base: Decimal) -> Rejection:
    params = {"threshold": f"{threshold:f}", "missing": f"{threshold - base:f}"}
    return Rejection(rule, Reason.THRESHOLD_NOT_MET, params)


def _beaten(entry: Entry, winner: Entry) -> Rejection:
    if winner.rank[0] != entry.rank[0]:
        reason = Reason.LESS_URGENT
    elif winner.rank[1] != entry.rank[1]:
        reason = Reason.LESS_SPECIFIC
    else:
        reason = Reason.LESS_FAVORABLE
    return Rejection(entry.rule, reason, _naming(winner))


def _naming(winner: Entry) -> dict[str, str]:
    return {"winner": winner.rule.name, "winner_key": winner.rule.key}
