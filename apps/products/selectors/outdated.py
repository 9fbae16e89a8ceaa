"""Whether a quote would come out the same now (CAT-4).

A quote is a promise against the clock: a sale that runs out meanwhile still counts, because rules
are asked about the moment of the quote. What people change does count at once: list prices,
specifications, rules, what is on sale, and caps that others have used up.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from apps.core.money import format_yuan
from apps.products.errors import SkuHasNoPrice, SkuIsUnknown
from apps.products.models import Quote, QuoteLine
from apps.products.pricing import PricedLine
from apps.products.pricing.manual import manual_rule
from apps.products.selectors.pricing import Circumstances, QuoteLineIn, price_basket


class Difference(NamedTuple):
    """One thing that is not as it was quoted: where, and in words."""

    field: str
    text: str


def differences(*, quote: Quote, now: datetime) -> list[Difference]:
    """What changed since the quote was made; nothing when it would come out the same."""
    lines = list(quote.lines.select_related("sku__product").order_by("position"))
    try:
        priced = price_basket(
            customer=quote.customer,
            lines=[QuoteLineIn(line.sku_id, line.quantity, line.periods) for line in lines],
            at=quote.created_at,
            given=circumstances_of(quote),
            prices_at=now,
        )
    except (SkuIsUnknown, SkuHasNoPrice) as refusal:
        return [Difference("lines", str(refusal))]
    facts = quote.facts
    found = [
        difference
        for line, fresh, told in zip(lines, priced.lines, _told(facts, lines), strict=True)
        for difference in _of_line(line, fresh, told)
    ]
    gifts = [(gift.rule.key, gift.amount) for gift in priced.gifts]
    former = [(gift["rule"]["key"], Decimal(gift["amount"])) for gift in facts.get("gifts", ())]
    if gifts != former:
        found.append(Difference("gifts", _("The gifts are different now.")))
    return found


def circumstances_of(quote: Quote) -> Circumstances:
    return Circumstances(
        voucher_ids=tuple(quote.voucher_ids),
        order_type=quote.order_type,
        project=quote.project,
        manual=tuple(manual_rule(facts) for facts in quote.manual),
    )


def _of_line(
    line: QuoteLine, fresh: PricedLine, told: Mapping[str, Any] | None
) -> Iterator[Difference]:
    place, name = f"lines.{line.position - 1}", fresh.line.sku_name
    if line.unit_price != fresh.line.unit_price:
        yield Difference(
            f"{place}.unit_price",
            _("{sku}: the list price went from {before} to {after}.").format(
                sku=name,
                before=format_yuan(line.unit_price),
                after=format_yuan(fresh.line.unit_price),
            ),
        )
    elif line.amount != fresh.amount:
        yield Difference(
            f"{place}.amount",
            _("{sku}: {before} became {after}, because the rules of its price changed.").format(
                sku=name, before=format_yuan(line.amount), after=format_yuan(fresh.amount)
            ),
        )
    elif told is not None and _effects_told(told) != _effects(fresh):
        text = _("{sku}: the rules of its price changed.").format(sku=name)
        yield Difference(f"{place}.steps", text)
    if line.specification and line.specification != line.sku.specification:
        text = _("{sku}: its specification changed.").format(sku=name)
        yield Difference(f"{place}.specification", text)


def _told(
    facts: Mapping[str, Any], lines: Sequence[QuoteLine]
) -> Sequence[Mapping[str, Any] | None]:
    """The lines of the snapshot; None where it is older than what can be compared."""
    told: list[Mapping[str, Any]] = facts["lines"]
    return told if facts.get("version", 1) > 1 else [None] * len(lines)


def _effects(fresh: PricedLine) -> list[tuple[str, Decimal]]:
    return [(step.rule.key, step.after) for step in fresh.steps if step.rule]


def _effects_told(told: Mapping[str, Any]) -> list[tuple[str, Decimal]]:
    steps = (step for step in told["steps"] if step["rule"])
    return [(step["rule"]["key"], Decimal(step["after"])) for step in steps]
