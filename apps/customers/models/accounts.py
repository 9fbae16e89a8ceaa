from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import history
from apps.customers.enums import VERIFICATION_FLOW, CustomerTier, VerificationStatus
from apps.rbac.models import Tenant, User
from apps.rbac.scoping import ScopedQuerySet


class CustomerTagQuerySet(ScopedQuerySet["CustomerTag"]):
    customer_path = None
    owner_path = None

    def for_customer(self, customer: "Customer") -> Self:
        """What can be put on a customer: the tags of his tenant and of the tenants above it."""
        path, step = customer.tenant.path, customer.tenant.steplen
        above = [path[:end] for end in range(step, len(path) + 1, step)]
        return self.filter(tenant__path__in=above)


class CustomerTag(models.Model):
    """A word by which a tenant groups its customers: prices and visibility may ask for it."""

    tenant = models.ForeignKey(
        Tenant, models.PROTECT, related_name="customer_tags", verbose_name=_("tenant")
    )
    name = models.CharField(_("name"), max_length=50)
    history = history()

    objects = CustomerTagQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer tag")
        verbose_name_plural = _("customer tags")
        ordering = ("name", "pk")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="customertag_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class CustomerQuerySet(ScopedQuerySet["Customer"]):
    customer_path = ""
    owner_path = "owner"

    def acted_for_by(self, user: User) -> "Customer | None":
        """The customer that a portal user acts for; the primary one when there are several."""
        return (
            self.filter(memberships__user=user)
            .select_related("tenant")
            .order_by("-memberships__is_primary", "memberships__pk")
            .first()
        )


class Customer(models.Model):
    """A company, or a person, that a tenant sells to."""

    number = models.CharField(_("number"), max_length=32, unique=True)
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, related_name="customers", verbose_name=_("tenant")
    )
    name = models.CharField(_("name"), max_length=200, db_index=True)
    uscc = models.CharField(  # noqa: DJ001  unique, so missing is NULL
        _("unified social credit code"), max_length=18, null=True, blank=True
    )
    industry = models.CharField(_("industry"), max_length=50, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name=_("owner"),
    )
    verification = models.CharField(
        _("real-name verification"),
        max_length=16,
        choices=VerificationStatus,
        default=VerificationStatus.UNVERIFIED,
    )
    verified_at = models.DateTimeField(
        pgettext_lazy("customers", "verified at"), null=True, blank=True
    )
    tier = models.CharField(
        _("customer tier"),
        max_length=16,
        choices=CustomerTier,
        default=CustomerTier.STANDARD,
        db_default=CustomerTier.STANDARD,
    )
    tags = models.ManyToManyField(
        CustomerTag, related_name="customers", blank=True, verbose_name=_("customer tags")
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), db_index=True)
    history = history()

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ("-pk",)
        permissions = [
            ("verify_customer", "Can review real-name applications"),
            ("classify_customer", "Can set customers' tiers and tags"),
            ("submit_verification", "Can apply for real-name verification"),
        ]
        constraints = [
            *VERIFICATION_FLOW.constraints(stamps={VerificationStatus.VERIFIED: "verified_at"}),
            models.UniqueConstraint(fields=["tenant", "uscc"], name="customer_uscc_once"),
            models.CheckConstraint(
                condition=models.Q(tier__in=CustomerTier.values), name="customer_tier_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(ScopedQuerySet["Membership"]):
    tenant_path = "customer__tenant"


class Membership(models.Model):
    """A portal user acts for a customer."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    is_primary = models.BooleanField(_("primary account"), default=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    history = history()

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("portal account")
        verbose_name_plural = _("portal accounts")
        constraints = [models.UniqueConstraint(fields=["customer", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.customer}"
