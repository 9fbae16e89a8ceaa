"""The one function that makes prices: quote, order, bill and commission all ask here."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from apps.products.pricing.amounts import multiply, to_fen
from apps.products.pricing.book import Book, Decision, Rejection, rate_of
from apps.products.pricing.facts import (
    Kind,
    Line,
    Reason,
    Request,
    Rule,
    Subject,
    UsageLine,
)
from apps.products.pricing.outcomes import PricedLine, PricedQuote, PricedUsage, Step


def price(request: Request, book: Book) -> PricedQuote:
    """Price every line through the pipeline. The total is the sum of the rounded lines."""
    lines = tuple(_price_line(line, book, request.at) for line in request.lines)
    return PricedQuote(
        at=request.at,
        lines=lines,
        list_total=sum((line.list_amount for line in lines), Decimal("0.00")),
        total=sum((line.amount for line in lines), Decimal("0.00")),
    )


def price_usage(lines: Iterable[UsageLine], book: Book) -> Iterator[PricedUsage]:
    """Discount metered lines one by one as they stream past; equal lines share one decision."""
    decisions: dict[tuple[Subject, int], Decision] = {}
    for line in lines:
        asked = (line.subject, book.epoch(line.at))
        decision = decisions.get(asked)
        if decision is None:
            decision = book.decide(Kind.CUSTOMER_DISCOUNT, line.subject, line.at)
            decisions[asked] = decision
        applied = decision.applied
        payable = multiply(line.list_cost, rate_of(applied)) if applied else line.list_cost
        yield PricedUsage(line.key, line.list_cost, payable, decision)


def _price_line(line: Line, book: Book, at: datetime) -> PricedLine:
    exact = line.unit_price * line.quantity * line.periods
    list_amount = to_fen(exact)
    steps = [Step("list", Reason.LIST_PRICE, Decimal(0), exact)]
    rejected: list[Rejection] = []
    for kind in Kind:
        decision = book.decide(kind, line.subject, at)
        rejected += decision.rejected
        if decision.applied is not None:
            steps.append(_discount(steps[-1].after, decision.applied))
    amount = to_fen(steps[-1].after)
    if amount != steps[-1].after:
        steps.append(Step("rounding", Reason.ROUNDED, steps[-1].after, amount))
    return PricedLine(line, list_amount, amount, tuple(steps), tuple(rejected))


def _discount(before: Decimal, rule: Rule) -> Step:
    return Step(
        kind=rule.kind.value,
        reason=Reason.DISCOUNT_APPLIED,
        before=before,
        after=multiply(before, rate_of(rule)),
        rule=rule,
    )
