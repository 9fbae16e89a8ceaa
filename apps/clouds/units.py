"""Vendors' words for the time that something was used, as the billing modes of SKUs."""

from decimal import Decimal

from apps.clouds.importing.values import EXACT
from apps.products.enums import BillingMode

SECONDS, MINUTES = Decimal(3600), Decimal(60)
_WORDS = {
    BillingMode.HOURLY: ("h", "hr", "hrs", "hour", "hours", "instance-hours", "小时", "时"),
    BillingMode.DAILY: ("d", "day", "days", "天", "日"),
    BillingMode.MONTHLY: ("mo", "month", "months", "月", "个月"),
    BillingMode.YEARLY: ("y", "yr", "year", "years", "年"),
}
_MODES = {word: mode for mode, words in _WORDS.items() for word in words}
_PARTS = {
    **dict.fromkeys(("s", "sec", "second", "seconds", "秒"), SECONDS),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "分钟"), MINUTES),
}


def in_billing_mode(unit: str, quantity: Decimal) -> tuple[str, Decimal]:
    """The billing mode that a quantity counts; none for gigabytes. Seconds have the price of an
    hour, so they are counted in hours."""
    word = unit.strip().lower()
    part = _PARTS.get(word)
    if part is not None:
        return BillingMode.PER_SECOND, EXACT.divide(quantity, part)
    return str(_MODES.get(word, "")), quantity
