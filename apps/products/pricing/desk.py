"""Finds the rules of each line of a request, and has them resolved."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from apps.products.pricing.amounts import ARITHMETIC, ZERO, fen_up, number
from apps.products.pricing.book import EVERYTHING, RANK, Book, Entry, Place, Rank, Shelf, places_of
from apps.products.pricing.facts import (
    AmountOff,
    Change,
    Counts,
    FaceValue,
    FixedPrice,
    Line,
    Per,
    Percent,
    Reason,
    Request,
    Rule,
    SpendAndSave,
    Tiers,
)
from apps.products.pricing.measures import ONE, Measured, Tier, tier_of
from apps.products.pricing.reserves import Reserves
from apps.products.pricing.resolution import Choice, Rejection, below_threshold, resolve

MOST_HIDDEN = 20  # of the rules for others, on a line


class Live(NamedTuple):
    """The rules of one place: those in season, best first, and those that are not."""

    entries: tuple[Entry, ...]
    dead: tuple[Rejection, ...]
    is_static: bool


NO_CHOICE = Choice((), ())
NOBODY_THERE = Live((), (), is_static=True)


class Desk:
    """Resolves the lines of one request, one after the other in canonical order."""

    __slots__ = (
        "_book",
        "_choices",
        "_hidden",
        "_measured",
        "_out",
        "_places",
        "_shelves",
        "has_rules_of_order",
        "request",
        "reserves",
    )

    def __init__(
        self, request: Request, book: Book, out: Mapping[str, Rejection] = MappingProxyType({})
    ) -> None:
        """`out`: rules of the order that turned out not to reach their threshold."""
        self.request = request
        self.has_rules_of_order = False  # until a line finds one
        self._book = book
        self._hidden: dict[Place, list[Rejection]] = {}
        self._out = out
        self._shelves: list[Shelf] = book.shelves_for(request.buyer)
        self._places: dict[Place, Live] = {}
        self._choices: dict[tuple[int, ...], Choice] = {}
        self.reserves = Reserves(request.used)
        self._measured: dict[str, Measured] = {}

    def choose(self, line: Line) -> Choice:
        """Lines that the same rules cover share the answer, where the rules treat them alike."""
        found = self._found(line)
        if not found:
            return NO_CHOICE
        is_static = True
        for live in found:
            is_static = is_static and live.is_static
        if not is_static:
            return self._choose_for(line, found)
        known = tuple(map(id, found))
        choice = self._choices.get(known)
        if choice is None:
            choice = self._choices[known] = resolve(_merged(found), _dead(found))
        return choice

    def measured(self, entry: Entry) -> Measured:
        """What of the request the rule is for; the same for each of its lines."""
        rule = entry.rule
        known = self._measured.get(rule.key)
        if known is None:
            lines = [line for line in self.request.lines if _is_for(rule, line)]
            known = self._measured[rule.key] = Measured(
                units=sum(line.quantity for line in lines),
                spend=sum((list_amount(line) for line in lines), ZERO),
                bought=self.request.bought.get(rule.key, ZERO),
            )
        return known

    def tier(self, entry: Entry, line: Line) -> Tier | None:
        change = entry.rule.change
        if not isinstance(change, Tiers):
            raise TypeError(f"{entry.rule.key} has no tiers.")
        return tier_of(change, self.measured(entry), line.unit_price)

    def hidden(self, line: Line) -> tuple[Rejection, ...]:
        """Rules that cover the line and are addressed to others."""
        if not self._book.is_addressed:
            return ()
        found: list[Rejection] = []
        for place in places_of(line.subject):
            if place not in self._hidden:
                rules = self._book.addressed_to_others(place, self.request.buyer, MOST_HIDDEN)
                self._hidden[place] = [Rejection(rule, Reason.OTHER_AUDIENCE) for rule in rules]
            found += self._hidden[place]
        return tuple(found[:MOST_HIDDEN])

    def _found(self, line: Line) -> list[Live]:
        found = []
        places = self._places
        for place in (*enumerate(line.subject), EVERYTHING):
            if place[1] is None and place is not EVERYTHING:
                continue
            live = places.get(place)
            if live is None:
                live = places[place] = self._live(place)
            if live is not NOBODY_THERE:
                found.append(live)
        return found

    def _live(self, place: Place) -> Live:
        """The rules of a place, judged by what holds for the whole request."""
        gathered = [shelf[place] for shelf in self._shelves if place in shelf]
        if not gathered:
            return NOBODY_THERE
        live, dead = [], []
        for entry in gathered[0] if len(gathered) == 1 else _once(gathered):
            if (miss := entry.rule.miss_of(self.request)) is not None:
                dead.append(Rejection(entry.rule, miss))
            else:
                live.append(entry)
                self.has_rules_of_order = self.has_rules_of_order or entry.is_of_order
        return Live(tuple(live), tuple(dead), all(entry.is_static for entry in live))

    def _choose_for(self, line: Line, found: Sequence[Live]) -> Choice:
        ranked: list[tuple[Rank, Entry]] = []
        rejected = _dead(found)
        for live in found:
            for entry in live.entries:
                miss = self._miss(entry, line)
                if miss is None:
                    ranked.append((self._rank(entry, line), entry))
                else:
                    rejected.append(miss)
        ranked.sort()
        choice = self._within_pools([entry for _rank, entry in ranked], rejected, line)
        for entry in choice.taken:
            if entry.is_capped:
                self._reserve(entry, line)
        return choice

    def _within_pools(self, entries: list[Entry], rejected: list[Rejection], line: Line) -> Choice:
        """Each rule alone found its budget large enough; two of one campaign have to share it."""
        while True:
            choice = resolve(entries, list(rejected))
            capped = [entry for entry in choice.taken if entry.is_capped]
            over = self.reserves.without_room(
                (entry, self._saving(entry, line)) for entry in capped
            )
            if over is None:
                return choice
            entries = [entry for entry in entries if entry is not over]
            rejected = [*rejected, Rejection(over.rule, Reason.SOLD_OUT)]

    def _miss(self, entry: Entry, line: Line) -> Rejection | None:
        """Why the rule does nothing for this line, whatever else there is."""
        rule = entry.rule
        if rule.key in self._out:
            return self._out[rule.key]
        if (miss := rule.where.miss_of_line(line.region, line.unit)) is not None:
            return Rejection(rule, miss)
        change = rule.change
        if isinstance(change, Tiers) and self.tier(entry, line) is None:
            measured = self.measured(entry)
            counted = measured.bought + measured.amount(change.measure)
            params = {"start": number(change.steps[0][0]), "counted": number(counted)}
            return Rejection(rule, Reason.TIER_NOT_REACHED, params)
        if (threshold := _threshold(change)) > 0 and threshold > self.measured(entry).spend:
            return below_threshold(rule, threshold, self.measured(entry).spend)
        if isinstance(change, FixedPrice) and change.unit_price > line.unit_price:
            return Rejection(rule, Reason.NO_SAVING)
        if entry.is_capped and (miss := self._miss_of_caps(entry, line)) is not None:
            return Rejection(rule, miss)
        return None

    def _miss_of_caps(self, entry: Entry, line: Line) -> Reason | None:
        """The budget is asked for what the rule takes off if it is alone: never less than it
        takes. What works on a sum asks for its budget when it applies."""
        rule = entry.rule
        saving = self._saving(entry, line)
        used = self.reserves.of(rule.key)
        if (miss := rule.caps.miss(used, self._more(rule, line), saving)) is not None:
            return miss
        return None if self.reserves.has_room(rule, saving) else Reason.SOLD_OUT

    def _more(self, rule: Rule, line: Line) -> int:
        """What the line adds to the caps' count; an order counts once, with its first line."""
        if rule.caps.counts is Counts.UNITS:
            return line.quantity
        return 0 if self.reserves.holds(rule) else 1

    def _reserve(self, entry: Entry, line: Line) -> None:
        rule = entry.rule
        self.reserves.count(rule, self._more(rule, line), self._saving(entry, line))

    def _saving(self, entry: Entry, line: Line) -> Decimal:
        """What the rule takes off at most; of what works on a sum, the sum is asked later."""
        if entry.rule.is_of_sum:
            return ZERO
        return fen_up(list_amount(line) * (ONE - self._ratio(entry, line)))

    def _rank(self, entry: Entry, line: Line) -> Rank:
        if entry.is_percent:
            return entry.rank
        priority, scope, _merit, key = entry.rank
        return priority, scope, self._ratio(entry, line), key

    def _ratio(self, entry: Entry, line: Line) -> Decimal:
        """What is left of the list price if the rule is alone; of the whole order's, if it works
        on the order."""
        change = entry.rule.change
        match change:
            case Percent():
                return change.rate
            case Tiers():
                tier = self.tier(entry, line)
                return tier.ratio if tier else ONE
            case FixedPrice():
                return _left(line.unit_price - change.unit_price, line.unit_price)
            case AmountOff(per=Per.UNIT):
                return _left(change.amount, line.unit_price)
            case AmountOff(per=Per.LINE):
                return _left(change.amount, list_amount(line))
            case SpendAndSave():
                spend = self.measured(entry).spend
                reached = [off for threshold, off in change.steps if threshold <= spend]
                return _left(reached[-1], spend) if reached else ONE
            case AmountOff() | FaceValue():
                return _left(change.amount, self.measured(entry).spend)


def _once(gathered: Sequence[Sequence[Entry]]) -> list[Entry]:
    """In order; a rule that is addressed to the buyer in two ways is still one rule."""
    once = {entry.rule.key: entry for entries in gathered for entry in entries}
    return sorted(once.values(), key=RANK)


def _threshold(change: Change) -> Decimal:
    """What is never reached unless the list prices reach it."""
    match change:
        case SpendAndSave():
            return change.steps[0][0]
        case FaceValue():
            return change.threshold
        case _:
            return ZERO


def _merged(found: Sequence[Live]) -> Sequence[Entry]:
    if len(found) == 1:
        return found[0].entries
    return sorted((entry for live in found for entry in live.entries), key=RANK)


def _dead(found: Sequence[Live]) -> list[Rejection]:
    return [miss for live in found for miss in live.dead]


def _is_for(rule: Rule, line: Line) -> bool:
    return rule.covers(line.subject) and rule.where.miss_of_line(line.region, line.unit) is None


def list_amount(line: Line) -> Decimal:
    return line.unit_price * line.quantity * line.periods


def _left(off: Decimal, whole: Decimal) -> Decimal:
    """The share that is left when `off` is taken of `whole`."""
    if off >= whole:
        return Decimal(0)
    return ONE - ARITHMETIC.divide(off, whole)
