"""Quotes: prices frozen for half an hour, with everything that led to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.core import audit
from apps.core.numbers import next_number
from apps.customers.models import Customer
from apps.products.enums import OrderType, QuotePerm
from apps.products.errors import QuoteIsOutdated
from apps.products.models import Quote, QuoteLine, Sku
from apps.products.pricing import PricedLine, PricedQuote, Rule
from apps.products.pricing.manual import manual_facts
from apps.products.selectors.outdated import differences
from apps.products.selectors.pricing import Circumstances, QuoteLineIn, price_basket
from apps.products.services.agreements.gate import ensure_may_buy
from apps.rbac import services as rbac
from apps.rbac.models import User


@transaction.atomic
def create_quote(
    *,
    customer: Customer,
    lines: Sequence[QuoteLineIn],
    actor: User,
    now: datetime,
    voucher_ids: Sequence[int] = (),
    order_type: str = OrderType.NEW,
    project: str = "",
    manual: Sequence[Rule] = (),
) -> Quote:
    """Price `lines` for `customer` and keep the promise for half an hour.

    `manual` is what sales give by hand: whoever passes it has checked who may give how much.
    :raises QuoteIsEmpty: or QuoteIsTooLong or QuantityIsOutOfRange: if the lines make no sense
    :raises SkuIsUnknown: if a SKU is not offered to this customer
    :raises SkuHasNoPrice: if a SKU has no list price now
    :raises AgreementHasExpired: if the customer's agreement says that he buys no more without it
    """
    rbac.require(actor, QuotePerm.CREATE, customer)
    ensure_may_buy(customer=customer, at=now, order_type=order_type, project=project)
    given = Circumstances(tuple(voucher_ids), order_type, project, tuple(manual))
    priced = price_basket(customer=customer, lines=lines, at=now, given=given)
    quote = _written(customer, priced, given, actor, now)
    skus = Sku.objects.only("specification").in_bulk({line.sku_id for line in lines})
    QuoteLine.objects.bulk_create(
        _line(quote, position, line, skus) for position, line in enumerate(priced.lines, start=1)
    )
    audit.record(actor=actor, verb="quote.created", thing=quote, total=str(quote.total))
    return quote


def _written(
    customer: Customer, priced: PricedQuote, given: Circumstances, actor: User, now: datetime
) -> Quote:
    return Quote.objects.create(
        number=next_number("QTE", on=timezone.localdate(now)),
        tenant=customer.tenant,
        customer=customer,
        list_total=priced.list_total,
        total=priced.total,
        tax=priced.tax,
        snapshot=priced.to_snapshot(),
        margin_snapshot=priced.to_margin_snapshot(),
        cost_total=priced.cost_total,
        order_type=given.order_type,
        project=given.project,
        voucher_ids=list(given.voucher_ids),
        manual=[manual_facts(rule) for rule in given.manual],
        created_by=actor,
        created_at=now,
        expires_at=now + settings.QUOTE_VALID_FOR,
    )


def preview_quote(
    *,
    customer: Customer,
    lines: Sequence[QuoteLineIn],
    actor: User,
    now: datetime,
    voucher_ids: Sequence[int] = (),
    order_type: str = OrderType.NEW,
    project: str = "",
    manual: Sequence[Rule] = (),
) -> PricedQuote:
    """The same prices, for looking only: nothing is written, nothing is promised."""
    rbac.require(actor, QuotePerm.CREATE, customer)
    given = Circumstances(tuple(voucher_ids), order_type, project, tuple(manual))
    return price_basket(customer=customer, lines=lines, at=now, given=given)


def ensure_current(*, quote: Quote, now: datetime) -> None:
    """Let nobody order what has changed since it was quoted. Trusted: compares.

    :raises QuoteIsOutdated: telling what changed; a new quote has to be confirmed
    """
    found = differences(quote=quote, now=now)
    if found:
        raise QuoteIsOutdated(
            fields={difference.field: difference.text for difference in found},
            number=quote.number,
            changes=" ".join(difference.text for difference in found),
        )


def _line(quote: Quote, position: int, priced: PricedLine, skus: Mapping[int, Sku]) -> QuoteLine:
    line = priced.line
    if line.subject.sku is None:
        raise AssertionError("Quotes are made of SKUs.")
    return QuoteLine(
        quote=quote,
        position=position,
        sku_id=line.subject.sku,
        quantity=line.quantity,
        periods=line.periods,
        billing_mode=line.unit,
        unit_price=line.unit_price,
        list_amount=priced.list_amount,
        amount=priced.amount,
        tax=priced.tax,
        specification=skus[line.subject.sku].specification,
    )
