from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.products.models.catalogue import Product, Sku
from apps.products.models.quotes import Quote
from apps.rbac.models import User
from apps.rbac.scoping import ScopedQuerySet


class PersonalQuerySet[M: models.Model](ScopedQuerySet[M]):
    """What a person keeps for himself while he acts for a customer: colleagues have their own."""

    tenant_path = "customer__tenant"
    customer_path = "customer"
    owner_path = "customer__owner"

    def _of_member(self, user: User) -> Self:
        return super()._of_member(user).filter(user=user)


class CartLineQuerySet(PersonalQuerySet["CartLine"]):
    def in_cart(self, *, user: User, customer_id: int) -> Self:
        """The cart: in the order in which it was filled."""
        return self.filter(user=user, customer_id=customer_id).order_by("pk")


class CartLine(models.Model):
    """So much of a SKU that somebody means to buy. It has no price: each look asks for it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user")
    )
    customer = models.ForeignKey(
        "customers.Customer", models.CASCADE, related_name="+", verbose_name=_("customer")
    )
    sku = models.ForeignKey(Sku, models.CASCADE, related_name="cart_lines", verbose_name=_("SKU"))
    quantity = models.PositiveIntegerField(_("quantity"))
    periods = models.PositiveIntegerField(_("periods"))
    # The quote that was made of it: an order of that takes the line out of the cart.
    quote = models.ForeignKey(
        Quote, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("quote")
    )
    added_at = models.DateTimeField(_("added at"))

    objects = CartLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("cart line")
        verbose_name_plural = _("cart lines")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["user", "customer", "sku"], name="cartline_sku_once_in_a_cart"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, periods__gte=1), name="cartline_wants_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} × {self.quantity}"


class FavoriteQuerySet(PersonalQuerySet["Favorite"]):
    pass


class Favorite(models.Model):
    """A product, or one SKU, that somebody wants to find again."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user")
    )
    customer = models.ForeignKey(
        "customers.Customer", models.CASCADE, related_name="+", verbose_name=_("customer")
    )
    product = models.ForeignKey(
        Product,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="favorites",
        verbose_name=_("product"),
    )
    sku = models.ForeignKey(
        Sku, models.CASCADE, null=True, blank=True, related_name="favorites", verbose_name=_("SKU")
    )
    created_at = models.DateTimeField(_("created at"))

    objects = FavoriteQuerySet.as_manager()

    class Meta:
        verbose_name = _("favorite")
        verbose_name_plural = _("favorites")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["user", "customer", "product"], name="favorite_product_once"
            ),
            models.UniqueConstraint(fields=["user", "customer", "sku"], name="favorite_sku_once"),
            models.CheckConstraint(
                condition=Q(product__isnull=False, sku__isnull=True)
                | Q(product__isnull=True, sku__isnull=False),
                name="favorite_is_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product or self.sku}"
