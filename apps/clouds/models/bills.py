"""Vendors' bills as they came, and to whom their lines belong."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.clouds.importing.states import CostBasis
from apps.clouds.models.fields import VendorAmountField
from apps.clouds.models.imports import BillImport
from apps.clouds.models.scoping import StaffQuerySet
from apps.core.models import ExactCharField, history


class BillPeriodQuerySet(StaffQuerySet["BillPeriod"]):
    pass


class BillPeriod(models.Model):
    """One month of one billing account of a vendor: what is closed, checked and billed together."""

    tenant = models.ForeignKey("rbac.Tenant", models.PROTECT, verbose_name=_("tenant"))
    provider_name = ExactCharField(_("vendor"), max_length=128)
    billing_account_id = ExactCharField(_("billing account"), max_length=255)
    month = models.DateField(_("month"))
    vendor = models.ForeignKey(
        "products.Vendor",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("vendor in the catalogue"),
    )
    currency = models.CharField(_("currency"), max_length=3)
    lines = models.PositiveIntegerField(_("lines"), default=0)
    list_total = VendorAmountField(_("list cost"), default=0)
    billed_total = VendorAmountField(_("billed cost"), default=0)
    is_due = models.BooleanField(
        _("to be billed"), default=False, help_text=_("Lines changed since customers were billed.")
    )
    # While a file's lines come in by chunks, the month is half a bill and nobody may charge it.
    held_by = models.ForeignKey(
        BillImport,
        models.PROTECT,
        null=True,
        related_name="held_periods",
        verbose_name=_("being imported by"),
    )
    last_import = models.ForeignKey(
        BillImport,
        models.PROTECT,
        null=True,
        related_name="periods",
        verbose_name=_("last import"),
    )

    objects = BillPeriodQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("vendor's billing period")
        verbose_name_plural = _("vendors' billing periods")
        ordering = ("-month", "provider_name", "billing_account_id")
        permissions = [("rate_billperiod", "Can bill customers for a vendor's month")]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "provider_name", "billing_account_id", "month"],
                name="billperiod_once",
            )
        ]
        indexes = [models.Index(fields=["is_due", "held_by"], name="billperiod_due")]

    def __str__(self) -> str:
        return f"{self.provider_name} {self.billing_account_id} {self.month:%Y-%m}"


class SubAccountQuerySet(StaffQuerySet["SubAccount"]):
    pass


class SubAccount(models.Model):
    """A vendor's sub-account, and the customer who uses it. Without one its lines are parked."""

    tenant = models.ForeignKey("rbac.Tenant", models.PROTECT, verbose_name=_("tenant"))
    provider_name = ExactCharField(_("vendor"), max_length=128)
    external_id = ExactCharField(_("sub-account"), max_length=255)
    name = models.CharField(_("name"), max_length=255, blank=True)
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sub_accounts",
        verbose_name=_("customer"),
    )
    basis = models.CharField(
        _("price basis"), max_length=8, choices=CostBasis, default=CostBasis.LIST
    )
    mapped_at = models.DateTimeField(_("mapped at"), null=True, blank=True)
    created_at = models.DateTimeField(_("first seen at"), auto_now_add=True)

    objects = SubAccountQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("sub-account")
        verbose_name_plural = _("sub-accounts")
        ordering = ("provider_name", "external_id")
        permissions = [("map_subaccount", "Can give sub-accounts to customers")]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "provider_name", "external_id"], name="subaccount_once"
            ),
            models.CheckConstraint(
                name="subaccount_mapped_at_with_customer",
                condition=Q(customer__isnull=True) | Q(mapped_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider_name} {self.external_id}"


class VendorBillLineQuerySet(StaffQuerySet["VendorBillLine"]):
    tenant_path = "period__tenant"


class VendorBillLine(models.Model):
    """
    One charge as the vendor wrote it, or the withdrawal of one. Rows are only ever added.

    `identity` digests the month and everything in the vendor's row. Rows that are equal to the
    last cell are told apart by `occurrence`. A line that a corrected file no longer has is taken
    back by a second row, equal but for its sign. Columns are named after FOCUS; what has no column
    is in `raw`, cell by cell under the header of its import.
    """

    identity = ExactCharField(max_length=38)
    occurrence = models.PositiveIntegerField(default=1)
    is_withdrawal = models.BooleanField(_("withdrawal"), default=False)
    bill_import = models.ForeignKey(
        BillImport, models.PROTECT, related_name="lines", verbose_name=_("import")
    )
    line_number = models.PositiveIntegerField(pgettext_lazy("file", "line"))
    period = models.ForeignKey(
        BillPeriod, models.PROTECT, related_name="+", db_index=False, verbose_name=_("period")
    )
    sub_account = models.ForeignKey(
        SubAccount, models.PROTECT, related_name="lines", verbose_name=_("sub-account")
    )
    charge_period_start = models.DateTimeField(_("charge period start"))
    charge_period_end = models.DateTimeField(_("charge period end"))
    charge_category = models.CharField(_("charge category"), max_length=32)
    charge_class = models.CharField(_("charge class"), max_length=32, blank=True)
    charge_frequency = models.CharField(_("charge frequency"), max_length=32, blank=True)
    charge_description = models.CharField(_("description"), max_length=512, blank=True)
    pricing_category = models.CharField(_("pricing category"), max_length=32, blank=True)
    pricing_quantity = VendorAmountField(_("pricing quantity"), null=True)
    pricing_unit = models.CharField(_("pricing unit"), max_length=64, blank=True)
    list_unit_price = VendorAmountField(_("list unit price"), null=True)
    list_cost = VendorAmountField(_("list cost"))
    contracted_unit_price = VendorAmountField(_("contracted unit price"), null=True)
    contracted_cost = VendorAmountField(_("contracted cost"), null=True)
    billed_cost = VendorAmountField(_("billed cost"))
    effective_cost = VendorAmountField(_("effective cost"), null=True)
    consumed_quantity = VendorAmountField(_("consumed quantity"), null=True)
    consumed_unit = models.CharField(_("consumed unit"), max_length=64, blank=True)
    service_category = models.CharField(_("service category"), max_length=64, blank=True)
    service_name = ExactCharField(_("service"), max_length=255)
    region_id = ExactCharField(_("region"), max_length=64, blank=True)
    region_name = models.CharField(_("region name"), max_length=128, blank=True)
    resource_id = ExactCharField(_("resource"), max_length=1024, blank=True)
    resource_name = models.CharField(_("resource name"), max_length=255, blank=True)
    resource_type = models.CharField(_("resource type"), max_length=128, blank=True)
    sku_id = ExactCharField(_("SKU"), max_length=255, blank=True)
    sku_price_id = models.CharField(_("SKU price"), max_length=255, blank=True)
    commitment_discount_id = models.CharField(_("commitment"), max_length=512, blank=True)
    invoice_id = models.CharField(_("invoice"), max_length=128, blank=True)
    invoice_issuer_name = models.CharField(_("invoice issuer"), max_length=128, blank=True)
    raw = models.JSONField(_("the vendor's row"))

    objects = VendorBillLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("vendor bill line")
        verbose_name_plural = _("vendor bill lines")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["identity", "occurrence", "is_withdrawal"], name="vendorbillline_once"
            )
        ]
        indexes = [models.Index(fields=["period", "sub_account"], name="vendorbillline_of_account")]

    def __str__(self) -> str:
        return f"{self.service_name} {self.resource_id}".strip()

    @property
    def raw_row(self) -> dict[str, Any]:
        """The vendor's cells under the vendor's column names."""
        return dict(zip(self.bill_import.header, self.raw, strict=True))
