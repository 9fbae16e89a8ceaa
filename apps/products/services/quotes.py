"""Quotes: prices frozen for half an hour, with everything that led to them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from apps.core import audit
from apps.core.numbers import next_number
from apps.customers.models import Customer
from apps.products.enums import QuotePerm
from apps.products.models import Quote, QuoteLine
from apps.products.pricing import PricedLine, PricedQuote
from apps.products.selectors.pricing import QuoteLineIn, price_basket
from apps.products.services.agreements.gate import ensure_may_buy
from apps.rbac import services as rbac
from apps.rbac.models import User

VALID_FOR = timedelta(minutes=30)


@transaction.atomic
def create_quote(
    *, customer: Customer, lines: Sequence[QuoteLineIn], actor: User, now: datetime
) -> Quote:
    """Price `lines` for `customer` and keep the promise for half an hour.

    :raises QuoteIsEmpty: or QuoteIsTooLong or QuantityIsOutOfRange: if the lines make no sense
    :raises SkuIsUnknown: if a SKU is not offered to this customer
    :raises SkuHasNoPrice: if a SKU has no list price now
    :raises AgreementHasExpired: if the customer's agreement says that he buys no more without it
    """
    rbac.require(actor, QuotePerm.CREATE, customer)
    ensure_may_buy(customer=customer, at=now)
    priced = price_basket(customer=customer, lines=lines, at=now)
    quote = Quote.objects.create(
        number=next_number("QTE", on=timezone.localdate(now)),
        tenant=customer.tenant,
        customer=customer,
        list_total=priced.list_total,
        total=priced.total,
        snapshot=priced.to_snapshot(),
        created_by=actor,
        created_at=now,
        expires_at=now + VALID_FOR,
    )
    QuoteLine.objects.bulk_create(
        _line(quote, position, line) for position, line in enumerate(priced.lines, start=1)
    )
    audit.record(actor=actor, verb="quote.created", thing=quote, total=str(quote.total))
    return quote


def preview_quote(
    *, customer: Customer, lines: Sequence[QuoteLineIn], actor: User, now: datetime
) -> PricedQuote:
    """The same prices, for looking only: nothing is written, nothing is promised."""
    rbac.require(actor, QuotePerm.CREATE, customer)
    return price_basket(customer=customer, lines=lines, at=now)


def _line(quote: Quote, position: int, priced: PricedLine) -> QuoteLine:
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
    )
