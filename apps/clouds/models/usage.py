"""From vendors' lines to customers' bills."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.clouds.models.fields import VendorAmountField
from apps.clouds.models.scoping import StaffQuerySet
from apps.core.models import history
from apps.rbac.scoping import ScopedQuerySet


class ExchangeRateQuerySet(StaffQuerySet["ExchangeRate"]):
    pass


class ExchangeRate(models.Model):
    """What one unit of a foreign currency is in yuan for a month's bills. The latest row counts."""

    tenant = models.ForeignKey("rbac.Tenant", models.PROTECT, verbose_name=_("tenant"))
    currency = models.CharField(_("currency"), max_length=3)
    month = models.DateField(_("month"))
    rate = VendorAmountField(
        _("exchange rate"), help_text=_("Yuan for one unit, at most 12 decimals.")
    )
    source = models.CharField(
        _("source"), max_length=200, help_text=_("Where the rate is from, e.g. PBC 2026-10-31.")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("entered by"),
    )
    created_at = models.DateTimeField(_("entered at"))

    objects = ExchangeRateQuerySet.as_manager()

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ("-month", "currency", "-pk")
        indexes = [
            models.Index(fields=["tenant", "currency", "month"], name="exchangerate_of_month")
        ]

    def __str__(self) -> str:
        return f"1 {self.currency} = {self.rate.normalize():f} CNY ({self.month:%Y-%m})"


class UsageRatingQuerySet(ScopedQuerySet["UsageRating"]):
    pass


class UsageRating(models.Model):
    """What a customer's lines of a month came to when last billed, or why they were not billed."""

    tenant = models.ForeignKey("rbac.Tenant", models.PROTECT, verbose_name=_("tenant"))
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        related_name="usage_ratings",
        verbose_name=_("customer"),
    )
    month = models.DateField(_("month"))
    digest = models.CharField(max_length=64, blank=True, editable=False)
    revision = models.PositiveIntegerField(_("revision"), default=0)
    items = models.PositiveIntegerField(_("items"), default=0)
    list_total = VendorAmountField(_("list cost"), default=0)
    payable_total = VendorAmountField(_("payable"), default=0)
    problem = models.JSONField(_("problem"), default=dict)
    rated_at = models.DateTimeField(_("rated at"))
    # Something changed that its steps look at: a job rates it again.
    rerate_asked_at = models.DateTimeField(_("to be rated again"), null=True, db_index=True)

    objects = UsageRatingQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("rated usage")
        verbose_name_plural = _("rated usage")
        ordering = ("-month", "customer")
        constraints = [
            models.UniqueConstraint(fields=["customer", "month"], name="usagerating_once")
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.month:%Y-%m}"
