"""What is agreed with a customer: its prices for the engine, and how its promise stands."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from apps.core.money import ZERO, round_fen
from apps.core.prepared import Prepared
from apps.customers.models import Customer
from apps.products import ports
from apps.products.agreement_enums import AgreementKind, AgreementStatus, CommitmentKind, OnExpiry
from apps.products.models import AgreementPrice, PriceAgreement
from apps.products.models.agreements import AgreementTerms, agreed_rule
from apps.products.models.rule_rows import rule_row
from apps.products.periods import Period, local_day, months_within
from apps.products.pricing import Rule
from apps.products.selectors.limits import Limit

KEPT = (AgreementStatus.IN_FORCE, AgreementStatus.EXPIRED)
_agreed = Prepared(
    lambda customer: (
        AgreementPrice.objects.agreed()
        .filter(agreement__customer=customer)
        .as_rows(*(f"agreement__{name}" for name in AgreementTerms._fields))
    )
)


def agreed_rules(customer: Customer, _at: datetime) -> Iterator[Rule]:
    """The prices that the customer has or had by agreement: usage of last month asks, too. The
    windows of the rules decide."""
    for columns in _agreed.rows(customer=customer.pk):
        row, terms = rule_row(columns)
        yield agreed_rule(row, AgreementTerms(*terms))


def agreement_limits(pks: Sequence[int]) -> Mapping[int, Limit]:
    """The caps of agreed prices. What was ordered while one held keeps its price, and counts."""
    prices = AgreementPrice.objects.filter(pk__in=pks)
    return {price.pk: Limit(name=price.name, caps=price.as_caps()) for price in prices}


def blocking_agreement(
    *, customer: Customer, at: datetime, project: str = ""
) -> PriceAgreement | None:
    """The expired agreement because of which the customer buys nothing new, if there is one.

    One of a project blocks that project alone; one that is in force again lifts the block.
    """
    rows = PriceAgreement.objects.filter(
        customer=customer, status__in=KEPT, valid_from__lte=at, project__in=["", project]
    ).order_by("-valid_until")
    found = list(rows.only("number", "project", "valid_until", "prices_until", "on_expiry"))
    holding = {row.project for row in found if row.prices_until > at}
    stops = [
        row
        for row in found
        if row.on_expiry == OnExpiry.NO_PURCHASES
        and row.prices_until <= at
        and row.project not in holding
    ]
    return stops[0] if stops else None


@dataclass(frozen=True)
class CommitmentMonth:
    """One month of an agreement, or its part: what was promised and what was bought."""

    month: date
    committed: Decimal
    bought: Decimal
    is_over: bool

    @property
    def shortfall(self) -> Decimal:
        """What is missing of a month that is over."""
        return max(self.committed - self.bought, ZERO) if self.is_over else ZERO

    @property
    def missing(self) -> Decimal:
        """What is missing so far, over or not."""
        return max(self.committed - self.bought, ZERO)


@dataclass(frozen=True)
class Commitment:
    kind: str
    amount: Decimal
    bought: Decimal
    is_over: bool
    months: tuple[CommitmentMonth, ...] = ()

    @property
    def shortfall(self) -> Decimal:
        """What is owed of the promise: of months that are over, or of a whole term that is."""
        if self.kind == CommitmentKind.MONTHLY:
            return sum((month.shortfall for month in self.months), ZERO)
        return max(self.amount - self.bought, ZERO) if self.is_over else ZERO

    @property
    def missing(self) -> Decimal:
        """What is still to be bought, of this month or of the term."""
        if self.kind == CommitmentKind.MONTHLY:
            current = [month for month in self.months if not month.is_over]
            return current[-1].missing if current else ZERO
        return ZERO if self.is_over else max(self.amount - self.bought, ZERO)


def commitments_of(
    agreements: Sequence[PriceAgreement], *, now: datetime
) -> dict[int, Commitment | None]:
    """How the minimum commitments stand, by agreement; what was bought is read once for all."""
    asked = [row for row in agreements if row.commitment_kind != CommitmentKind.NONE]
    terms = {row.pk: _term(row, now) for row in asked}
    bought = _bought(asked, terms, now)
    found: dict[int, Commitment | None] = dict.fromkeys((row.pk for row in agreements), None)
    for row in asked:
        found[row.pk] = _commitment(row, terms[row.pk], bought[row.pk], now)
    return found


def _term(agreement: PriceAgreement, now: datetime) -> Period:
    """What was promised for. Whoever ended it early ended the promise, too."""
    until = agreement.valid_until
    if agreement.ended_at is not None and agreement.status not in KEPT:
        until = min(until, agreement.ended_at)
    return Period(agreement.valid_from, max(until, agreement.valid_from))


def _bought(
    agreements: Sequence[PriceAgreement], terms: dict[int, Period], now: datetime
) -> dict[int, dict[date, Decimal]]:
    """Agreement → first day of the month → what was paid or billed in it."""
    sums: dict[int, dict[date, Decimal]] = {row.pk: defaultdict(lambda: ZERO) for row in agreements}
    if not agreements:
        return sums
    since = min(terms[row.pk].start for row in agreements)
    until = max(terms[row.pk].until for row in agreements)
    by_customer: defaultdict[int, list[ports.Purchase]] = defaultdict(list)
    for purchase in ports.purchases(sorted({r.customer_id for r in agreements}), since, until):
        by_customer[purchase.customer_id].append(purchase)
    for row in agreements:
        term = terms[row.pk]
        is_project = row.kind == AgreementKind.PROJECT
        for purchase in by_customer[row.customer_id]:
            counts = not is_project or purchase.project == row.project
            counts = counts and (row.counts_use or not purchase.is_use)
            if counts and term.start <= purchase.at < term.until:
                sums[row.pk][local_day(purchase.at).replace(day=1)] += purchase.amount
    return sums


def _commitment(
    agreement: PriceAgreement, term: Period, bought: dict[date, Decimal], now: datetime
) -> Commitment:
    months = []
    for month, part in months_within(term.start, min(term.until, max(now, term.start))):
        first = local_day(month.start)
        months.append(
            CommitmentMonth(
                month=first,
                committed=_share(
                    agreement, month, Period(part.start, min(month.until, term.until))
                ),
                bought=round_fen(bought.get(first, ZERO)),
                is_over=min(month.until, term.until) <= now,
            )
        )
    return Commitment(
        kind=agreement.commitment_kind,
        amount=agreement.commitment,
        bought=round_fen(sum(bought.values(), ZERO)),
        is_over=term.until <= now,
        months=tuple(months),
    )


def _share(agreement: PriceAgreement, month: Period, part: Period) -> Decimal:
    """A month that the term holds in part owes its share by days."""
    if agreement.commitment_kind != CommitmentKind.MONTHLY:
        return ZERO
    if part == month:
        return Decimal(agreement.commitment)
    return round_fen(agreement.commitment * max(part.days, 1) / month.days)
