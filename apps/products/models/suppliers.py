"""Suppliers (供应商): whom we buy from, on which terms, and where we pay."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.encryption import EncryptedTextField, RowKeyed
from apps.core.models import history
from apps.products.models.catalogue import Vendor
from apps.products.supply import SettlementCycle, SettlementMethod
from apps.rbac.models import Tenant
from apps.rbac.scoping import ScopedQuerySet


class SupplierQuerySet(ScopedQuerySet["Supplier"]):
    customer_path = None
    owner_path = None


class Supplier(models.Model):
    """A company that we buy the products of one or more vendors from."""

    tenant = models.ForeignKey(
        Tenant, models.PROTECT, related_name="suppliers", verbose_name=_("tenant")
    )
    code = models.SlugField(_("code"), max_length=32)
    name = models.CharField(_("name"), max_length=200)
    uscc = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    vendors = models.ManyToManyField(
        Vendor, related_name="suppliers", blank=True, verbose_name=_("vendors")
    )
    settlement_method = models.CharField(
        _("settlement method"),
        max_length=16,
        choices=SettlementMethod,
        default=SettlementMethod.MONTHLY_BILL,
    )
    settlement_cycle = models.CharField(
        _("settlement cycle"),
        max_length=16,
        choices=SettlementCycle,
        default=SettlementCycle.MONTH,
    )
    payment_days = models.PositiveSmallIntegerField(
        _("days to pay"), default=30, help_text=_("After the bill of a cycle has come.")
    )
    channel_policy = models.TextField(
        _("channel policy"),
        blank=True,
        help_text=_("Rebates, territories, price protection: what the channel contract says."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = SupplierQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        ordering = ("name", "pk")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="supplier_code_once"),
            models.CheckConstraint(
                condition=Q(settlement_method__in=SettlementMethod.values),
                name="supplier_settlement_method_known",
            ),
            models.CheckConstraint(
                condition=Q(settlement_cycle__in=SettlementCycle.values),
                name="supplier_settlement_cycle_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OfSupplierQuerySet[M: models.Model](ScopedQuerySet[M]):
    tenant_path = "supplier__tenant"
    customer_path = None
    owner_path = None


class SupplierContactQuerySet(OfSupplierQuerySet["SupplierContact"]):
    pass


class SupplierContact(RowKeyed):
    """Whom to call at a supplier, and about what. The number comes out only on the record."""

    supplier = models.ForeignKey(
        Supplier, models.CASCADE, related_name="contacts", verbose_name=_("supplier")
    )
    name = models.CharField(_("name"), max_length=100)
    duty = models.CharField(
        _("in charge of"), max_length=50, blank=True, help_text=_("Business, finance, technical …")
    )
    email = models.EmailField(_("e-mail"), blank=True)
    phone = EncryptedTextField(_("business phone"), null=True, blank=True)
    phone_masked = models.CharField(_("business phone"), max_length=20, blank=True, editable=False)

    objects = SupplierContactQuerySet.as_manager()
    history = history(secret=["phone"])

    class Meta:
        verbose_name = _("supplier's contact")
        verbose_name_plural = _("supplier's contacts")
        ordering = ("pk",)
        permissions = [("reveal_suppliercontact", _("Can see whole phone numbers of suppliers"))]

    def __str__(self) -> str:
        return self.name

    @property
    def tenant_id(self) -> int:
        """Whose it is: the audit log asks."""
        return self.supplier.tenant_id


class SupplierAccountQuerySet(OfSupplierQuerySet["SupplierAccount"]):
    pass


class SupplierAccount(RowKeyed):
    """A bank account of a supplier. The number goes in and comes out only on the record."""

    supplier = models.ForeignKey(
        Supplier, models.PROTECT, related_name="accounts", verbose_name=_("supplier")
    )
    holder = models.CharField(_("account holder"), max_length=200)
    bank = models.CharField(_("bank"), max_length=200)
    number = EncryptedTextField(_("account number"))
    number_masked = models.CharField(_("account number"), max_length=40, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = SupplierAccountQuerySet.as_manager()
    history = history(secret=["number"])

    class Meta:
        verbose_name = _("bank account of a supplier")
        verbose_name_plural = _("bank accounts of suppliers")
        ordering = ("supplier", "pk")
        permissions = [("reveal_account", _("Can see whole account numbers of suppliers"))]

    def __str__(self) -> str:
        return f"{self.bank} {self.number_masked}"

    @property
    def tenant_id(self) -> int:
        """Whose it is: the audit log asks."""
        return self.supplier.tenant_id
