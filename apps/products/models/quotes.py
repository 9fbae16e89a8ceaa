import json
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.money import MoneyField
from apps.products.enums import BillingMode, OrderType
from apps.products.models.catalogue import Sku
from apps.rbac.scoping import ScopedQuerySet


class QuoteQuerySet(ScopedQuerySet["Quote"]):
    tenant_path = "tenant"
    customer_path = "customer"
    owner_path = "customer__owner"


class Quote(models.Model):
    """A promise of prices until `expires_at`. Written once: it is its own history."""

    number = models.CharField(_("number"), max_length=32, unique=True)
    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, related_name="quotes", verbose_name=_("tenant")
    )
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, related_name="quotes", verbose_name=_("customer")
    )
    list_total = MoneyField(_("list total"))
    total = MoneyField(_("total"))
    tax = MoneyField(_("tax included"), default="0.00")
    snapshot = models.TextField(_("snapshot"))  # text, not JSON: kept byte for byte
    # Cost and margin lie apart from what customers read, so that no door shows them by mistake.
    margin_snapshot = models.TextField(_("cost and margin"), blank=True)
    cost_total = MoneyField(_("cost"), null=True, blank=True)
    order_type = models.CharField(
        _("order type"), max_length=8, choices=OrderType, default=OrderType.NEW
    )
    project = models.CharField(_("project"), max_length=64, blank=True)
    voucher_ids = models.JSONField(_("vouchers"), default=list, blank=True)
    manual = models.JSONField(_("given by hand"), default=list, blank=True)
    created_by = models.ForeignKey(
        "rbac.User", models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made at"))
    expires_at = models.DateTimeField(_("expires at"))

    objects = QuoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        ordering = ("-pk",)
        permissions = [("create_quote", _("Can make quotes"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(total__gte=0, total__lte=F("list_total")),
                name="quote_total_within_list",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="quote_lives_a_while"
            ),
        ]
        indexes = [models.Index(fields=["customer", "-created_at"], name="quote_of_customer")]

    def __str__(self) -> str:
        return self.number

    @property
    def facts(self) -> dict[str, Any]:
        """The snapshot, read: every line with each step and each rejected rule."""
        return cast("dict[str, Any]", json.loads(self.snapshot))

    @property
    def savings(self) -> Decimal:
        saved: Decimal = self.list_total - self.total
        return saved

    @property
    def margin(self) -> Decimal | None:
        return None if self.cost_total is None else self.total - self.cost_total

    @property
    def due_now(self) -> Decimal:
        """What an order of it pays at once: metered lines are billed by their use, afterwards."""
        prepaid = [line.amount for line in self.lines.all() if not line.is_metered]
        return sum(prepaid, Decimal("0.00"))

    def is_valid(self, now: datetime) -> bool:
        return now < self.expires_at


class QuoteLineQuerySet(ScopedQuerySet["QuoteLine"]):
    tenant_path = "quote__tenant"
    customer_path = "quote__customer"
    owner_path = "quote__customer__owner"


class QuoteLine(models.Model):
    quote = models.ForeignKey(Quote, models.CASCADE, related_name="lines", verbose_name=_("quote"))
    position = models.PositiveSmallIntegerField(_("position"))
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="quote_lines", verbose_name=_("SKU"))
    quantity = models.PositiveIntegerField(_("quantity"))
    periods = models.PositiveIntegerField(_("periods"))
    billing_mode = models.CharField(_("billing mode"), max_length=16, choices=BillingMode)
    unit_price = MoneyField(_("list price"))
    list_amount = MoneyField(_("list amount"))
    amount = MoneyField(_("amount"))
    tax = MoneyField(_("tax included"), default="0.00")
    specification = models.JSONField(_("specification"), default=dict, blank=True)

    objects = QuoteLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("quote line")
        verbose_name_plural = _("quote lines")
        ordering = ("quote", "position")
        constraints = [
            models.UniqueConstraint(fields=["quote", "position"], name="quoteline_position_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, periods__gte=1), name="quoteline_sells_something"
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0, amount__lte=F("list_amount")),
                name="quoteline_amount_within_list",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quote} {self.position}"

    @property
    def is_metered(self) -> bool:
        """Whether the amount is an estimate: the use is billed month by month."""
        return BillingMode(self.billing_mode).is_metered
