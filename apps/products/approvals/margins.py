"""What the cards of prices share: how a margin is shown, and who looks as well when it is thin."""

from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.approvals.engine.conditions import Comparison, Either, Operator
from apps.approvals.kinds import FormField, Node
from apps.core.money import format_yuan

DEEP, THIN = Decimal(30), Decimal(5)  # percent off, percent of margin
REASON = FormField("reason", gettext_lazy("Reason"))


def if_deep_or_thin(step: Node) -> Node:
    """A step for what gives much away, or leaves little."""
    deep = Comparison("discount", Operator.AT_LEAST, DEEP)
    return replace(step, condition=Either((deep, Comparison("margin", Operator.LESS, THIN))))


def below_cost(margin: Decimal | None) -> list[str]:
    """The warning about the lowest margin of what a price covers, if there is one to give."""
    if margin is None:
        return [_("The vendor's price of nothing that it covers is known.")]
    if margin < 0:
        return [_("Something that it covers would be sold below the vendor's price.")]
    return []


def in_percent(margin: Decimal | None) -> str:
    return "—" if margin is None else f"{margin:.1f} %"


def in_yuan(amount: Decimal | None) -> str:
    return "—" if amount is None else format_yuan(amount)
