from django.db import models
from django.utils.translation import gettext_lazy as _


class RuleVersion(models.Model):
    """A mark for the state of all shared rules below a root tenant. Every change of one writes a
    new mark in its own transaction, and every process drops the books it compiled under another.

    The mark is random, not counted: one that a rollback took back never comes again.
    """

    tenant = models.OneToOneField(
        "rbac.Tenant",
        models.CASCADE,
        related_name="rule_version",
        primary_key=True,
        verbose_name=_("tenant"),
    )
    mark = models.CharField(_("mark"), max_length=32)

    class Meta:
        verbose_name = _("state of the rules")
        verbose_name_plural = _("states of the rules")

    def __str__(self) -> str:
        return self.mark
