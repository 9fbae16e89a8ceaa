"""Why a rule that somebody counts on does nothing for a basket: asked by staff (PRC-4)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.core.money import ZERO, format_yuan, round_fen
from apps.customers.models import Customer
from apps.products.campaigns import CampaignStatus
from apps.products.models import AgreementPrice, CustomerDiscount, Promotion
from apps.products.pricing import PricedLine, PricedQuote, Reason, Rejection, Rule, why_not
from apps.products.pricing.snapshot import rule_facts
from apps.products.selectors.reasons import say
from apps.products.selectors.rulebook import rulebook_for
from apps.rbac.models import User

MOST_PROMOTIONS = 100


@dataclass(frozen=True)
class Askable:
    """A rule that can be asked about. `state` says why it is in no book, where it is in none."""

    key: str
    name: str
    group: str
    state: str = ""


@dataclass(frozen=True)
class Answer:
    """What a rule does for one line, or why it does nothing."""

    place: int
    line: str
    applies: bool
    reason: str


def askable_rules(*, customer: Customer, user: User) -> list[Askable]:
    """Promotions that are not over, the newest first; what was agreed with the customer and
    granted to him. Of those, what `user` may see."""
    return [*_promotions(user), *_agreed(customer, user), *_granted(customer, user)]


def answers_for(
    key: str,
    *,
    user: User,
    quote: PricedQuote,
    customer: Customer,
    at: datetime,
    manual: Iterable[Rule] = (),
) -> list[Answer]:
    """Line by line; nothing for a rule that `user` could not ask about. `manual` is what sales
    gave by hand on the quote."""
    askable = askable_rules(customer=customer, user=user)
    asked = next((one for one in askable if one.key == key), None)
    if asked is None:
        return []
    book = rulebook_for(customer=customer, at=at, extra=manual).book
    rule = next((rule for rule in book.rules if rule.key == key), None)
    answers = []
    for place, line in enumerate(quote.lines):
        if rule is None:
            applies, reason = False, asked.state or say(Reason.OTHER_AUDIENCE, None, {})
        else:
            miss = why_not(rule, place, quote.request, book)
            applies, reason = miss is None, _say(miss) if miss else _effect(rule, line)
        answers.append(Answer(place, line.line.sku_name, applies, reason))
    return answers


def _say(miss: Rejection) -> str:
    return say(miss.reason, rule_facts(miss.rule), miss.params)


def _effect(rule: Rule, line: PricedLine) -> str:
    steps = [step for step in line.steps if step.rule is not None and step.rule.key == rule.key]
    off: Decimal = sum((step.before - step.after for step in steps), ZERO)
    return _("It takes {amount} off.").format(amount=format_yuan(round_fen(off)))


def _promotions(user: User) -> Iterator[Askable]:
    rows = Promotion.objects.visible_to(user).exclude(campaign__status=CampaignStatus.ENDED)
    for row in rows.select_related("campaign").order_by("-pk")[:MOST_PROMOTIONS]:
        campaign = row.campaign
        is_live = campaign.status == CampaignStatus.RUNNING
        state = "" if is_live else _not_in_effect(campaign.get_status_display())
        group = pgettext("pricing", "Promotions")
        yield Askable(row.rule_key, f"{row.name} ({campaign.number})", group, state)


def _agreed(customer: Customer, user: User) -> Iterator[Askable]:
    rows = AgreementPrice.objects.visible_to(user).filter(agreement__customer=customer)
    for row in rows.select_related("agreement").order_by("-agreement", "pk"):
        state = _not_in_effect(row.agreement.get_status_display())
        key = f"agreement-price:{row.pk}"
        yield Askable(key, f"{row.name} ({row.agreement})", _("Agreed prices"), state)


def _granted(customer: Customer, user: User) -> Iterator[Askable]:
    rows = CustomerDiscount.objects.visible_to(user).filter(customer=customer)
    for row in rows.order_by("-pk"):
        yield Askable(f"customer-discount:{row.pk}", row.name, _("Customer discounts"))


def _not_in_effect(state: Any) -> str:
    return _("It is not in effect: {state}").format(state=state)
