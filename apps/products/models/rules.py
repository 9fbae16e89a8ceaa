"""What every kind of pricing rule has in common: the columns of pricing.Rule."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.money import MoneyField, RateField
from apps.products.enums import (
    AmountPer,
    CapUnit,
    ChangeType,
    DiscountScope,
    TierMeasure,
    TierMethod,
    TierPeriod,
)
from apps.products.models.rule_constraints import TARGETS, validate_steps, validate_texts
from apps.products.models.rule_rows import OWN_COLUMNS, RULE_COLUMNS, RuleRow, caps_of
from apps.products.models.targets import SkuTarget
from apps.products.models.visibility import in_effect
from apps.products.pricing import Caps, Change
from apps.rbac.scoping import ScopedQuerySet


class RuleQuerySet[M: models.Model](ScopedQuerySet[M]):
    def at(self, moment: datetime) -> Self:
        return self.filter(in_effect(moment))

    def with_targets(self) -> Self:
        """The targets' names with the rows: `as_row` asks for them."""
        return self.select_related(*TARGETS)

    def as_rows(self, *more: str) -> QuerySet[Any, tuple[Any, ...]]:
        """As `rule_row` reads them, in no order, with more columns after those of a rule."""
        return self.order_by().values_list(*RULE_COLUMNS, *more)


class PricingRule(SkuTarget):
    """How much what costs less, when, where, how often. Whom it is for, the subclass knows."""

    name = models.CharField(_("name"), max_length=100, help_text=_("Customers see it."))
    change = models.CharField(
        _("change"), max_length=16, choices=ChangeType, default=ChangeType.PERCENT
    )
    rate = RateField(
        _("rate"), null=True, blank=True, help_text=_("0.85 means: the customer pays 85 %.")
    )
    amount = MoneyField(_("amount"), null=True, blank=True)
    per = models.CharField(_("per"), max_length=8, choices=AmountPer, default=AmountPer.UNIT)
    unit_price = MoneyField(_("fixed price"), null=True, blank=True)
    keeps_earlier = models.BooleanField(
        _("earlier discounts stay"),
        default=False,
        help_text=_("Of a fixed price: what came before is taken off it, too."),
    )
    threshold = MoneyField(_("threshold"), null=True, blank=True)
    steps = models.JSONField(
        pgettext_lazy("pricing", "steps"), default=list, blank=True, validators=[validate_steps]
    )
    measure = models.CharField(
        _("measured by"), max_length=8, choices=TierMeasure, default=TierMeasure.QUANTITY
    )
    method = models.CharField(
        _("steps count"), max_length=8, choices=TierMethod, default=TierMethod.WHOLE
    )
    period = models.CharField(
        _("counted over"), max_length=8, choices=TierPeriod, default=TierPeriod.ORDER
    )
    repeats = models.BooleanField(_("repeats"), default=False)
    is_gift = models.BooleanField(_("as gift balance"), default=False)
    scope = models.CharField(
        _("scope"), max_length=16, choices=DiscountScope, default=DiscountScope.ALL
    )
    regions = models.JSONField(_("regions"), default=list, blank=True, validators=[validate_texts])
    billing_modes = models.JSONField(
        _("billing modes"), default=list, blank=True, validators=[validate_texts]
    )
    order_types = models.JSONField(
        _("order types"), default=list, blank=True, validators=[validate_texts]
    )
    projects = models.JSONField(
        _("projects"), default=list, blank=True, validators=[validate_texts]
    )
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    priority = models.SmallIntegerField(
        _("priority"), default=0, help_text=_("Higher goes first. It comes before all else.")
    )
    stack_group = models.SlugField(
        _("stack group"),
        max_length=32,
        blank=True,
        help_text=_("Of one group, one rule counts. Empty: the usual group of its kind."),
    )
    exclusive_group = models.SlugField(
        _("exclusive group"),
        max_length=32,
        blank=True,
        help_text=_("Rules of one exclusive group never count together, whatever their kind."),
    )
    min_margin = RateField(
        _("minimum margin"),
        null=True,
        blank=True,
        help_text=_("0.05 means: at least 5 % above the cost."),
    )
    cap_per_customer = models.PositiveIntegerField(_("cap per customer"), null=True, blank=True)
    cap_per_day = models.PositiveIntegerField(_("cap per day"), null=True, blank=True)
    cap_total = models.PositiveIntegerField(_("cap"), null=True, blank=True)
    cap_budget = MoneyField(_("budget"), null=True, blank=True)
    cap_counts = models.CharField(
        _("caps count"), max_length=8, choices=CapUnit, default=CapUnit.UNITS
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def as_row(self) -> RuleRow:
        """The columns, as a query without objects reads them."""
        target = self.target
        named = (target.pk, target.name) if target else (None, "")
        return RuleRow(*(getattr(self, column) for column in OWN_COLUMNS), *named)

    def as_change(self) -> Change:
        """:raises ValueError: if the steps make no sense"""
        return self.as_row().as_change()

    def as_caps(self) -> Caps:
        return caps_of(self)
