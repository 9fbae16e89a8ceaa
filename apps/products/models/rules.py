"""What every kind of pricing rule has in common: the columns of pricing.Rule."""

from datetime import datetime
from decimal import Decimal
from typing import Self

from django.db import models
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
from apps.products.models.catalogue import Category, Product, Sku, Vendor
from apps.products.models.rule_constraints import TARGETS, validate_steps, validate_texts
from apps.products.models.visibility import in_effect
from apps.products.pricing import (
    EVERYBODY,
    AmountOff,
    Audience,
    Caps,
    Change,
    Counts,
    FaceValue,
    FixedPrice,
    Kind,
    Measure,
    Method,
    Per,
    Percent,
    Rule,
    Scope,
    SpendAndSave,
    Tiers,
    TierStep,
    TierWindow,
    Where,
    Window,
)
from apps.rbac.scoping import ScopedQuerySet

ZERO = Decimal(0)


class RuleQuerySet[M: models.Model](ScopedQuerySet[M]):
    def at(self, moment: datetime) -> Self:
        return self.filter(in_effect(moment))

    def with_targets(self) -> Self:
        """The targets' names with the rows: `as_rule` asks for them."""
        return self.select_related(*TARGETS)


class PricingRule(models.Model):
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
    sku = models.ForeignKey(
        Sku, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("SKU")
    )
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

    @property
    def target(self) -> Sku | Product | Category | Vendor | None:
        found: Sku | Product | Category | Vendor | None
        found = self.sku or self.product or self.category or self.vendor
        return found

    def as_rule(
        self,
        *,
        key_prefix: str,
        kind: Kind,
        audience: Audience = EVERYBODY,
        may_break_floor: bool = False,
    ) -> Rule:
        """The row as the engine reads it, under the key "<prefix>:<pk>".

        :raises ValueError: if the steps make no sense
        """
        target = self.target
        return Rule(
            key=f"{key_prefix}:{self.pk}",
            name=self.name,
            change=self.as_change(),
            scope=Scope(self.scope),
            target=target.pk if target else None,
            target_name=target.name if target else "",
            window=Window(self.valid_from, self.valid_until),
            kind=kind,
            where=Where(
                regions=frozenset(self.regions),
                billing_modes=frozenset(self.billing_modes),
                order_types=frozenset(self.order_types),
                projects=frozenset(self.projects),
            ),
            audience=audience,
            priority=self.priority,
            stack_group=self.stack_group,
            exclusive_group=self.exclusive_group,
            caps=self.as_caps(),
            min_margin=self.min_margin,
            may_break_floor=may_break_floor,
        )

    def as_change(self) -> Change:
        """:raises ValueError: if the steps make no sense"""
        match self.change:
            case ChangeType.PERCENT:
                return Percent(_filled(self.rate))
            case ChangeType.AMOUNT_OFF:
                return AmountOff(_filled(self.amount), Per(self.per))
            case ChangeType.FIXED_PRICE:
                return FixedPrice(_filled(self.unit_price), self.keeps_earlier)
            case ChangeType.TIERS:
                return Tiers(
                    steps=tuple(_tier(step) for step in self.steps),
                    measure=Measure(self.measure),
                    method=Method(self.method),
                    window=TierWindow(self.period),
                )
            case ChangeType.SPEND_AND_SAVE:
                steps = tuple((Decimal(step["from"]), Decimal(step["off"])) for step in self.steps)
                return SpendAndSave(steps, repeats=self.repeats, gift=self.is_gift)
            case _:
                return FaceValue(_filled(self.amount), self.threshold or ZERO)

    def as_caps(self) -> Caps:
        return Caps(
            per_customer=self.cap_per_customer,
            per_day=self.cap_per_day,
            total=self.cap_total,
            budget=self.cap_budget,
            counts=Counts(self.cap_counts),
        )


def _tier(step: dict[str, str]) -> TierStep:
    change = (
        Percent(Decimal(step["rate"]))
        if "rate" in step
        else FixedPrice(Decimal(step["unit_price"]))
    )
    return Decimal(step["from"]), change


def _filled(amount: Decimal | None) -> Decimal:
    if amount is None:
        raise ValueError("The rule does not say how much it changes the price.")
    return amount
