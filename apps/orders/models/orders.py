from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import history
from apps.core.money import MoneyField
from apps.orders.enums import ORDER_FLOW, OrderStatus
from apps.products.enums import BillingMode
from apps.rbac.scoping import ScopedQuerySet


class OrderQuerySet(ScopedQuerySet["Order"]):
    def unpaid_since(self, moment: datetime) -> Self:
        return self.filter(status=OrderStatus.AWAITING_PAYMENT, placed_at__lt=moment)

    def parked(self) -> Self:
        return self.filter(status=OrderStatus.PARKED)


class Order(models.Model):
    """A customer's decision to buy what a quote offers, at the quote's prices (含税 yuan)."""

    number = models.CharField(_("number"), max_length=32, unique=True)
    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, related_name="orders", verbose_name=_("tenant")
    )
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, related_name="orders", verbose_name=_("customer")
    )
    quote = models.OneToOneField(
        "products.Quote", models.PROTECT, related_name="order", verbose_name=_("quote")
    )
    list_total = MoneyField(_("list total"))
    total = MoneyField(_("total"))
    status = models.CharField(
        _("status"), max_length=20, choices=OrderStatus, default=OrderStatus.AWAITING_PAYMENT
    )
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("placed by")
    )
    placed_at = models.DateTimeField(_("placed at"), db_index=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    history = history()

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-pk",)
        permissions = [
            ("place_order", "Can place orders"),
            ("pay_order", "Can pay orders"),
            ("cancel_order", "Can cancel unpaid orders"),
            ("resume_order", "Can resume held orders"),
            ("abandon_order", "Can give up held orders"),
        ]
        constraints = [
            *ORDER_FLOW.constraints(
                stamps={
                    OrderStatus.PROVISIONING: "paid_at",
                    OrderStatus.COMPLETED: "completed_at",
                    OrderStatus.REFUNDED: "closed_at",
                    OrderStatus.CANCELLED: "closed_at",
                }
            ),
            models.CheckConstraint(
                name="order_total_within_list",
                condition=Q(total__gte=0, total__lte=F("list_total")),
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-placed_at"], name="order_of_customer"),
            models.Index(fields=["status", "placed_at"], name="order_by_status"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLineQuerySet(ScopedQuerySet["OrderLine"]):
    tenant_path = "order__tenant"
    customer_path = "order__customer"
    owner_path = "order__customer__owner"


class OrderLine(models.Model):
    """What is bought: a SKU, how many, for how many periods."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", verbose_name=_("order"))
    position = models.PositiveSmallIntegerField(_("position"))
    sku = models.ForeignKey(
        "products.Sku", models.PROTECT, related_name="order_lines", verbose_name=_("SKU")
    )
    name = models.CharField(_("name"), max_length=200)
    quantity = models.PositiveIntegerField(_("quantity"))
    periods = models.PositiveIntegerField(_("periods"))
    billing_mode = models.CharField(_("billing mode"), max_length=16, choices=BillingMode)
    # 0.00 for metered lines: their use is billed month by month.
    list_amount = MoneyField(_("list amount"))
    amount = MoneyField(_("amount"))

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ("order", "position")
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="orderline_position_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} × {self.quantity}"
