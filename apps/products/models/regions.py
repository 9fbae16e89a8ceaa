"""Regions and zones as data. SKUs and resources keep the code, which the vendors speak as well.

A row names a region anew, adds one, or takes one out of use; enums.Region needs no rows.
"""

from django.db import models
from django.db.models import OuterRef, Subquery
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.core.models import history
from apps.products.enums import Region
from apps.products.models.visibility import SharedQuerySet


class CloudRegionQuerySet(SharedQuerySet["CloudRegion"]):
    def names(self) -> dict[str, str]:
        """Code to name in the active language, of rows in use and of what the program knows
        without a row: one query."""
        rows = self.order_by("position", "code")
        found = list(rows.values_list("code", _name_column(), "is_active"))
        told = {code: name for code, name, is_active in found if is_active}
        retired = {code for code, _name, is_active in found if not is_active}
        known = {choice.value: str(choice.label) for choice in Region}
        return {code: name for code, name in (known | told).items() if code not in retired}

    def name_of(self, code: str) -> Subquery:
        """The name of the region whose code stands in the column `code` of an outer row."""
        return Subquery(self.filter(code=OuterRef(code)).values(_name_column())[:1])


class CloudRegion(models.Model):
    """Where clouds and computing centres stand."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects = CloudRegionQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ("position", "code")

    def __str__(self) -> str:
        return self.name


class ZoneQuerySet(SharedQuerySet["Zone"]):
    pass


class Zone(models.Model):
    """A part of a region that fails by itself, as one vendor names it."""

    region = models.ForeignKey(
        CloudRegion, models.PROTECT, related_name="zones", verbose_name=_("region")
    )
    vendor = models.ForeignKey(
        "products.Vendor", models.PROTECT, related_name="zones", verbose_name=_("vendor")
    )
    code = models.SlugField(_("code"), max_length=50)
    name = models.CharField(_("name"), max_length=100)
    is_active = models.BooleanField(_("active"), default=True)

    objects = ZoneQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("zone")
        verbose_name_plural = _("zones")
        ordering = ("region", "vendor", "code")
        constraints = [models.UniqueConstraint(fields=["vendor", "code"], name="zone_code_once")]

    def __str__(self) -> str:
        return self.name


class InRegion:
    """Rows with the code of a region in `region`."""

    region: str
    region_name: str | None  # from a queryset that asked CloudRegion.objects.name_of

    def get_region_display(self) -> str:
        """The region's name as its row says, else as the program knows the code, else the code."""
        told = self.__dict__.get("region_name")
        known = {choice.value: choice.label for choice in Region}
        return str(told or known.get(self.region, self.region))


def _name_column() -> str:
    return "name" if (get_language() or "").startswith("zh") else "name_en"
