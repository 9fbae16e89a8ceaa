"""Monthly bills: issued once, corrected only by further lines."""

from datetime import date
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.billing.enums import ADJUSTMENTS, BILL_FLOW, BillStatus, LineReason
from apps.core.models import ExactCharField, history
from apps.core.money import MoneyField, PreciseField
from apps.rbac.scoping import ScopedQuerySet


class BillQuerySet(ScopedQuerySet["Bill"]):
    pass


class Bill(models.Model):
    """What a customer used in a month. Totals are the rounded sums of its items."""

    tenant = models.ForeignKey("rbac.Tenant", models.PROTECT, verbose_name=_("tenant"))
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        related_name="bills",
        verbose_name=_("customer"),
    )
    number = ExactCharField(_("number"), max_length=32, unique=True)
    month = models.DateField(_("month"))
    status = models.CharField(
        _("status"), max_length=16, choices=BillStatus, default=BillStatus.ISSUED
    )
    list_total = MoneyField(_("list total"), default=Decimal(0))
    total = MoneyField(_("total"), default=Decimal(0))
    owed = MoneyField(_("owed"), default=Decimal(0))
    items_count = models.PositiveIntegerField(_("items"), default=0)
    revision = models.PositiveIntegerField(_("revision"), default=0)
    items_digest = models.CharField(_("digest of the items"), max_length=64)
    issued_at = models.DateTimeField(_("issued at"))
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)

    objects = BillQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("bill")
        verbose_name_plural = _("bills")
        ordering = ("-month", "-pk")
        constraints = [
            *BILL_FLOW.constraints(
                stamps={BillStatus.ISSUED: "issued_at", BillStatus.PAID: "paid_at"}
            ),
            models.UniqueConstraint(fields=["customer", "month"], name="bill_of_month_once"),
            models.CheckConstraint(name="bill_owed_not_negative", condition=Q(owed__gte=0)),
            models.CheckConstraint(
                name="bill_paid_owes_nothing", condition=~Q(status=BillStatus.PAID) | Q(owed=0)
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class BillItemQuerySet(ScopedQuerySet["BillItem"]):
    tenant_path = "bill__tenant"
    customer_path = "bill__customer"
    owner_path = "bill__customer__owner"

    def of_use(self, customer_id: int, month: date) -> Self:
        """The lines on what a customer used in a month, whichever bills they are on."""
        of_month = Q(bill__month=month, used_in__isnull=True) | Q(used_in=month)
        return self.filter(of_month, bill__customer=customer_id)


class BillItem(models.Model):
    """One line with twelve decimals. A correction adds a line of the difference.

    `used_in` is the month of the use where it is not the bill's: its own bill was closed.
    """

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="items", verbose_name=_("bill"))
    revision = models.PositiveIntegerField(_("revision"))
    used_in = models.DateField(_("used in"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=8, choices=LineReason, blank=True)
    product_code = models.CharField(_("product code"), max_length=64)
    product_name = models.CharField(_("product"), max_length=200)
    resource_id = ExactCharField(_("resource"), max_length=200, blank=True)
    region = models.CharField(_("region"), max_length=64, blank=True)
    project = models.CharField(_("project"), max_length=64, blank=True)
    list_cost = PreciseField(_("list cost"))
    payable = PreciseField(_("payable"))
    why = models.JSONField(_("price rules"), default=list, blank=True)

    objects = BillItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("bill item")
        verbose_name_plural = _("bill items")
        ordering = ("pk",)
        indexes = [
            models.Index(fields=["bill", "product_code"], name="billitem_by_product"),
            models.Index(fields=["used_in"], name="billitem_by_use"),
        ]

    def __str__(self) -> str:
        return f"{self.product_code} {self.resource_id}".strip()

    @property
    def is_adjustment(self) -> bool:
        """Lines without a reason are older than reasons."""
        return self.reason in ADJUSTMENTS or (not self.reason and self.revision > 1)

    @property
    def use_month(self) -> date:
        return self.used_in or self.bill.month
