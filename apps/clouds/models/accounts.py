from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.clouds.enums import Driver
from apps.clouds.models.scoping import StaffQuerySet
from apps.core.encryption import EncryptedTextField, RowKeyed, last4
from apps.core.models import ExactCharField, history


class CloudAccountQuerySet(StaffQuerySet["CloudAccount"]):
    def serving(self, tenant_path: str) -> "CloudAccountQuerySet":
        """Active accounts of the tenant at this tree path and of those above, the nearest first."""
        step = 4  # treebeard's steplen
        paths = [tenant_path[:end] for end in range(step, len(tenant_path) + 1, step)]
        nearest = self.filter(is_active=True, tenant__path__in=paths)
        return nearest.order_by("-tenant__depth", "pk")


class CloudAccount(RowKeyed):
    """Our own account at a cloud. Its secret is encrypted and never shown again."""

    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, related_name="cloud_accounts", verbose_name=_("tenant")
    )
    vendor = models.ForeignKey(
        "products.Vendor", models.PROTECT, related_name="cloud_accounts", verbose_name=_("vendor")
    )
    driver = models.CharField(_("driver"), max_length=16, choices=Driver, default=Driver.SANDBOX)
    name = models.CharField(_("name"), max_length=100)
    access_key_id = ExactCharField(_("access key id"), max_length=128)
    secret = EncryptedTextField(_("access key secret"))
    endpoint = models.URLField(
        _("address"), blank=True, help_text=_("Empty means the cloud's usual one.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    tested_at = models.DateTimeField(_("tested at"), null=True, blank=True)
    test_problem = models.CharField(_("problem"), max_length=200, blank=True)
    synced_at = models.DateTimeField(_("synchronized at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    history = history(secret=["secret", "tested_at", "test_problem", "synced_at"])

    objects = CloudAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("cloud account")
        verbose_name_plural = _("cloud accounts")
        ordering = ("vendor", "pk")
        permissions = [
            ("test_cloudaccount", "Can test the connection of cloud accounts"),
            ("sync_prices", "Can fetch the price lists of clouds"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "vendor", "access_key_id"], name="cloudaccount_key_once"
            ),
            models.CheckConstraint(
                condition=Q(driver__in=Driver.values), name="cloudaccount_driver_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def secret_tail(self) -> str:
        """Enough to tell two secrets apart: ****cdef."""
        return last4(self.secret)
