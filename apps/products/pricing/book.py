"""Rules compiled once, so that pricing a line looks only at those that can cover it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from operator import attrgetter

from apps.products.pricing.facts import (
    EVERYBODY,
    UNLIMITED,
    Buyer,
    CostTerm,
    FixedPrice,
    Kind,
    Percent,
    Rule,
    Scope,
    Subject,
    Tiers,
)

type Token = tuple[str, int | str] | None  # a way to be addressed; None is everybody
type Place = tuple[int, int | None]  # rank of the scope, and the target
type Rank = tuple[int, int, Decimal, str]
type Shelf = Mapping[Place, Sequence["Entry"]]

SCOPE_RANKS = {scope: rank for rank, scope in enumerate(Scope)}
KIND_RANKS = {kind: rank for rank, kind in enumerate(Kind)}
EVERYTHING: Place = (SCOPE_RANKS[Scope.ALL], None)
DEAREST = Decimal(2)
TO_EVERYBODY: Sequence[Token] = (None,)


@dataclass(slots=True, eq=False)
class Entry:
    """A rule with what resolution asks of it again and again."""

    rule: Rule
    rank: Rank
    kind_rank: int
    kind: str
    group: str
    exclusive: str
    is_percent: bool  # its merit does not depend on the line
    is_of_order: bool
    is_capped: bool
    is_static: bool  # it treats all lines alike that it covers
    fixes: bool

    @classmethod
    def of(cls, rule: Rule) -> "Entry":
        change, where = rule.change, rule.where
        is_percent = isinstance(change, Percent)
        is_of_order = rule.is_of_order
        is_capped = rule.caps is not UNLIMITED and rule.caps != UNLIMITED
        is_everywhere = not (where.regions or where.billing_modes)
        merit = change.rate if isinstance(change, Percent) else DEAREST
        return cls(
            rule,
            (-rule.priority, SCOPE_RANKS[rule.scope], merit, rule.key),
            KIND_RANKS[rule.kind],
            rule.kind.value,
            rule.stack_group,
            rule.exclusive_group,
            is_percent,
            is_of_order,
            is_capped,
            is_percent and is_everywhere and not is_capped and not is_of_order,
            _fixes(rule),
        )


RANK, PIPELINE = attrgetter("rank"), attrgetter("kind_rank", "rank")


@dataclass(frozen=True, slots=True)
class Layer:
    """The rules of one source level, by whom they are addressed to, then by what they cover."""

    rules: tuple[Rule, ...]
    shelves: Mapping[Token, Shelf]
    addressed: Shelf  # those that are not for everybody
    terms: tuple[CostTerm, ...]
    is_shared_by_lines: bool  # what one line gets can depend on the others

    @classmethod
    def of(cls, rules: Iterable[Rule], terms: Iterable[CostTerm]) -> "Layer":
        entries = sorted(map(Entry.of, rules), key=RANK)
        if len({entry.rule.key for entry in entries}) < len(entries):
            raise ValueError("Two rules share one key.")
        shelves: defaultdict[Token, defaultdict[Place, list[Entry]]]
        shelves = defaultdict(lambda: defaultdict(list))
        addressed: defaultdict[Place, list[Entry]] = defaultdict(list)
        for entry in entries:
            place = (entry.rank[1], entry.rule.target)
            for token in _tokens(entry.rule):
                shelves[token][place].append(entry)
            if entry.rule.audience is not EVERYBODY and entry.rule.audience != EVERYBODY:
                addressed[place].append(entry)
        return cls(
            rules=tuple(entry.rule for entry in entries),
            shelves={token: dict(shelf) for token, shelf in shelves.items()},
            addressed=dict(addressed),
            terms=tuple(sorted(terms, key=lambda term: (SCOPE_RANKS[term.scope], term.key))),
            is_shared_by_lines=any(entry.is_capped or entry.is_of_order for entry in entries),
        )


@dataclass(frozen=True, slots=True)
class Book:
    """All rules that may apply: the customer's own, and those of the tenants above, as they lie
    compiled in the process."""

    layers: tuple[Layer, ...]

    @classmethod
    def compile(
        cls,
        rules: Iterable[Rule] = (),
        *,
        above: Sequence["Book"] = (),
        terms: Iterable[CostTerm] = (),
    ) -> "Book":
        """Sort by merit, not by arrival: the result never depends on the order of insertion."""
        shared = (layer for book in above for layer in book.layers)
        return cls((Layer.of(rules, terms), *shared))

    @property
    def rules(self) -> Iterator[Rule]:
        return (rule for layer in self.layers for rule in layer.rules)

    @property
    def terms(self) -> Iterator[CostTerm]:
        return (term for layer in self.layers for term in layer.terms)

    @property
    def is_shared_by_lines(self) -> bool:
        return any(layer.is_shared_by_lines for layer in self.layers)

    @property
    def asks_for_tags(self) -> bool:
        tokens = (token for layer in self.layers for token in layer.shelves)
        return any(token is not None and token[0] == "tag" for token in tokens)

    @property
    def is_addressed(self) -> bool:
        return bool(self.layers[-1].addressed)

    def borders(self) -> list[datetime]:
        """The moments at which some rule starts or ends."""
        windows = [rule.window for rule in self.rules]
        moments = {moment for window in windows for moment in (window.start, window.until)}
        return sorted(moment for moment in moments if moment is not None)

    def shelves_for(self, buyer: Buyer) -> list[Shelf]:
        """Where the rules lie that are addressed to the buyer; others are not even looked at."""
        tokens: list[Token] = [None, ("customer", buyer.customer), ("tier", buyer.tier)]
        tokens += [("tenant", tenant) for tenant in buyer.tenants]
        tokens += [("tag", tag) for tag in buyer.tags]
        found = (layer.shelves.get(token) for layer in self.layers for token in tokens)
        return [shelf for shelf in found if shelf]

    def addressed_to_others(self, place: Place, buyer: Buyer, limit: int) -> list[Rule]:
        """The first of the seller's rules for a place that the buyer must never learn of. Those
        of the tenants above are none of the seller's business: his layer is the last."""
        rules = (entry.rule for entry in self.layers[-1].addressed.get(place, ()))
        return list(islice((rule for rule in rules if not rule.audience.includes(buyer)), limit))

    def covering(self, subjects: Iterable[Subject], buyer: Buyer) -> list[Rule]:
        """Every rule addressed to the buyer that covers one of the subjects, in order."""
        places = {place for subject in subjects for place in places_of(subject)}
        shelves = self.shelves_for(buyer)
        found = {
            entry.rule.key: entry
            for shelf in shelves
            for place in places
            for entry in shelf.get(place, ())
        }
        return [entry.rule for entry in sorted(found.values(), key=RANK)]


def places_of(subject: Subject) -> list[Place]:
    places: list[Place] = [(rank, at) for rank, at in enumerate(subject) if at is not None]
    return [*places, EVERYTHING]


def _tokens(rule: Rule) -> Sequence[Token]:
    audience = rule.audience
    if audience is EVERYBODY:
        return TO_EVERYBODY
    tokens: list[Token] = [
        *(("customer", customer) for customer in audience.customers),
        *(("tenant", tenant) for tenant in audience.tenants),
        *(("tag", tag) for tag in audience.tags),
        *(("tier", tier) for tier in audience.tiers),
    ]
    return tokens or TO_EVERYBODY


def _fixes(rule: Rule) -> bool:
    """Whether the price starts anew with it, so that earlier steps are wiped."""
    change = rule.change
    if isinstance(change, Tiers):
        return any(isinstance(step, FixedPrice) for _start, step in change.steps)
    return isinstance(change, FixedPrice) and not change.keeps_earlier
