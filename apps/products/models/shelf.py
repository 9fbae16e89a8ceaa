"""The catalogue as it is searched: a narrow copy that services write and nobody edits.

Whether somebody may see a product is never copied: every search asks the product itself.
"""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _

from apps.core.money import MoneyField
from apps.products.models.catalogue import Product


class ExactTextField(models.TextField):  # type: ignore[type-arg]  # Django's fields take no []
    """Text that is compared byte by byte: a search of Chinese words costs no collation."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        parameters: dict[str, Any] = dict(super().db_parameters(connection))
        if connection.vendor == "mysql":
            parameters["collation"] = "utf8mb4_nopad_bin"
        return parameters


class ShelfEntry(models.Model):
    """All words by which a product is found, in one text without blanks and capitals."""

    product = models.OneToOneField(
        Product, models.CASCADE, primary_key=True, related_name="shelf", verbose_name=_("product")
    )
    text = ExactTextField(_("text"))
    # When a price of its SKUs begins or ends next: then the offers' prices are to be read again.
    priced_until = models.DateTimeField(null=True, db_index=True)

    class Meta:
        verbose_name = _("shelf entry")
        verbose_name_plural = _("shelf entries")

    def __str__(self) -> str:
        return str(self.product_id)


class ShelfOffer(models.Model):
    """One way in which a product is offered: SKUs that no facet tells apart are one row."""

    product = models.ForeignKey(
        Product, models.CASCADE, related_name="offers", verbose_name=_("product")
    )
    region = models.CharField(_("region"), max_length=32, blank=True)
    billing_mode = models.CharField(_("billing mode"), max_length=16)
    compute_kind = models.CharField(_("kind of computing"), max_length=32, blank=True)
    gpu_model = models.CharField(_("GPU model"), max_length=100, blank=True)
    price_from = MoneyField(_("price from"), null=True)

    class Meta:
        verbose_name = _("shelf offer")
        verbose_name_plural = _("shelf offers")
        indexes = [models.Index(fields=["product", "price_from"], name="shelfoffer_of_product")]

    def __str__(self) -> str:
        return f"{self.product_id} {self.region} {self.billing_mode}"


class ShelfSweep(models.Model):
    """Up to when the history of the catalogue has been carried onto the shelf: one row."""

    swept_until = models.DateTimeField()

    class Meta:
        verbose_name = _("sweep of the shelf")
        verbose_name_plural = _("sweeps of the shelf")

    def __str__(self) -> str:
        return f"{self.swept_until:%F %T}"
