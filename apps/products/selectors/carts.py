"""What a cart looks like now: each line with what stands in its way, and the price of the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.customers.models import Customer
from apps.products.enums import CartLineState
from apps.products.models import CartLine, Favorite, Product, Sku
from apps.products.selectors.pricing import QuoteLineIn
from apps.rbac.models import User


@dataclass(frozen=True)
class CartItem:
    """A line of a cart as it stands at the moment."""

    line: CartLine
    state: CartLineState
    advice: str
    unit_price: Decimal | None

    @property
    def is_available(self) -> bool:
        return self.state is CartLineState.AVAILABLE

    @property
    def wanted(self) -> QuoteLineIn:
        return QuoteLineIn(self.line.sku_id, self.line.quantity, self.line.periods)


def cart_of(*, customer: Customer, user: User, at: datetime) -> list[CartItem]:
    """Two queries, however much is in the cart."""
    found = CartLine.objects.visible_to(user).in_cart(user=user, customer_id=customer.pk)
    lines = list(found.select_related("sku__product__vendor"))
    offered = offered_skus(customer=customer, ids=[line.sku_id for line in lines], at=at)
    return [_item(line, offered.get(line.sku_id)) for line in lines]


def offered_skus(*, customer: Customer, ids: Sequence[int], at: datetime) -> dict[int, Sku]:
    """Those of the SKUs that `customer` may buy at the moment, with their `unit_price`."""
    skus = Sku.objects.offered_to(customer, at).filter(is_active=True, pk__in=ids)
    return {sku.pk: sku for sku in skus.with_unit_price(at).order_by()}


def favorites_of(favorites: QuerySet[Favorite], *, user: User) -> QuerySet[Favorite]:
    """Those whose thing the user can still look up; nobody is told of what was hidden."""
    products = Product.objects.visible_to(user).order_by().values("pk")
    return favorites.filter(Q(product__in=products) | Q(sku__product__in=products))


def kept_by(user: User, products: QuerySet[Product]) -> QuerySet[Product]:
    """Those of `products` that the user has among his favorites, as such or by a SKU."""
    mine = Favorite.objects.visible_to(user)
    by_product = mine.filter(product__isnull=False).order_by().values("product")
    by_sku = mine.filter(sku__isnull=False).order_by().values("sku__product")
    return products.filter(Q(pk__in=by_product) | Q(pk__in=by_sku))


def _item(line: CartLine, sku: Sku | None) -> CartItem:
    state = _state(line, sku)
    price = sku.unit_price if sku else None
    return CartItem(line, state, _advice(state, line.sku.stock), price)


def _state(line: CartLine, sku: Sku | None) -> CartLineState:
    if sku is None:
        return CartLineState.NOT_OFFERED
    if sku.unit_price is None:
        return CartLineState.NO_PRICE
    if sku.stock is None or sku.stock >= line.quantity:
        return CartLineState.AVAILABLE
    return CartLineState.TOO_FEW if sku.stock else CartLineState.SOLD_OUT


def _advice(state: CartLineState, stock: int | None) -> str:
    advice = {
        CartLineState.AVAILABLE: "",
        CartLineState.NOT_OFFERED: _("No longer on offer. Remove it and choose another one."),
        CartLineState.NO_PRICE: _("No price at the moment. Keep it for later, or ask us."),
        CartLineState.SOLD_OUT: _("Sold out. Keep it for later, or choose another one."),
        CartLineState.TOO_FEW: _("Only {stock} left. Take fewer."),
    }
    return advice[state].format(stock=stock)
