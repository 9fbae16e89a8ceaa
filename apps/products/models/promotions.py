from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.core.models import history
from apps.core.money import MoneyField
from apps.customers.enums import CustomerTier
from apps.customers.models import Customer, CustomerTag
from apps.customers.models.fields import ChoiceSetField, marked
from apps.products.campaigns import CAMPAIGN_FLOW, CampaignStatus, PromotionKind
from apps.products.models.rule_constraints import rule_constraints
from apps.products.models.rules import PricingRule, RuleQuerySet
from apps.products.models.visibility import lineage
from apps.rbac.enums import UserKind
from apps.rbac.models import Tenant, User
from apps.rbac.scoping import ScopedQuerySet


class CampaignQuerySet(ScopedQuerySet["Campaign"]):
    customer_path = None
    owner_path = None

    def over(self, now: datetime) -> Self:
        """Running or paused, but the last day has passed."""
        alive = (CampaignStatus.RUNNING, CampaignStatus.PAUSED)
        return self.filter(status__in=alive, ends_at__lte=now)


class Campaign(models.Model):
    """What is offered for a time, as customers see it; its promotions are the rules."""

    number = models.CharField(_("number"), max_length=32, unique=True)
    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, related_name="campaigns", verbose_name=_("tenant")
    )
    name = models.CharField(_("name"), max_length=100, help_text=_("Customers see it."))
    name_en = models.CharField(_("name in English"), max_length=100, blank=True)
    banner = models.CharField(
        _("banner"), max_length=200, blank=True, help_text=_("One sentence above the promotion.")
    )
    banner_en = models.CharField(_("banner in English"), max_length=200, blank=True)
    starts_at = models.DateTimeField(_("starts at"), help_text=_("To the second, Beijing time."))
    ends_at = models.DateTimeField(
        _("ends at"),
        null=True,
        blank=True,
        help_text=_("From this second on the price is gone. Empty: until somebody ends it."),
    )
    budget = MoneyField(
        _("budget"),
        null=True,
        blank=True,
        help_text=_("What all its promotions may give away together. Empty: without limit."),
    )
    status = models.CharField(
        _("status"), max_length=16, choices=CampaignStatus, default=CampaignStatus.DRAFT
    )
    created_by = models.ForeignKey(
        "rbac.User", models.PROTECT, null=True, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made at"))
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = CampaignQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ("-pk",)
        permissions = [
            ("submit_campaign", _("Can ask for campaigns to go live")),
            ("stop_campaign", _("Can pause and end campaigns")),
        ]
        constraints = [
            *CAMPAIGN_FLOW.constraints(
                stamps={
                    CampaignStatus.RUNNING: "approved_at",
                    CampaignStatus.PAUSED: "paused_at",
                    CampaignStatus.ENDED: "ended_at",
                }
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="campaign_period_not_empty",
                violation_error_message=_("The period must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(budget__isnull=True) | Q(budget__gt=0),
                name="campaign_budget_is_something",
                violation_error_message=_("A budget is more than nothing."),
            ),
        ]
        indexes = [models.Index(fields=["tenant", "status"], name="campaign_live")]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        return in_language(self.name, self.name_en)

    @property
    def shown_banner(self) -> str:
        return in_language(self.banner, self.banner_en)


class PromotionQuerySet(RuleQuerySet["Promotion"]):
    tenant_path = "campaign__tenant"
    owner_path = None

    def visible_to(self, user: User) -> Self:
        """Staff: those of their tenants. Portal users: what is offered to their companies."""
        visible = super().visible_to(user)
        return visible if user.kind != UserKind.PORTAL else visible.live()

    def _of_member(self, user: User) -> Self:
        rows = self.filter(campaign__tenant__path__in=lineage(user.tenant))
        mine = Q(pk__in=[])
        for customer in Customer.objects.filter(memberships__user=user).select_related("tenant"):
            mine |= for_customer(customer)
        return rows.filter(mine)

    def live(self) -> Self:
        return self.filter(campaign__status=CampaignStatus.RUNNING)


class Promotion(PricingRule):
    """One rule of a campaign: who gets what for less, and how much of it there is.

    Its window, like its name in quotes, is the campaign's unless it has its own.
    """

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, related_name="promotions", verbose_name=_("campaign")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=PromotionKind)
    name_en = models.CharField(_("name in English"), max_length=100, blank=True)
    tags = models.ManyToManyField(
        CustomerTag, blank=True, related_name="+", verbose_name=_("customers with the tags")
    )
    tiers = ChoiceSetField(
        _("customers of the tiers"), max_length=100, blank=True, choices=CustomerTier
    )
    customers = models.ManyToManyField(
        Customer, blank=True, related_name="+", verbose_name=_("these customers")
    )
    distributors = models.ManyToManyField(
        Tenant, blank=True, related_name="+", verbose_name=_("customers of the distributors")
    )
    example_sku = models.ForeignKey(
        "products.Sku",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("example"),
        help_text=_("The decision shows its margin before and after. Empty: the thinnest one."),
    )
    may_break_floor = models.BooleanField(
        _("may go below the cost"),
        default=False,
        help_text=_("Otherwise the price stops at the cost and the margin that is asked for."),
    )

    objects = PromotionQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")
        ordering = ("campaign", "pk")
        constraints = [
            *rule_constraints("promotion"),
            models.CheckConstraint(
                condition=Q(kind__in=PromotionKind.values), name="promotion_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def tenant_id(self) -> int:
        """Whose it is: the audit log asks."""
        return self.campaign.tenant_id

    @property
    def rule_key(self) -> str:
        return f"promotion:{self.pk}"

    @property
    def shown_name(self) -> str:
        return in_language(self.name, self.name_en)


def in_language(chinese: str, english: str) -> str:
    is_english = (get_language() or "").startswith("en")
    return english if is_english and english else chinese


def for_customer(customer: Customer) -> Q:
    """Promotions whose audience holds the customer: all empty is everybody, else any match."""
    chosen = {
        name: getattr(Promotion, name).through.objects.filter(promotion=OuterRef("pk"))
        for name in ("tags", "customers", "distributors")
    }
    nobody_chosen = Q(*(~Exists(rows) for rows in chosen.values()), tiers="")
    above = Tenant.objects.filter(path__in=lineage(customer.tenant))
    return (
        nobody_chosen
        | Q(tiers__contains=marked(customer.tier))
        | Q(Exists(chosen["customers"].filter(customer=customer)))
        | Q(Exists(chosen["distributors"].filter(tenant__in=above)))
        | Q(Exists(chosen["tags"].filter(customertag__in=customer.tags.all())))
    )
