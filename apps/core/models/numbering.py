from django.db import models
from django.utils.translation import gettext_lazy as _


class NumberSeries(models.Model):
    """Where the numbers of one prefix and day start. Written once, before the first number."""

    prefix = models.CharField(_("prefix"), max_length=8)
    day = models.DateField(_("day"))
    base = models.BigIntegerField(_("ticket before the first"))

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        constraints = [models.UniqueConstraint(fields=["prefix", "day"], name="number_series_once")]

    def __str__(self) -> str:
        return f"{self.prefix}{self.day:%Y%m%d}"


class NumberTicket(models.Model):
    """One number drawn. The auto-increment id is all there is to it."""

    class Meta:
        verbose_name = _("number ticket")
        verbose_name_plural = _("number tickets")

    def __str__(self) -> str:
        return str(self.pk)
