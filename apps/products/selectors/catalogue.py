"""Reads of the shelf: what is offered, at which list price, and who depends on it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Prefetch

from apps.customers.models import Customer
from apps.products.models import AddOn, Price, Product, Sku
from apps.products.models.catalogue import ProductQuerySet
from apps.products.models.prices import PriceQuerySet
from apps.rbac.models import User
from apps.rbac.scoping import visible


@dataclass(frozen=True)
class Use:
    """So many rows of one kind refer to a thing."""

    model: type[models.Model]
    label: str
    count: int


def catalogue(*, user: User, at: datetime) -> ProductQuerySet:
    """The products that `user` may see, with `price_from` and `skus_on_sale`: three queries."""
    products = Product.objects.visible_to(user).select_related("vendor", "category")
    return products.with_price_from(at).with_skus(at)


def with_add_ons(products: ProductQuerySet, *, user: User, at: datetime) -> ProductQuerySet:
    """Loads `add_ons_on_offer`: those that `user` may buy, each with its price, in two queries."""
    skus = Sku.objects.visible_to(user).filter(is_active=True)
    add_ons = AddOn.objects.filter(sku__in=skus.order_by().values("pk"))
    priced = Sku.objects.with_unit_price(at).select_related("product")
    rows = add_ons.prefetch_related(Prefetch("sku", priced))
    return products.prefetch_related(Prefetch("add_ons", rows, to_attr="add_ons_on_offer"))


def products_on_sale(*, customer: Customer, at: datetime) -> ProductQuerySet:
    """What a customer can buy."""
    return Product.objects.offered_to(customer, at).select_related("vendor", "category")


def price_at(*, sku: Sku, at: datetime) -> Price | None:
    """The list price of `sku` that was, is or will be in effect at a moment."""
    return Price.objects.filter(sku=sku).at(at).order_by("-valid_from").first()


def prices_of(*, product: Product) -> PriceQuerySet:
    """Every price that the SKUs of `product` ever had or will have, newest first by SKU."""
    prices = Price.objects.filter(sku__product=product)
    prices = prices.select_related("sku", "created_by", "change__batch")
    return prices.order_by("sku__position", "sku", "-valid_from")


def where_used(*, thing: models.Model, user: User) -> list[Use]:
    """Which rows refer to `thing`, of those that `user` may see; apps above are found as well."""
    uses = []
    for relation in thing._meta.related_objects:
        model = relation.related_model
        if not isinstance(model, type) or model.__name__.startswith("Historical"):
            continue
        count = visible(model, user).filter(**{relation.field.name: thing}).count()
        if count:
            uses.append(Use(model=model, label=str(model._meta.verbose_name_plural), count=count))
    return uses
