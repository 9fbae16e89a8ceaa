"""Add-ons: what is offered with a product: hardening (安全加固), managed operations (运维托管)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import history
from apps.products.models.catalogue import Product, Sku
from apps.products.models.visibility import CatalogueQuerySet


class AddOnQuerySet(CatalogueQuerySet["AddOn"]):
    product_path = "product"


class AddOn(models.Model):
    """A SKU that is offered with a product; it is bought as a line of its own."""

    product = models.ForeignKey(
        Product, models.CASCADE, related_name="add_ons", verbose_name=_("product")
    )
    sku = models.ForeignKey(
        Sku, models.PROTECT, related_name="offered_with", verbose_name=_("add-on")
    )
    is_default = models.BooleanField(
        _("chosen at first"), default=False, help_text=_("Customers can take it out.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = AddOnQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("add-on")
        verbose_name_plural = _("add-ons")
        ordering = ("position", "pk")
        constraints = [models.UniqueConstraint(fields=["product", "sku"], name="addon_once")]

    def __str__(self) -> str:
        return str(self.sku)
