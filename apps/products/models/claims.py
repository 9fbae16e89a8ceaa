from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import ExactCharField
from apps.core.money import MoneyField
from apps.rbac.scoping import ScopedQuerySet

WHOLE = ""  # the counter of all uses of a rule


class RuleCounter(models.Model):
    """How much of a rule is taken: in all, on one day, by one customer.

    A projection of the claims that are not released, kept so that a cap is one conditional UPDATE.
    """

    rule_key = ExactCharField(_("rule"), max_length=64)
    scope = ExactCharField(_("counted for"), max_length=40, blank=True)
    taken = models.PositiveIntegerField(_("taken"), default=0)  # units or orders, as the rule says
    amount = MoneyField(_("given away"), default=0)

    class Meta:
        verbose_name = _("counter of a rule")
        verbose_name_plural = _("counters of rules")
        constraints = [
            models.UniqueConstraint(fields=["rule_key", "scope"], name="rulecounter_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="rulecounter_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_key} {self.scope}"


class RuleClaimQuerySet(ScopedQuerySet["RuleClaim"]):
    tenant_path = "customer__tenant"


class RuleClaim(models.Model):
    """What one paid order took of a limited or promotional rule."""

    key = ExactCharField(_("key"), max_length=64)
    rule_key = ExactCharField(_("rule"), max_length=64)
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    quote = models.ForeignKey(
        "products.Quote", models.PROTECT, related_name="claims", verbose_name=_("quote")
    )
    day = models.DateField(_("day"))
    units = models.PositiveIntegerField(_("units"))
    orders = models.PositiveIntegerField(pgettext_lazy("pricing", "orders"), default=1)
    amount = MoneyField(_("given away"))
    is_counted = models.BooleanField(_("counted against caps"))
    claimed_at = models.DateTimeField(_("claimed at"))
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)

    objects = RuleClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("use of a rule")
        verbose_name_plural = _("uses of rules")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(fields=["key", "rule_key"], name="ruleclaim_once"),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True) | Q(released_at__gte=F("claimed_at")),
                name="ruleclaim_released_after_claimed",
            ),
        ]
        indexes = [
            models.Index(fields=["rule_key", "day"], name="ruleclaim_of_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_key} · {self.key}"
