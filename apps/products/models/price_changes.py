"""Price changes that somebody has to agree to, and how far a vendor's may go by themselves."""

from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import history
from apps.core.money import MoneyField
from apps.products.enums import (
    PRICE_CHANGE_FLOW,
    PriceChangeSource,
    PriceChangeStatus,
)
from apps.products.models.catalogue import Sku, Vendor
from apps.products.models.prices import Price
from apps.products.models.visibility import SharedQuerySet, view_permission
from apps.rbac.enums import TenantKind
from apps.rbac.models import User
from apps.rbac.scoping import ScopedQuerySet

HUNDRED = Decimal(100)
OPEN = (PriceChangeStatus.PROPOSED, PriceChangeStatus.PENDING, PriceChangeStatus.APPROVED)


class PercentField(models.DecimalField):  # type: ignore[type-arg]  # Django's fields take no []
    """So many percent, with four decimals."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_digits", 16)
        options.setdefault("decimal_places", 4)
        super().__init__(*args, **options)


class PriceBandQuerySet(SharedQuerySet["PriceBand"]):
    def visible_to(self, user: User) -> Self:
        """How far vendors are trusted is the platform's alone to know."""
        return self.editable_by(user)

    def editable_by(self, user: User) -> Self:
        is_platform = user.is_superuser or user.tenant.kind == TenantKind.PLATFORM
        may = is_platform and user.has_perm(view_permission(self.model))
        return self if may else self.none()


class PriceBand(models.Model):
    """How much a vendor's price may move, in percent, before a person has to agree."""

    vendor = models.OneToOneField(
        Vendor, models.PROTECT, related_name="price_band", verbose_name=_("vendor")
    )
    list_up = PercentField(_("list price up to (%)"), default=0)
    list_down = PercentField(_("list price down to (%)"), default=0)
    cost_up = PercentField(_("vendor's price up to (%)"), default=0)
    cost_down = PercentField(_("vendor's price down to (%)"), default=0)
    is_active = models.BooleanField(
        _("applies changes by itself"),
        default=False,
        help_text=_("Changes within all four limits take effect without anybody's approval."),
    )

    objects = PriceBandQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("price band")
        verbose_name_plural = _("price bands")
        ordering = ("vendor__name",)
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    list_up__gte=0,
                    list_up__lte=100,
                    list_down__gte=0,
                    list_down__lte=100,
                    cost_up__gte=0,
                    cost_up__lte=100,
                    cost_down__gte=0,
                    cost_down__lte=100,
                ),
                name="priceband_is_percent",
                violation_error_message=_("A limit lies between 0 and 100 percent."),
            )
        ]

    def __str__(self) -> str:
        return str(self.vendor)

    def holds(self, change: "PriceChange") -> bool:
        """Whether the change may happen by itself: never without a price to compare it with."""
        if not self.is_active or change.percent is None:
            return False
        if not -self.list_down <= change.percent <= self.list_up:
            return False
        if change.unit_cost == change.before_cost:
            return True
        moved = change.cost_percent
        return moved is not None and -self.cost_down <= moved <= self.cost_up


class PriceChangeBatchQuerySet(ScopedQuerySet["PriceChangeBatch"]):
    tenant_path = "tenant"
    customer_path = None
    owner_path = None


class PriceChangeBatch(models.Model):
    """Price changes that are decided together: what one approval is about."""

    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, related_name="+", verbose_name=_("tenant")
    )
    reason = models.CharField(_("reason"), max_length=500)
    created_by = models.ForeignKey(
        "rbac.User", models.PROTECT, related_name="+", verbose_name=_("submitted by")
    )
    created_at = models.DateTimeField(_("submitted at"))

    objects = PriceChangeBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch of price changes")
        verbose_name_plural = _("batches of price changes")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"#{self.pk}"


class PriceChangeQuerySet(ScopedQuerySet["PriceChange"]):
    # List prices are shown down the tenant tree; what they are to become is not.
    tenant_path = "sku__product__tenant"
    customer_path = None
    owner_path = None

    def open(self) -> Self:
        return self.filter(status__in=OPEN)


class PriceChange(models.Model):
    """What a SKU is to cost from some moment on, beside what it costs."""

    sku = models.ForeignKey(
        Sku, models.PROTECT, related_name="price_changes", verbose_name=_("SKU")
    )
    source = models.CharField(_("source"), max_length=16, choices=PriceChangeSource)
    before_price = MoneyField(_("list price before"), null=True)
    before_cost = MoneyField(_("vendor's price before"), null=True)
    unit_price = MoneyField(_("list price"))
    unit_cost = MoneyField(_("vendor's price"), null=True, blank=True)
    percent = PercentField(_("change (%)"), null=True)
    cost_percent = PercentField(_("change of the vendor's price (%)"), null=True)
    effective_from = models.DateTimeField(_("effective from"))
    status = models.CharField(
        _("status"),
        max_length=16,
        choices=PriceChangeStatus,
        default=PriceChangeStatus.PROPOSED,
    )
    is_automatic = models.BooleanField(_("within the vendor's band"), default=False)
    # The SKU while the change is open, NULL afterwards: a SKU has one open change at most.
    open_key = models.BigIntegerField(null=True, unique=True, editable=False)
    batch = models.ForeignKey(
        PriceChangeBatch,
        models.PROTECT,
        null=True,
        related_name="changes",
        verbose_name=_("batch"),
    )
    price = models.OneToOneField(
        Price, models.PROTECT, null=True, related_name="change", verbose_name=_("price")
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    problem = models.CharField(_("problem"), max_length=500, blank=True)
    proposed_by = models.ForeignKey(
        "rbac.User", models.PROTECT, null=True, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed at"))
    approved_at = models.DateTimeField(_("approved at"), null=True)
    applied_at = models.DateTimeField(_("applied at"), null=True)

    objects = PriceChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("price change")
        verbose_name_plural = _("price changes")
        ordering = ("-pk",)
        constraints = [
            *PRICE_CHANGE_FLOW.constraints(
                stamps={
                    PriceChangeStatus.APPROVED: "approved_at",
                    PriceChangeStatus.APPLIED: "applied_at",
                }
            ),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0) & (Q(unit_cost__isnull=True) | Q(unit_cost__gte=0)),
                name="pricechange_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN, open_key__isnull=False)
                | (~Q(status__in=OPEN) & Q(open_key__isnull=True)),
                name="pricechange_open_is_keyed",
            ),
        ]
        indexes = [models.Index(fields=["status", "id"], name="pricechange_by_status")]

    def __str__(self) -> str:
        return f"{self.sku} {self.unit_price}"
