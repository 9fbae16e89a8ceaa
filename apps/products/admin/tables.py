"""Small tables inside a form: price history, waterfall, where used."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.core.money import format_yuan
from apps.products.models import CustomerDiscount, Price
from apps.products.selectors import ExplainedQuote
from apps.products.selectors.agreements import Commitment
from apps.products.selectors.catalogue import Use

FEN_DIGITS = 2
PLANNED, IN_EFFECT, PAST = "planned", "in_effect", "past"


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> SafeString:
    content = {"headers": list(headers), "rows": [list(row) for row in rows]}
    html = render_to_string("unfold/components/table.html", {"table": content})
    return format_html('<div class="kb-wide">{}</div>', html)


def price_history(prices: Iterable[Price], *, shows_cost: bool, now: datetime) -> SafeString:
    headers = [_("SKU"), _("List price"), _("Valid from"), _("Valid until"), _("Set by")]
    headers.append(_("Why"))
    rows = [
        [
            price.sku.name,
            money(price.unit_price),
            _moment(price.valid_from),
            _moment(price.valid_until) if price.valid_until else _("open"),
            price.created_by or _("System"),
            _why(price),
            *([money(price.unit_cost)] if shows_cost else []),
            phase_of(price, now)[1],
        ]
        for price in prices
    ]
    cost = [_("Vendor's price")] if shows_cost else []
    return table([*headers, *cost, _("State")], rows) if rows else SafeString("—")


def _why(price: Price) -> str:
    """The change that brought the price, in the words of whoever asked for it."""
    change = getattr(price, "change", None)
    if change is None:
        return "—"
    batch = change.batch.reason if change.batch else ""
    if change.is_automatic:
        return _("Within the vendor's band")
    return " · ".join(filter(None, [change.get_source_display(), change.reason, batch]))


def where_used(uses: Sequence[Use]) -> SafeString:
    if not uses:
        return format_html("{}", _("Nothing refers to it yet."))
    return table([_("Kind"), _("Rows")], [[use.label, use.count] for use in uses])


def waterfall(quote: ExplainedQuote) -> SafeString:
    """Line by line: what it costs by the list, what each rule made of it, and which rules lost."""
    rows: list[list[object]] = []
    for line in quote.lines:
        title = f"{line.sku['name']} × {line.quantity} × {line.periods}"
        for step in line.steps:
            rows.append([title, step.name, step.reason, _exact(step.before), _exact(step.after)])
            title = ""
        for miss in line.rejected:
            rows.append(
                [
                    "",
                    format_html('<span class="kb-rejected">{}</span>', miss.name),
                    miss.reason,
                    "",
                    "",
                ]
            )
        rows.append(["", format_html("<b>{}</b>", _("Payable")), "", "", money(line.amount)])
    rows += [
        [_("Gift"), gift.name, _("gift balance after payment"), "", money(gift.amount)]
        for gift in quote.gifts
    ]
    rows.append([format_html("<b>{}</b>", _("Total")), "", "", "", money(quote.total)])
    return table([_("Line"), _("Step"), _("Reason"), _("Before"), _("After")], rows)


def commitment(found: Commitment) -> SafeString:
    """Month by month: what was promised, what was bought, what is missing."""
    headers = [_("Month"), _("Committed"), _("Bought"), _("Shortfall"), _("State")]
    rows: list[list[object]] = [
        [
            f"{month.month:%Y-%m}",
            money(month.committed or None),
            money(month.bought),
            money(month.shortfall),
            _("over") if month.is_over else _("running"),
        ]
        for month in found.months
    ]
    total = [_("Total"), money(found.amount), money(found.bought), money(found.shortfall), ""]
    return table(headers, [*rows, total])


def margins(quote: ExplainedQuote) -> SafeString:
    """What each line costs us and leaves, and the rules for others that its customer never sees."""
    rows: list[list[object]] = []
    for line in quote.lines:
        if line.margin is None:
            continue
        title = f"{line.sku['name']} × {line.quantity} × {line.periods}"
        for step in line.margin.steps:
            rows.append([title, step.name, step.reason, _exact(step.after)])
            title = ""
        percent = "—" if line.margin.percent is None else f"{line.margin.percent} %"
        rows.append([title, _("Lowest price"), "", money(line.margin.floor)])
        rows.append(["", format_html("<b>{}</b>", _("Margin")), percent, money(line.margin.margin)])
        rows += [
            ["", format_html('<span class="kb-rejected">{}</span>', miss.name), miss.reason, ""]
            for miss in line.margin.hidden
        ]
    percent = "—" if quote.margin_percent is None else f"{quote.margin_percent} %"
    rows.append([format_html("<b>{}</b>", _("Total")), _("Margin"), percent, money(quote.margin)])
    return table([_("Line"), _("Step"), _("Reason"), _("Amount")], rows)


def money(amount: Decimal | None) -> SafeString:
    text = "—" if amount is None else format_yuan(amount)
    return format_html('<span class="kb-money">{}</span>', text)


def _exact(amount: str) -> SafeString:
    """An amount of a step: to the fen where that says all, else with every digit."""
    whole_fen = len(amount.partition(".")[2]) == FEN_DIGITS
    text = format_yuan(Decimal(amount)) if whole_fen else f"¥{amount}"
    return format_html('<span class="kb-money">{}</span>', text)


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def phase_of(row: Price | CustomerDiscount, now: datetime) -> tuple[str, str]:
    """Where a period stands: its code for the colour, and the word."""
    if row.valid_from > now:
        return PLANNED, pgettext("period", "Planned")
    if row.valid_until is not None and row.valid_until <= now:
        return PAST, pgettext("period", "Past")
    return IN_EFFECT, pgettext("period", "In effect")
