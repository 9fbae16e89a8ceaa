from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import history
from apps.core.money import MoneyField, RateField
from apps.products.enums import DiscountScope
from apps.products.models.catalogue import Category, Product, Sku, Vendor
from apps.products.models.rule_constraints import target_matches_scope
from apps.products.models.visibility import CatalogueQuerySet, in_effect
from apps.rbac.scoping import ScopedQuerySet


class PriceQuerySet(CatalogueQuerySet["Price"]):
    product_path = "sku__product"
    is_shown_in_portal = False  # rows carry the cost: the portal gets list prices with the SKUs

    def at(self, moment: datetime) -> Self:
        return self.filter(in_effect(moment))

    def overlapping(self, start: datetime, until: datetime | None) -> Self:
        meets = self.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=start))
        return meets if until is None else meets.filter(valid_from__lt=until)


class Price(models.Model):
    """What a unit costs for one billing period, tax included, in [valid_from, valid_until)."""

    sku = models.ForeignKey(Sku, models.PROTECT, related_name="prices", verbose_name=_("SKU"))
    unit_price = MoneyField(_("list price"))
    unit_cost = MoneyField(_("vendor's price"), null=True, blank=True)
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    created_by = models.ForeignKey(
        "rbac.User", models.PROTECT, null=True, related_name="+", verbose_name=_("set by")
    )
    created_at = models.DateTimeField(_("set at"), auto_now_add=True)

    objects = PriceQuerySet.as_manager()
    history = history(secret=["unit_cost"])  # whoever may see the history may not see the cost

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ("sku", "-valid_from")
        constraints = [
            models.UniqueConstraint(fields=["sku", "valid_from"], name="price_start_once"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="price_period_not_empty",
            ),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="price_not_negative"),
            models.CheckConstraint(
                condition=Q(unit_cost__isnull=True) | Q(unit_cost__gte=0),
                name="price_cost_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.unit_price}"


class CustomerDiscountQuerySet(ScopedQuerySet["CustomerDiscount"]):
    tenant_path = "customer__tenant"
    customer_path = "customer"
    owner_path = "customer__owner"

    def at(self, moment: datetime) -> Self:
        return self.filter(in_effect(moment))


class CustomerDiscount(models.Model):
    """A customer pays `rate` of the list price for what the scope covers."""

    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        related_name="discounts",
        verbose_name=_("customer"),
    )
    name = models.CharField(_("name"), max_length=100, help_text=_("Customers see it."))
    rate = RateField(_("rate"), help_text=_("0.85 means: the customer pays 85 %."))
    scope = models.CharField(
        _("scope"), max_length=16, choices=DiscountScope, default=DiscountScope.ALL
    )
    sku = models.ForeignKey(
        Sku,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="discounts",
        verbose_name=_("SKU"),
    )
    product = models.ForeignKey(
        Product,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="discounts",
        verbose_name=_("product"),
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="discounts",
        verbose_name=_("category"),
    )
    vendor = models.ForeignKey(
        Vendor,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="discounts",
        verbose_name=_("vendor"),
    )
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = CustomerDiscountQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("customer discount")
        verbose_name_plural = _("customer discounts")
        ordering = ("customer", "-valid_from", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(rate__gte=0, rate__lte=1),
                name="customerdiscount_rate_is_a_discount",
                violation_error_message=_("A rate lies between 0 and 1."),
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="customerdiscount_period_not_empty",
                violation_error_message=_("The period must end after it starts."),
            ),
            models.CheckConstraint(
                condition=target_matches_scope(),
                name="customerdiscount_target_fits_scope",
                violation_error_message=_("Fill the one field that the scope names, no other."),
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "valid_from"], name="customerdiscount_of_customer")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def target(self) -> Sku | Product | Category | Vendor | None:
        return self.sku or self.product or self.category or self.vendor
