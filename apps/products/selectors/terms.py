"""A rule in words: for decisions, for the audit log's differences, for those who may use it."""

from datetime import datetime
from decimal import Decimal

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.core.money import format_yuan
from apps.products.enums import AmountPer, BillingMode, CapUnit, ChangeType, OrderType, Region
from apps.products.models import Promotion, VoucherBatch
from apps.products.models.rules import PricingRule


def change_in_words(rule: PricingRule) -> str:
    """How much it takes off, in one short sentence."""
    match rule.change:
        case ChangeType.PERCENT:
            return _percent(rule.rate or Decimal(1))
        case ChangeType.AMOUNT_OFF:
            text = {
                AmountPer.UNIT: _("{amount} off each unit and period"),
                AmountPer.LINE: _("{amount} off each line"),
                AmountPer.ORDER: _("{amount} off the order"),
            }[AmountPer(rule.per)]
            return text.format(amount=_yuan(rule.amount))
        case ChangeType.FIXED_PRICE:
            return _("{price} for a unit and period").format(price=_yuan(rule.unit_price))
        case ChangeType.SPEND_AND_SAVE:
            return _steps(rule)
        case ChangeType.FACE_VALUE:
            if not rule.threshold:
                return _("{amount} off").format(amount=_yuan(rule.amount))
            text = _("{amount} off from {threshold} on")
            return text.format(amount=_yuan(rule.amount), threshold=_yuan(rule.threshold))
        case _:
            return str(ChangeType(rule.change).label)


def scope_in_words(rule: PricingRule) -> str:
    target = rule.target
    return str(target) if target else str(rule.get_scope_display())


def terms_of(rule: PricingRule) -> dict[str, str]:
    """Everything that a rule says, label by label; what it leaves open is not there."""
    facts = {
        pgettext("pricing", "Name"): rule.name,
        _("Reduction"): change_in_words(rule),
        _("Covers"): scope_in_words(rule),
        _("Time"): window_in_words(rule.valid_from, rule.valid_until),
        _("Regions"): _named(rule.regions, Region),
        _("Billing modes"): _named(rule.billing_modes, BillingMode),
        _("Orders"): _named(rule.order_types, OrderType),
        _("Projects"): "、".join(rule.projects),
        _("Caps"): caps_in_words(rule),
        _("Priority"): str(rule.priority or ""),
        _("Stack group"): rule.stack_group,
        _("Exclusive group"): rule.exclusive_group,
        _("Minimum margin"): ""
        if rule.min_margin is None
        else _plain(rule.min_margin * 100) + " %",
    }
    if isinstance(rule, Promotion):
        facts = {
            _("Kind"): str(rule.get_kind_display()),
            **facts,
            _("For"): audience_in_words(rule),
        }
    if isinstance(rule, VoucherBatch):
        facts |= _of_batch(rule)
    return {label: text for label, text in facts.items() if text}


def audience_in_words(promotion: Promotion) -> str:
    """Whom it is for: any of these; everybody when nobody is named."""
    groups = [
        (_("tags {names}"), [str(tag) for tag in promotion.tags.all()]),
        (_("tiers {names}"), [promotion.get_tiers_display()] if promotion.tiers else []),
        (_("customers {names}"), [str(customer) for customer in promotion.customers.all()]),
        (_("distributors {names}"), [str(tenant) for tenant in promotion.distributors.all()]),
    ]
    named = [text.format(names="、".join(names)) for text, names in groups if names]
    return "; ".join(named) or _("everybody")


def caps_in_words(rule: PricingRule) -> str:
    unit = str(CapUnit(rule.cap_counts).label)
    caps = [
        (_("{n} {unit} in all"), rule.cap_total),
        (_("{n} {unit} a day"), rule.cap_per_day),
        (_("{n} {unit} a customer"), rule.cap_per_customer),
    ]
    texts = [text.format(n=most, unit=unit) for text, most in caps if most is not None]
    if rule.cap_budget is not None:
        texts.append(_("a budget of {amount}").format(amount=_yuan(rule.cap_budget)))
    return ", ".join(texts)


def window_in_words(start: datetime, until: datetime | None) -> str:
    if until is None:
        return _("from {start}").format(start=_moment(start))
    return _("{start} to {until}").format(start=_moment(start), until=_moment(until))


def _of_batch(batch: VoucherBatch) -> dict[str, str]:
    together = [
        (batch.with_promotions, _("with promotions")),
        (batch.with_vouchers, _("with other vouchers")),
    ]
    return {
        _("How many"): str(batch.total),
        _("For one customer"): str(batch.per_customer),
        _("Days after receipt"): str(batch.valid_days or ""),
        pgettext("voucher", "Code"): batch.claim_code or "",
        _("Together"): ", ".join(text for is_so, text in together if is_so) or _("alone"),
        _("Budget of"): str(batch.budget_owner or ""),
    }


def _steps(rule: PricingRule) -> str:
    if rule.is_gift:
        text = _("spend {threshold}, get {off} as gift balance")
    elif rule.repeats:
        text = _("{off} off every {threshold}")
    else:
        text = _("{off} off from {threshold} on")
    return "; ".join(
        text.format(threshold=_yuan(Decimal(step["from"])), off=_yuan(Decimal(step["off"])))
        for step in rule.steps
    )


def _percent(rate: Decimal) -> str:
    text = _("{percent} % of the price")
    # Chinese counts discounts in tenths: 8.5 折
    return text.format(percent=_plain(rate * 100), tenths=_plain(rate * 10))


def _named(codes: list[str], choices: type[TextChoices]) -> str:
    labels = dict(choices.choices)
    return "、".join(str(labels.get(code, code)) for code in codes)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _yuan(amount: Decimal | None) -> str:
    return format_yuan(amount or Decimal(0))


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"
