"""The one function that makes prices: quote, order, bill and commission all ask here."""

from collections.abc import Sequence

from apps.products.pricing.amounts import ZERO, multiply, to_fen, yuan
from apps.products.pricing.book import Book
from apps.products.pricing.costs import Cost, CostSheet
from apps.products.pricing.desk import Desk
from apps.products.pricing.facts import Line, Reason, Request, Rule
from apps.products.pricing.order_stages import OrderStages
from apps.products.pricing.outcomes import Gift, PricedLine, PricedQuote, Step
from apps.products.pricing.resolution import Rejection
from apps.products.pricing.taxes import taxes_of
from apps.products.pricing.work import Work


def price(request: Request, book: Book) -> PricedQuote:
    """Price every line through the pipeline. The total is the sum of the rounded lines."""
    works, gifts, desk = _worked(request, book)
    sheet = CostSheet(request, book)
    for work in works:
        _settle(work, sheet.cost_of(work.line))
    taxes = taxes_of([work.fen for work in works], [work.line.tax_rate for work in works])
    lines = tuple([_priced(work, tax, desk) for work, tax in zip(works, taxes, strict=True)])
    return PricedQuote(
        request=request,
        lines=lines,
        list_total=sum([line.list_amount for line in lines], ZERO),
        total=sum([line.amount for line in lines], ZERO),
        tax=yuan(sum(taxes)),
        gifts=tuple(gifts),
    )


def why_not(rule: Rule, place: int, request: Request, book: Book) -> Rejection | None:
    """Why this very rule leaves that line of the request alone; None when it applies."""
    line = request.lines[place]
    if not rule.covers(line.subject):
        return Rejection(rule, Reason.OTHER_SCOPE)
    if not rule.audience.includes(request.buyer):
        return Rejection(rule, Reason.OTHER_AUDIENCE)
    rejected = price(request, book).lines[place].rejected
    return next((miss for miss in rejected if miss.rule.key == rule.key), None)


def _worked(request: Request, book: Book) -> tuple[Sequence[Work], Sequence[Gift], Desk]:
    """Resolve and apply. A rule of the order shows only then whether it reaches its threshold:
    one that does not is out, and as others may take its place, all begins anew without it."""
    out: dict[str, Rejection] = {}
    order = _canonical(request.lines) if book.is_shared_by_lines else range(len(request.lines))
    while True:
        desk = Desk(request, book, out)
        works = [_line_stages(request.lines[place], desk) for place in order]
        stages = OrderStages(works, desk)
        miss = stages.run() if desk.has_rules_of_order else None
        if miss is None:
            by_place = sorted(zip(order, works, strict=True), key=lambda pair: pair[0])
            return [work for _place, work in by_place], stages.gifts, desk
        out[miss.rule.key] = miss


def _line_stages(line: Line, desk: Desk) -> Work:
    work = Work(line, desk.choose(line))
    work.run_line_stages(desk)
    work.round_off()
    return work


def _settle(work: Work, cost: Cost) -> None:
    """Lift the line to its floor: vouchers count as money, and an approval may let it go below."""
    work.cost = cost
    if cost.amount is None or not work.choice.taken:
        return
    margin = work.line.min_margin
    for entry in work.choice.taken:
        rule = entry.rule
        if rule.may_break_floor:
            return
        if rule.min_margin is not None and rule.min_margin > margin:
            margin = rule.min_margin
    lowest = to_fen(multiply(cost.amount, 1 + margin))
    work.floor = floor = min(lowest, to_fen(work.list_exact))
    if work.amount + work.voucher < floor:
        after = floor - work.voucher
        work.steps.append(Step("lowest_price", Reason.LOWEST_PRICE, work.amount, after))
        work.amount = after


def _priced(work: Work, tax: int, desk: Desk) -> PricedLine:
    return PricedLine(
        work.line,
        to_fen(work.list_exact),
        work.amount,
        yuan(tax),
        tuple(work.steps),
        work.choice.rejected,
        desk.hidden(work.line),
        work.cost.amount,
        work.cost.steps,
        work.floor,
    )


def _canonical(lines: Sequence[Line]) -> list[int]:
    """An order of the lines that does not depend on how they came."""
    return sorted(range(len(lines)), key=lambda place: _facts(lines[place]))


def _facts(line: Line) -> tuple[object, ...]:
    return (
        tuple(-1 if target is None else target for target in line.subject),
        line.sku_code,
        line.region,
        line.unit,
        line.unit_price,
        line.quantity,
        line.periods,
        line.tax_rate,
    )
