"""What a SKU consisted of before: each change of its specification is a version."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.products.models.catalogue import Sku
from apps.products.models.visibility import CatalogueQuerySet


class SkuVersionQuerySet(CatalogueQuerySet["SkuVersion"]):
    product_path = "sku__product"
    is_shown_in_portal = False


class SkuVersion(models.Model):
    """Who made version n of a specification, when, why, and what it was before."""

    sku = models.ForeignKey(Sku, models.PROTECT, related_name="versions", verbose_name=_("SKU"))
    number = models.PositiveIntegerField(_("version"))
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    changed_by = models.ForeignKey(
        "rbac.User", models.PROTECT, null=True, related_name="+", verbose_name=_("changed by")
    )
    changed_at = models.DateTimeField(_("changed at"))

    objects = SkuVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a specification")
        verbose_name_plural = _("versions of specifications")
        ordering = ("sku", "-number")
        constraints = [
            models.UniqueConstraint(fields=["sku", "number"], name="skuversion_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.sku} v{self.number}"
