"""Where rules come from: every kind registers a source; quotes ask for one book.

Shared rules (promotions, price lists, platform discounts) are compiled once in a process, by
tenant, and kept under the mark of RuleVersion, which each quote reads with the tenants it needs
anyway. Nothing else is cached: a changed rule is effective in the next quote of every process.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import chain

from apps.core.prepared import Prepared
from apps.customers.models import Customer
from apps.products.models.visibility import lineage
from apps.products.pricing import (
    UNLIMITED,
    Book,
    Buyer,
    CostTerm,
    Kind,
    Line,
    Request,
    Rule,
    Used,
    looks_back,
)
from apps.rbac.models import Tenant

type SharedSource = Callable[[Sequence[int]], Iterable[Rule]]
type OwnSource = Callable[[Customer, datetime], Iterable[Rule]]
type VoucherSource = Callable[[Customer, Sequence[int], datetime], Iterable[Rule]]
type TermSource = Callable[[Sequence[int]], Iterable[CostTerm]]
type UsedSource = Callable[[Customer, Sequence[str], datetime], Mapping[str, Used]]
type BoughtSource = Callable[[Customer, Sequence[Rule], datetime], Mapping[str, Decimal]]
type FirstOrderSource = Callable[[Customer, datetime], bool]


@dataclass
class Sources:
    """Who is asked for rules and facts. Filled while Django starts, read ever after."""

    shared: list[SharedSource] = field(default_factory=list)
    own: list[OwnSource] = field(default_factory=list)
    vouchers: list[VoucherSource] = field(default_factory=list)
    terms: list[TermSource] = field(default_factory=list)
    used: list[UsedSource] = field(default_factory=list)
    bought: list[BoughtSource] = field(default_factory=list)
    first_order: list[FirstOrderSource] = field(default_factory=list)


SOURCES = Sources()
_compiled: dict[int, tuple[str | None, Book]] = {}  # by tenant; one each, so it stays small
_marks = Prepared(
    lambda paths: (
        Tenant.objects.filter(path__in=paths)
        .order_by("path")
        .values_list("pk", "rule_version__mark")
    )
)


def register_shared(source: SharedSource) -> None:
    """Rules of tenants that many customers share. Asked again when `bump_rules` was called.

    Those that are to come belong in the book as well, and those that ended within the months of
    which use is still billed.
    """
    _add(SOURCES.shared, source)


def register_own(source: OwnSource) -> None:
    """Rules of one customer, read by an indexed query at each quote.

    The moment is the earliest that will be priced: rules that ended before it are not needed.
    """
    _add(SOURCES.own, source)


def register_vouchers(source: VoucherSource) -> None:
    """Rules of the vouchers that a customer chose, by their ids; not asked when there are none."""
    _add(SOURCES.vouchers, source)


def register_terms(source: TermSource) -> None:
    """What tenants pay to suppliers and to the tenant above; shared, like their rules."""
    _add(SOURCES.terms, source)


def register_used(source: UsedSource) -> None:
    """How much of the caps of these rules is gone. Asked for capped rules that cover a line."""
    _add(SOURCES.used, source)


def register_bought(source: BoughtSource) -> None:
    """What the customer bought within the windows of these tiers, in their measure."""
    _add(SOURCES.bought, source)


def register_first_order(source: FirstOrderSource) -> None:
    """Whether it is the customer's first order. Asked only when a rule wants to know."""
    _add(SOURCES.first_order, source)


@dataclass(frozen=True)
class Rulebook:
    """All that may change the prices of one customer now."""

    book: Book
    tenants: tuple[int, ...]
    customer: Customer

    def buyer(self) -> Buyer:
        """Tags are read only where some rule is addressed to one."""
        tags: frozenset[int] = frozenset()
        if self.book.asks_for_tags:
            tags = frozenset(self.customer.tags.values_list("pk", flat=True))
        return Buyer(self.customer.pk, self.tenants, tags, self.customer.tier)

    def request(
        self, lines: tuple[Line, ...], at: datetime, *, order_type: str, project: str
    ) -> Request:
        """With what was used and bought before, as far as a rule that covers a line asks."""
        buyer = self.buyer()
        rules = self.book.covering({line.subject for line in lines}, buyer)
        used, bought = self._used(rules, at), self._bought(rules, at)
        if any(rule.kind is Kind.FIRST_ORDER for rule in rules):
            buyer = buyer._replace(is_first_order=is_first_order(self.customer, at))
        return Request(lines, at, buyer, order_type, project, used, bought)

    def _used(self, rules: Iterable[Rule], at: datetime) -> dict[str, Used]:
        capped = [rule for rule in rules if rule.caps != UNLIMITED]
        pools = {rule.caps.pool for rule in capped if rule.caps.pool}
        keys = [*(rule.key for rule in capped), *sorted(pools)]
        found: dict[str, Used] = {}
        for source in SOURCES.used if keys else ():
            found |= source(self.customer, keys, at)
        return found

    def _bought(self, rules: Iterable[Rule], at: datetime) -> dict[str, Decimal]:
        tiers = [rule for rule in rules if looks_back(rule)]
        found: dict[str, Decimal] = {}
        for source in SOURCES.bought if tiers else ():
            found |= source(self.customer, tiers, at)
        return found


def is_first_order(customer: Customer, at: datetime) -> bool:
    """Whether an order that the customer places now is the first; so say all who were asked."""
    return all(source(customer, at) for source in SOURCES.first_order)


def rulebook_for(
    *,
    customer: Customer,
    at: datetime,
    voucher_ids: Sequence[int] = (),
    extra: Iterable[Rule] = (),
) -> Rulebook:
    """One query for the tenants and the mark, one for each own source, and none for shared rules
    unless one of them changed. `extra` are rules of this one basket, as sales gave them by hand.
    """
    marks = _marks.rows(paths=lineage(customer.tenant))
    root_mark = marks[0][1]
    shared = [_shared_book(pk, root_mark) for pk, _mark in marks]
    own = [extra, *(source(customer, at) for source in SOURCES.own)]
    if voucher_ids:
        own += [source(customer, voucher_ids, at) for source in SOURCES.vouchers]
    book = Book.compile(chain.from_iterable(own), above=shared)
    return Rulebook(book, tuple(pk for pk, _mark in marks), customer)


def forget_compiled() -> None:
    """Drop every compiled book of this process, as tests do that write rules by themselves."""
    _compiled.clear()


def _shared_book(tenant: int, mark: str | None) -> Book:
    """No mark is the mark of a shop before its first change of a shared rule: each writes one."""
    known = _compiled.get(tenant)
    if known and known[0] == mark:
        return known[1]
    rules = chain.from_iterable(source([tenant]) for source in SOURCES.shared)
    terms = chain.from_iterable(source([tenant]) for source in SOURCES.terms)
    book = Book.compile(rules, terms=terms)
    _compiled[tenant] = (mark, book)
    return book


def _add[S](sources: list[S], source: S) -> None:
    if source not in sources:
        sources.append(source)
