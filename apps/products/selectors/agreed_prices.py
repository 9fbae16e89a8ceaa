"""Agreed prices in words."""

from decimal import Decimal

from django.utils.translation import gettext as _

from apps.core.money import format_yuan
from apps.products.enums import BillingMode, ChangeType, TierMeasure, TierMethod, TierPeriod
from apps.products.models.rules import PricingRule
from apps.products.selectors.terms import caps_in_words


def say_price(price: PricingRule) -> str:
    """What a rule makes of the price, in one sentence of the active language."""
    return _("{target}: {change}").format(
        target=price.target or price.get_scope_display(), change=say_change(price)
    )


def say_change(price: PricingRule) -> str:
    """How much, for what it is and how often, without what it covers."""
    modes = "、".join(str(BillingMode(mode).label) for mode in price.billing_modes)
    said = [_change(price), modes, caps_in_words(price)]
    return _("; ").join(text for text in said if text)


def _change(price: PricingRule) -> str:
    if price.change == ChangeType.PERCENT:
        return _percent(price.rate)
    if price.change == ChangeType.FIXED_PRICE:
        return _("{price} for a unit and period").format(price=_yuan(price.unit_price))
    if price.change == ChangeType.TIERS:
        return _tiers(price)
    if price.change == ChangeType.AMOUNT_OFF:
        return _("{amount} off").format(amount=_yuan(price.amount))
    return str(price.get_change_display())


def _tiers(price: PricingRule) -> str:
    by_spend = price.measure == TierMeasure.SPEND
    steps = []
    for step in price.steps:
        start = Decimal(str(step["from"]))
        at = _yuan(start) if by_spend else f"{start.normalize():f}"
        what = (
            _percent(Decimal(str(step["rate"])))
            if "rate" in step
            else _yuan(Decimal(str(step["unit_price"])))
        )
        steps.append(_("from {start}: {price}").format(start=at, price=what))
    how = [str(TierMeasure(price.measure).label), str(TierMethod(price.method).label)]
    how += [str(TierPeriod(price.period).label)]
    return _("{steps} ({how})").format(steps=_("; ").join(steps), how=_(", ").join(how))


def _percent(rate: Decimal | None) -> str:
    share = (rate or Decimal(0)) * 100
    return _("{percent} % of the price").format(
        percent=f"{share.normalize():f}", tenths=f"{(share / 10).normalize():f}"
    )


def _yuan(amount: Decimal | None) -> str:
    return "—" if amount is None else format_yuan(amount)
