"""Which of a customer's vouchers pay for a basket, and why the others do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.core.money import format_yuan
from apps.customers.models import Customer
from apps.products.campaigns import VoucherStatus
from apps.products.models import Voucher
from apps.products.pricing import Kind, PricedLine, PricedQuote
from apps.products.pricing.facts.rules import PROMOTION, STACK_GROUPS
from apps.products.selectors.pricing import QuoteLineIn, price_basket
from apps.products.selectors.terms import scope_in_words
from apps.products.selectors.vouchers import is_prepaid, rule_of_voucher

MOST = 100
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Fit:
    voucher: Voucher
    saves: Decimal
    reason: str

    @property
    def is_usable(self) -> bool:
        return self.saves > 0


@dataclass(frozen=True)
class Fits:
    """The most useful first."""

    vouchers: list[Fit]
    best: list[int]


def fits_for(
    *, customer: Customer, lines: Sequence[QuoteLineIn], at: datetime, order_type: str = "new"
) -> Fits:
    """Try every voucher of the customer on what the basket costs without one.

    :raises QuoteIsEmpty: and what else price_basket says of the lines
    """
    priced = price_basket(customer=customer, lines=lines, at=at)
    mine = Voucher.objects.filter(customer=customer, status=VoucherStatus.AVAILABLE)
    waiting = mine.filter(valid_until__gt=at).with_batch().order_by("valid_until", "pk")
    fits = [_fit(voucher, priced, at, order_type) for voucher in waiting[:MOST]]
    ranked = sorted(fits, key=lambda fit: (-fit.saves, fit.voucher.valid_until, fit.voucher.pk))
    return Fits(ranked, _best(ranked, priced.total))


def _fit(voucher: Voucher, priced: PricedQuote, at: datetime, order_type: str) -> Fit:
    rule = rule_of_voucher(voucher)
    batch = voucher.batch
    covered = [line for line in priced.lines if rule.covers(line.line.subject)]
    billed = [line for line in covered if is_prepaid(line.line.unit)]
    worth = sum((line.amount for line in billed), ZERO)
    missing = (batch.threshold or ZERO) - worth
    refusals = (
        (voucher.valid_from > at, _("It can be used later.")),
        (bool(rule.where.miss_of_order(order_type, "")), _("Not for orders of this type.")),
        (not covered, _("Only for {scope}.").format(scope=scope_in_words(batch))),
        (not billed, _("Not for what is billed by its use.")),
        (
            not batch.with_promotions and any(map(_is_promoted, billed)),
            _("Not together with promotions."),
        ),
        (
            missing > 0,
            _("{amount} more are needed to use it.").format(amount=format_yuan(missing)),
        ),
        (worth <= 0, _("There is nothing left to pay.")),
    )
    reason = next((text for applies, text in refusals if applies), "")
    saves = ZERO if reason else min(batch.amount or ZERO, worth)
    return Fit(voucher, saves, reason)


def _is_promoted(line: PricedLine) -> bool:
    kinds = [step.rule.kind for step in line.steps if step.rule]
    return any(STACK_GROUPS.get(Kind(kind)) == PROMOTION for kind in kinds)


def _best(ranked: list[Fit], total: Decimal) -> list[int]:
    """One that stands alone, or several that go together: whatever saves more."""
    usable = [fit for fit in ranked if fit.is_usable]
    if not usable:
        return []
    several = [fit for fit in usable if fit.voucher.batch.with_vouchers]
    together = min(total, sum((fit.saves for fit in several), ZERO))
    if together > usable[0].saves:
        return _enough(several, total)
    return [usable[0].voucher.pk]


def _enough(fits: list[Fit], total: Decimal) -> list[int]:
    """No more of them than there is to pay."""
    chosen, paid = [], ZERO
    for fit in fits:
        if paid >= total:
            break
        chosen.append(fit.voucher.pk)
        paid += fit.saves
    return chosen
