"""Discounts that sales give by hand: at once within their authority, else by an approval."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.approvals.models import Approval
from apps.approvals.standard import Attachments
from apps.core import audit
from apps.customers.models import Customer
from apps.products.agreement_enums import ContractPerm
from apps.products.agreement_errors import (
    DiscountIsBeyondAuthority,
    DiscountIsWithinAuthority,
    DiscountsOfSeveralProducts,
)
from apps.products.enums import DiscountScope
from apps.products.errors import RateIsOutOfRange
from apps.products.models import ManualDiscount, Product, Quote
from apps.products.pricing import Kind, Percent, PricedQuote, Rule, Scope
from apps.products.selectors.authority import Verdict, verdicts
from apps.products.selectors.pricing import QuoteLineIn
from apps.products.selectors.why import Answer, answers_for
from apps.products.services.quotes import create_quote, preview_quote
from apps.products.services.requests import request_special_discount
from apps.rbac import services as rbac
from apps.rbac.models import User

HUNDRED = Decimal(100)
ASKED_FOR = timedelta(days=30)  # how long an approved discount can be used


@dataclass(frozen=True)
class DiscountedLine:
    """A line, and how many percent of its price the customer is to pay of it."""

    sku_id: int
    quantity: int = 1
    periods: int = 1
    percent: Decimal = HUNDRED

    @property
    def asked(self) -> QuoteLineIn:
        return QuoteLineIn(self.sku_id, self.quantity, self.periods)


@dataclass(frozen=True)
class Look:
    """What a customer would pay: without the discounts by hand, with them, and whose they are."""

    before: PricedQuote
    after: PricedQuote
    verdicts: list[Verdict]
    manual: list[Rule]

    @property
    def is_within(self) -> bool:
        return all(verdict.is_within for verdict in self.verdicts)

    @property
    def reasons(self) -> list[str]:
        return [reason for verdict in self.verdicts for reason in verdict.reasons]


def look_at_price(
    *,
    customer: Customer,
    lines: Sequence[DiscountedLine],
    actor: User,
    now: datetime,
    project: str = "",
) -> Look:
    """What would the customer pay today? Nothing is written.

    :raises RateIsOutOfRange: for a discount that is none
    """
    rbac.require(actor, ContractPerm.GIVE_DISCOUNT, customer)
    asked = [line.asked for line in lines]
    rules = _rules(lines)
    before = preview_quote(customer=customer, lines=asked, actor=actor, now=now, project=project)
    after = before
    if rules:
        after = preview_quote(
            customer=customer, lines=asked, actor=actor, now=now, project=project, manual=rules
        )
    found = verdicts(customer=customer, actor=actor, before=before, after=after, at=now)
    return Look(before, after, found, rules)


def why_answers(*, look: Look, key: str, customer: Customer, user: User) -> list[Answer]:
    """What the rule does for each line of what was looked at, or why it does nothing. Trusted:
    reads, of the rules that `user` may see."""
    if not key:
        return []
    quote = look.after
    return answers_for(
        key, user=user, quote=quote, customer=customer, at=quote.at, manual=look.manual
    )


@transaction.atomic
def quote_by_hand(
    *,
    customer: Customer,
    lines: Sequence[DiscountedLine],
    reason: str,
    actor: User,
    now: datetime,
    project: str = "",
) -> Quote:
    """Make a quote with discounts by hand that are within the authority of `actor`.

    Who gives on one customer's product is serialized, so that two halves of a deal see each other.
    :raises DiscountIsBeyondAuthority: with the reasons; an approval can be asked for
    """
    rbac.require(actor, ContractPerm.GIVE_DISCOUNT, customer)
    Customer.objects.select_for_update().get(pk=customer.pk)
    look = look_at_price(customer=customer, lines=lines, actor=actor, now=now, project=project)
    if not look.is_within:
        raise DiscountIsBeyondAuthority(reasons=" ".join(look.reasons))
    quote = create_quote(
        customer=customer,
        lines=[line.asked for line in lines],
        actor=actor,
        now=now,
        project=project,
        manual=_rules(lines),
    )
    for verdict in look.verdicts:
        _record(quote, look, verdict, reason, actor, now)
    return quote


@transaction.atomic
def request_discount_by_hand(
    *,
    customer: Customer,
    lines: Sequence[DiscountedLine],
    reason: str,
    actor: User,
    now: datetime,
    attachments: Attachments = (),
) -> Approval:
    """Ask for a discount beyond one's authority: once agreed, it is the customer's for 30 days.

    :raises DiscountIsWithinAuthority: if nobody need be asked
    :raises DiscountsOfSeveralProducts: one request is for one product
    """
    rbac.require(actor, ContractPerm.GIVE_DISCOUNT, customer)
    look = look_at_price(customer=customer, lines=lines, actor=actor, now=now)
    beyond = [verdict for verdict in look.verdicts if not verdict.is_within]
    if not beyond:
        raise DiscountIsWithinAuthority
    products = {verdict.product for verdict in beyond}
    if len(products) > 1:
        raise DiscountsOfSeveralProducts
    product = Product.objects.get(pk=products.pop() or 0)
    share = min(verdict.share for verdict in beyond).quantize(Decimal("0.01"), ROUND_FLOOR)
    today = timezone.localdate(now)
    return request_special_discount(
        customer=customer,
        name=_("Special discount {product}").format(product=product.name)[:100],
        percent=share,
        scope=DiscountScope.PRODUCT,
        target=product,
        valid_from=today,
        valid_until=today + ASKED_FOR,
        reason=f"{reason} {' '.join(look.reasons)}"[:500],
        actor=actor,
        now=now,
        attachments=attachments,
    )


def _rules(lines: Sequence[DiscountedLine]) -> list[Rule]:
    rules = {}
    for line in lines:
        if not 0 < line.percent <= HUNDRED:
            raise RateIsOutOfRange(fields={"percent": RateIsOutOfRange.message})
        if line.percent < HUNDRED:
            rules[line.sku_id] = Rule(
                key=f"manual:{line.sku_id}",
                name=_("Discount by hand"),
                change=Percent(line.percent / HUNDRED),
                scope=Scope.SKU,
                target=line.sku_id,
                kind=Kind.MANUAL,
            )
    return list(rules.values())


def _record(
    quote: Quote, look: Look, verdict: Verdict, reason: str, actor: User, now: datetime
) -> None:
    before, after = look.before.lines[verdict.place], look.after.lines[verdict.place]
    given = ManualDiscount.objects.create(
        tenant=quote.tenant,
        customer=quote.customer,
        quote=quote,
        sku_id=after.line.subject.sku or 0,
        product_id=verdict.product or 0,
        list_amount=after.list_amount,
        before=before.amount,
        amount=after.amount,
        off=verdict.off,
        reason=reason[:300],
        given_by=actor,
        given_at=now,
    )
    audit.record(
        actor=actor,
        verb="manualdiscount.given",
        thing=given,
        reason=reason,
        before={"amount": str(before.amount)},
        after={"amount": str(after.amount)},
        share=f"{verdict.share} %",
        authority=str(verdict.authority),
    )
