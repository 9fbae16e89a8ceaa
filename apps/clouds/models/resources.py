from datetime import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.clouds.enums import RESOURCE_FLOW, ResourceStatus
from apps.clouds.models.accounts import CloudAccount
from apps.core.models import ExactCharField, history
from apps.products.enums import BillingMode
from apps.products.models import CloudRegion
from apps.products.models.regions import InRegion
from apps.rbac.scoping import ScopedQuerySet


class ResourceQuerySet(ScopedQuerySet["Resource"]):
    def alive(self) -> Self:
        """Those that the cloud still has, or is making."""
        return self.exclude(status__in=[ResourceStatus.RELEASED, ResourceStatus.FAILED])

    def overdue(self, now: datetime) -> Self:
        """Those whose paid time is over."""
        paid = [ResourceStatus.RUNNING, ResourceStatus.STOPPED]
        return self.filter(status__in=paid, expires_at__lte=now)

    def drifting(self) -> Self:
        """The drift queue: ours by the books, and unknown to their clouds."""
        return self.alive().filter(missing_since__isnull=False)

    def with_product(self) -> Self:
        """What every list and page of resources shows, in one query."""
        rows = self.select_related("customer", "account__vendor", "sku__product")
        return rows.annotate(region_name=CloudRegion.objects.name_of("region"))


class Resource(InRegion, models.Model):
    """One thing that a customer has at a cloud."""

    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, related_name="resources", verbose_name=_("tenant")
    )
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        related_name="resources",
        verbose_name=_("customer"),
    )
    account = models.ForeignKey(
        CloudAccount, models.PROTECT, related_name="resources", verbose_name=_("cloud account")
    )
    sku = models.ForeignKey(
        "products.Sku", models.PROTECT, related_name="resources", verbose_name=_("SKU")
    )
    # Ours, made before the cloud is asked: whatever happens, the resource is found by it.
    token = ExactCharField(_("client token"), max_length=64, unique=True)
    vendor_id = ExactCharField(_("cloud's id"), max_length=128, null=True, blank=True)
    name = models.CharField(_("name"), max_length=200)
    status = models.CharField(
        _("status"), max_length=16, choices=ResourceStatus, default=ResourceStatus.PENDING
    )
    region = models.CharField(_("region"), max_length=32, blank=True)
    specification = models.JSONField(_("specification"), default=dict, blank=True)
    billing_mode = models.CharField(_("billing mode"), max_length=16, choices=BillingMode)
    periods = models.PositiveSmallIntegerField(_("periods"), default=1)
    public_ip = models.GenericIPAddressField(_("public IP address"), null=True, blank=True)
    private_ip = models.GenericIPAddressField(_("private IP address"), null=True, blank=True)
    problem = models.CharField(_("problem"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), db_index=True)
    activated_at = models.DateTimeField(_("activated at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True, db_index=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True)
    expired_at = models.DateTimeField(_("expired at"), null=True, blank=True)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    failed_at = models.DateTimeField(_("failed at"), null=True, blank=True)
    synced_at = models.DateTimeField(_("seen at the cloud at"), null=True, blank=True)
    # Drift: its cloud does not know it. A person says whether it is gone, never the sync.
    missing_since = models.DateTimeField(_("missing at the cloud since"), null=True, blank=True)
    history = history(secret=["synced_at", "missing_since"])

    objects = ResourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("cloud resource")
        verbose_name_plural = _("cloud resources")
        ordering = ("-pk",)
        permissions = [
            ("sync_resource", "Can ask the cloud for the state of resources"),
            ("request_release", "Can ask for the release of resources"),
            ("confirm_release", "Can confirm that missing resources are released"),
        ]
        constraints = [
            *RESOURCE_FLOW.constraints(
                stamps={
                    ResourceStatus.RUNNING: "activated_at",
                    ResourceStatus.STOPPED: "stopped_at",
                    ResourceStatus.EXPIRED: "expired_at",
                    ResourceStatus.RELEASED: "released_at",
                    ResourceStatus.FAILED: "failed_at",
                }
            ),
            models.UniqueConstraint(fields=["account", "vendor_id"], name="resource_at_cloud_once"),
        ]
        indexes = [
            models.Index(fields=["customer", "status"], name="resource_of_customer"),
            models.Index(fields=["status", "expires_at"], name="resource_expiry"),
            models.Index(fields=["missing_since"], name="resource_missing"),
        ]

    def __str__(self) -> str:
        return self.name
