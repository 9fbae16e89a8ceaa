"""The cart, from the first line to the quote, and what people want to find again."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.customers.models import Customer
from apps.products.enums import CartPerm, QuotePerm
from apps.products.errors import (
    CartIsFull,
    CartLineIsGone,
    CartLineIsNotForSale,
    QuantityIsOutOfRange,
    SkuIsUnknown,
    TooManyFavorites,
)
from apps.products.models import CartLine, Favorite, Product, Quote, Sku
from apps.products.pricing import PricedQuote
from apps.products.selectors.carts import CartItem, cart_of, offered_skus
from apps.products.selectors.pricing import MOST_LINES, MOST_PERIODS, MOST_UNITS, QuoteLineIn
from apps.products.services.quotes import create_quote, preview_quote
from apps.rbac import services as rbac
from apps.rbac.models import User

MOST_FAVORITES = 100


@transaction.atomic
def add_to_cart(*, customer: Customer, wanted: QuoteLineIn, actor: User, now: datetime) -> CartLine:
    """Put so much of a SKU into the cart. What is there of it already is added up.

    :raises SkuIsUnknown: if the SKU is not offered to this customer
    :raises QuantityIsOutOfRange: if it makes more than can be bought at once
    :raises CartIsFull: if there are too many other lines
    """
    rbac.require(actor, QuotePerm.CREATE, customer)
    if not offered_skus(customer=customer, ids=[wanted.sku_id], at=now):
        raise SkuIsUnknown(fields={"sku": SkuIsUnknown.message})
    _check(wanted.quantity, wanted.periods)
    line, is_new = CartLine.objects.select_for_update().get_or_create(
        user=actor,
        customer=customer,
        sku_id=wanted.sku_id,
        defaults={"quantity": wanted.quantity, "periods": wanted.periods, "added_at": now},
    )
    if not is_new:
        return _set(line, line.quantity + wanted.quantity, wanted.periods)
    if CartLine.objects.in_cart(user=actor, customer_id=customer.pk).count() > MOST_LINES:
        raise CartIsFull(limit=MOST_LINES)
    return line


@transaction.atomic
def change_cart_line(*, line: CartLine, quantity: int, periods: int, actor: User) -> CartLine:
    """Take more or less of it, for longer or shorter.

    :raises QuantityIsOutOfRange: if that can't be bought
    """
    rbac.require(actor, QuotePerm.CREATE, line)
    return _set(CartLine.objects.lock(line), quantity, periods)


def remove_cart_line(*, line: CartLine, actor: User) -> None:
    """Take it out of the cart."""
    rbac.require(actor, QuotePerm.CREATE, line)
    CartLine.objects.filter(pk=line.pk).delete()


def preview_cart(
    *,
    customer: Customer,
    line_ids: Sequence[int],
    actor: User,
    now: datetime,
    voucher_ids: Sequence[int] = (),
) -> PricedQuote:
    """What the chosen lines cost together at the moment; nothing is written. Trusted:
    preview_quote asks rbac.require.

    :raises CartLineIsGone: or CartLineIsNotForSale: if a line can't be bought
    """
    items = _chosen(customer, line_ids, actor, now)
    lines = [item.wanted for item in items]
    return preview_quote(
        customer=customer, lines=lines, actor=actor, now=now, voucher_ids=voucher_ids
    )


@transaction.atomic
def checkout_cart(
    *,
    customer: Customer,
    line_ids: Sequence[int],
    actor: User,
    now: datetime,
    voucher_ids: Sequence[int] = (),
) -> Quote:
    """One quote of the chosen lines. They stay in the cart until it is ordered. Trusted:
    create_quote asks rbac.require.

    :raises CartLineIsGone: or CartLineIsNotForSale: if a line can't be bought
    """
    items = _chosen(customer, line_ids, actor, now)
    lines = [item.wanted for item in items]
    quote = create_quote(
        customer=customer, lines=lines, actor=actor, now=now, voucher_ids=voucher_ids
    )
    CartLine.objects.filter(pk__in=[item.line.pk for item in items]).update(quote=quote)
    return quote


@transaction.atomic
def renew_quote(*, quote: Quote, actor: User, now: datetime) -> Quote:
    """The same basket and vouchers at the prices of now, to be confirmed anew (CAT-4). What came
    from a cart leaves it with the new quote. Discounts given by hand are not renewed.

    :raises SkuIsUnknown: or SkuHasNoPrice: if something can't be bought any more
    """
    rbac.require(actor, QuotePerm.CREATE, quote)
    lines = [QuoteLineIn(x.sku_id, x.quantity, x.periods) for x in quote.lines.all()]
    fresh = create_quote(
        customer=quote.customer,
        lines=lines,
        actor=actor,
        now=now,
        voucher_ids=quote.voucher_ids,
        order_type=quote.order_type,
        project=quote.project,
    )
    CartLine.objects.filter(quote=quote).update(quote=fresh)
    return fresh


def empty_cart(*, quote: Quote) -> None:
    """The quote was ordered: what it was made of leaves the cart. Trusted: part of ordering."""
    CartLine.objects.filter(quote=quote).delete()


@transaction.atomic
def add_favorite(
    *, customer: Customer, thing: Product | Sku, actor: User, now: datetime
) -> Favorite:
    """Keep a product or SKU to find it again; a second time changes nothing.

    :raises TooManyFavorites: if there are too many others
    """
    rbac.require(actor, CartPerm.FAVORITES, customer)
    target = {"product": thing} if isinstance(thing, Product) else {"sku": thing}
    favorite, is_new = Favorite.objects.get_or_create(
        user=actor, customer=customer, **target, defaults={"created_at": now}
    )
    kept = Favorite.objects.filter(user=actor, customer=customer)
    if is_new and kept.count() > MOST_FAVORITES:
        raise TooManyFavorites(limit=MOST_FAVORITES)
    return favorite


def remove_favorite(*, favorite: Favorite, actor: User) -> None:
    """Forget it."""
    rbac.require(actor, CartPerm.FAVORITES, favorite)
    Favorite.objects.filter(pk=favorite.pk).delete()


def _chosen(
    customer: Customer, line_ids: Sequence[int], actor: User, now: datetime
) -> list[CartItem]:
    rbac.require(actor, QuotePerm.CREATE, customer)
    items = {item.line.pk: item for item in cart_of(customer=customer, user=actor, at=now)}
    if not set(line_ids) <= items.keys():
        raise CartLineIsGone
    chosen = [item for pk, item in items.items() if pk in set(line_ids)]
    for item in chosen:
        if not item.is_available:
            raise CartLineIsNotForSale(sku=item.line.sku.name, advice=item.advice)
    return chosen


def _set(line: CartLine, quantity: int, periods: int) -> CartLine:
    _check(quantity, periods)
    line.quantity, line.periods, line.quote = quantity, periods, None
    line.save(update_fields=["quantity", "periods", "quote"])
    return line


def _check(quantity: int, periods: int) -> None:
    if not (1 <= quantity <= MOST_UNITS and 1 <= periods <= MOST_PERIODS):
        raise QuantityIsOutOfRange(quantity=MOST_UNITS, periods=MOST_PERIODS)
