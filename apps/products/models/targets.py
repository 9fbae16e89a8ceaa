"""What a rule, a term or an authority is about: the one thing that its scope names, or all."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.products.models.catalogue import Category, Product, Sku, Vendor


class ProductTarget(models.Model):
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
    )
    vendor = models.ForeignKey(
        Vendor, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("vendor")
    )

    class Meta:
        abstract = True

    @property
    def target(self) -> Sku | Product | Category | Vendor | None:
        return self.product or self.category or self.vendor


class SkuTarget(ProductTarget):
    sku = models.ForeignKey(
        Sku, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("SKU")
    )

    class Meta:
        abstract = True

    @property
    def target(self) -> Sku | Product | Category | Vendor | None:
        return self.sku or super().target
