"""The sentences of the engine's codes, in the active language."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.money import format_yuan, round_fen
from apps.products.pricing import CostKind, Measure, Per, Reason, Scope

FOUR_DECIMALS = Decimal("0.0001")
SENTENCES: dict[str, Promise] = {
    Reason.LIST_PRICE: _("{unit_price} × {quantity} × {periods} ({unit})"),
    Reason.DISCOUNT_APPLIED: _("{percent} of the price, for {scope}"),
    Reason.AMOUNT_OFF: _("{amount} off {per}, for {scope}"),
    Reason.FIXED_PRICE: _("Fixed price of {fixed} for a unit and period, for {scope}"),
    Reason.TIER_REACHED: _("{counted} counted, from {start} on it is {percent} of the price"),
    Reason.TIERS_BLENDED: _(
        "{counted} counted, each step for the part above it: {percent} of the price on average"
    ),
    Reason.SAVED_BY_SPENDING: _("{off} off the order, for {threshold} or more"),
    Reason.PAID_BY_VOUCHER: _("The voucher pays {off} of the lines it covers"),
    Reason.LOWEST_PRICE: _("The price goes no lower than this"),
    Reason.ROUNDED: _("Rounded half up to whole fen, once per line"),
    Reason.NOT_STARTED: _("Not in effect yet: starts on {start}"),
    Reason.ENDED: _("No longer in effect: ended on {until}"),
    Reason.OTHER_SCOPE: _("Only for {scope}"),
    Reason.OTHER_REGION: _("Not for this region"),
    Reason.OTHER_BILLING_MODE: _("Not for this billing mode"),
    Reason.OTHER_ORDER_TYPE: _("Not for this type of order"),
    Reason.OTHER_PROJECT: _("Not for this project"),
    Reason.OTHER_AUDIENCE: _("Addressed to other customers"),
    Reason.NOT_FIRST_ORDER: _("Only for the first order"),
    Reason.LESS_URGENT: _("“{winner}” has the higher priority"),
    Reason.LESS_SPECIFIC: _("“{winner}” is more specific, so it goes first"),
    Reason.LESS_FAVORABLE: _("“{winner}” is as specific and gives the lower price"),
    Reason.EXCLUDED: _("Cannot be combined with “{winner}”"),
    Reason.WIPED_BY_FIXED_PRICE: _("“{winner}” fixes the price, so earlier discounts do not count"),
    Reason.TIER_NOT_REACHED: _("Begins at {start}; {counted} counted"),
    Reason.THRESHOLD_NOT_MET: _("Begins at {threshold}: at least {missing} more are missing"),
    Reason.NO_SAVING: _("Would not lower the price"),
    Reason.CAP_OF_CUSTOMER: _("You have had as much as one customer can get"),
    Reason.CAP_OF_DAY: _("Today's share is gone, there is more tomorrow"),
    Reason.SOLD_OUT: _("Sold out"),
}
SCOPES: dict[str, Promise] = {
    Scope.SKU: _("the SKU “{target}”"),
    Scope.PRODUCT: _("the product “{target}”"),
    Scope.CATEGORY: _("the category “{target}”"),
    Scope.VENDOR: _("everything of {target}"),
    Scope.ALL: _("everything"),
}
PER: dict[str, Promise] = {
    Per.UNIT: _("each unit and period"),
    Per.LINE: _("the line"),
    Per.ORDER: _("the order"),
}
STEPS: dict[str, Promise] = {
    "list": _("List price"),
    "rounding": _("Rounding"),
    "lowest_price": _("Lowest price"),
    "vendor_price": _("Vendor's price"),
    CostKind.PURCHASE: _("Purchase price"),
    CostKind.REBATE: _("Agency rebate"),
    CostKind.BACK_REWARD: _("Back reward (expected)"),
    CostKind.FUND: _("Voucher fund"),
}
MONEY = ("off", "threshold", "missing")


def say(reason: str, rule: Mapping[str, Any] | None, params: Mapping[str, Any]) -> str:
    """The sentence of a reason code. Names that staff typed only ever fill placeholders."""
    facts = dict(params)
    facts |= {name: yuan(facts[name]) for name in MONEY if name in facts}
    if rule:
        facts = {**_of_rule(rule), **facts}
        if "counted" in facts:
            facts |= _of_tiers(change_of(rule), facts)
    return str(SENTENCES[reason]).format(**facts)


def change_of(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """The change of a rule; version 1 of the snapshot knew rates alone."""
    change: Mapping[str, Any] = rule.get("change") or {"type": "percent", "rate": rule["rate"]}
    return change


def yuan(amount: str) -> str:
    return format_yuan(Decimal(amount))


def _of_rule(rule: Mapping[str, Any]) -> dict[str, str]:
    change = change_of(rule)
    facts = {
        "scope": str(SCOPES[rule["scope"]]).format(target=rule["target_name"]),
        "start": _moment(rule["start"]),
        "until": _moment(rule["until"]),
    }
    match change["type"]:
        case "percent":
            facts |= _percent(Decimal(change["rate"]))
        case "amount_off":
            facts |= {"amount": yuan(change["amount"]), "per": str(PER[change["per"]])}
        case "fixed_price":
            facts["fixed"] = yuan(change["unit_price"])
    return facts


def _of_tiers(change: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, str]:
    counts_units = change["measure"] == Measure.QUANTITY
    start, counted = facts["start"], facts["counted"]
    amounts = (
        {"start": start, "counted": counted}
        if counts_units
        else {
            "start": format_yuan(round_fen(Decimal(start))),
            "counted": format_yuan(round_fen(Decimal(counted))),
        }
    )
    rate = Decimal(facts["rate"]).quantize(FOUR_DECIMALS) if "rate" in facts else Decimal(1)
    return {**amounts, **_percent(rate)}


def _percent(rate: Decimal) -> dict[str, str]:
    """Chinese counts discounts in tenths: 8.5 折."""
    return {
        "percent": f"{(rate * 100).normalize():f} %",
        "tenths": f"{(rate * 10).normalize():f}",
    }


def _moment(moment: str | None) -> str:
    if moment is None:
        return ""
    return f"{timezone.localtime(datetime.fromisoformat(moment)):%Y-%m-%d %H:%M:%S}"
