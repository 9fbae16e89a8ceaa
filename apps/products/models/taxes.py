"""Tax classification (税收分类编码) and the rates that were, are and will be in effect."""

from datetime import datetime

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from apps.core.models import history
from apps.core.money import RateField
from apps.products.models.visibility import SharedQuerySet


class TaxClassQuerySet(SharedQuerySet["TaxClass"]):
    pass


class TaxClass(models.Model):
    """What invoices call a thing, by the 19 digits of the State Taxation Administration."""

    code = models.CharField(
        _("tax classification code"),
        max_length=19,
        unique=True,
        validators=[RegexValidator(r"^\d{19}$", _("19 digits."))],
    )
    name = models.CharField(_("name"), max_length=100)
    short_name = models.CharField(
        _("short name"), max_length=50, help_text=_("Stands between asterisks on invoices.")
    )

    objects = TaxClassQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("tax class")
        verbose_name_plural = _("tax classes")
        ordering = ("code",)

    def __str__(self) -> str:
        return f"*{self.short_name}* {self.code}"


class TaxRateQuerySet(SharedQuerySet["TaxRate"]):
    def of_class_at(self, tax_class: OuterRef, at: datetime) -> Subquery:
        """The rate of the class in a column of an outer row at a moment, as an expression."""
        begun = self.filter(tax_class=tax_class, valid_from__lte=at).order_by("-valid_from")
        return Subquery(begun.values("rate")[:1])


class TaxRate(models.Model):
    """The rate of a class from a moment on, until the next one begins."""

    tax_class = models.ForeignKey(
        TaxClass, models.PROTECT, related_name="rates", verbose_name=_("tax class")
    )
    rate = RateField(_("tax rate"))
    valid_from = models.DateTimeField(_("valid from"))

    objects = TaxRateQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        ordering = ("tax_class", "-valid_from")
        constraints = [
            models.UniqueConstraint(fields=["tax_class", "valid_from"], name="taxrate_start_once"),
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lt=1), name="taxrate_is_a_rate"),
        ]

    def __str__(self) -> str:
        return f"{(self.rate * 100).normalize():f} %"
