"""What a line costs the seller, and below which price it is not sold."""

from decimal import Decimal
from typing import NamedTuple

from apps.products.pricing.amounts import multiply, to_fen
from apps.products.pricing.book import Book
from apps.products.pricing.facts import CostKind, CostTerm, Line, Request

NO_STEPS: tuple["CostStep", ...] = ()


class CostStep(NamedTuple):
    """One bar of the cost waterfall."""

    kind: str
    before: Decimal
    after: Decimal
    term: CostTerm | None = None


class Cost(NamedTuple):
    """None where nothing is known of the cost."""

    amount: Decimal | None
    steps: tuple[CostStep, ...]


UNKNOWN = Cost(None, NO_STEPS)


class CostSheet:
    """The terms of one seller at one moment, the narrowest first."""

    def __init__(self, request: Request, book: Book) -> None:
        seller = request.buyer.tenants[-1] if request.buyer.tenants else 0
        self._terms: dict[CostKind, list[CostTerm]] = {}
        for term in book.terms:
            if term.tenant == seller and term.window.miss(request.at) is None:
                self._terms.setdefault(term.kind, []).append(term)

    def cost_of(self, line: Line) -> Cost:
        units = line.quantity * line.periods
        if not self._terms:
            if line.unit_cost is None:
                return UNKNOWN
            amount = line.unit_cost * units
            return Cost(amount, (CostStep("vendor_price", Decimal(0), amount),))
        return self._with_terms(line, units)

    def _with_terms(self, line: Line, units: int) -> Cost:
        purchase = self._find(CostKind.PURCHASE, line)
        if line.unit_cost is None and purchase is None:
            return UNKNOWN
        if purchase is not None:
            amount = line.unit_price * units
            steps = [CostStep("list", Decimal(0), amount)]
        else:
            amount = (line.unit_cost or Decimal(0)) * units
            steps = [CostStep("vendor_price", Decimal(0), amount)]
        for kind in CostKind:
            term = self._find(kind, line)
            if term is None:
                continue
            rate = term.rate if kind is CostKind.PURCHASE else 1 - term.rate
            after = multiply(amount, rate)
            steps.append(CostStep(kind.value, amount, after, term))
            amount = after
        rounded = to_fen(amount)
        if rounded != amount:
            steps.append(CostStep("rounding", amount, rounded))
        return Cost(rounded, tuple(steps))

    def _find(self, kind: CostKind, line: Line) -> CostTerm | None:
        terms = self._terms.get(kind, ())
        return next((term for term in terms if term.covers(line.subject)), None)
