"""Price lists of distributors: what their customers see as the list price."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import history
from apps.core.money import RateField
from apps.products.agreement_enums import PRICE_LIST_FLOW, PriceListStatus
from apps.products.models.rule_constraints import rule_constraints
from apps.products.models.rule_rows import RuleRow
from apps.products.models.rules import PricingRule, RuleQuerySet
from apps.products.pricing import Audience, Kind, Rule
from apps.rbac.scoping import ScopedQuerySet


class PriceListQuerySet(ScopedQuerySet["PriceList"]):
    customer_path = None
    owner_path = None


class PriceList(models.Model):
    """The list of one level of the chain. All shares are of the catalogue's list price.

    `lowest` and `highest` are how far the level allows those below it to go.
    """

    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, related_name="price_lists", verbose_name=_("tenant")
    )
    name = models.CharField(_("name"), max_length=100, help_text=_("Customers see it."))
    status = models.CharField(
        _("status"), max_length=16, choices=PriceListStatus, default=PriceListStatus.DRAFT
    )
    lowest = RateField(
        _("lowest for levels below"),
        null=True,
        blank=True,
        help_text=_("0.7 means: lists below this level do not go under 70 % of the list price."),
    )
    highest = RateField(_("highest for levels below"), null=True, blank=True)
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = PriceListQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("price list")
        verbose_name_plural = _("price lists")
        ordering = ("tenant", "-pk")
        permissions = [("publish_pricelist", _("Can publish and withdraw price lists"))]
        constraints = [
            *PRICE_LIST_FLOW.constraints(
                stamps={
                    PriceListStatus.PUBLISHED: "published_at",
                    PriceListStatus.WITHDRAWN: "withdrawn_at",
                }
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="pricelist_period_not_empty",
                violation_error_message=_("The period must end after it starts."),
            ),
            models.CheckConstraint(
                condition=(Q(lowest__isnull=True) | Q(lowest__gte=0, lowest__lte=1))
                & (Q(highest__isnull=True) | Q(highest__gte=0, highest__lte=1))
                & (Q(lowest__isnull=True) | Q(highest__isnull=True) | Q(highest__gte=F("lowest"))),
                name="pricelist_range_makes_sense",
                violation_error_message=_("The range lies between 0 and 1, lowest first."),
            ),
        ]
        indexes = [models.Index(fields=["tenant", "status"], name="pricelist_of_tenant")]

    def __str__(self) -> str:
        return self.name


class PriceListPriceQuerySet(RuleQuerySet["PriceListPrice"]):
    tenant_path = "price_list__tenant"
    customer_path = None
    owner_path = None


class PriceListPrice(PricingRule):
    price_list = models.ForeignKey(
        PriceList, models.CASCADE, related_name="prices", verbose_name=_("price list")
    )

    objects = PriceListPriceQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("price of a list")
        verbose_name_plural = _("prices of a list")
        ordering = ("price_list", "pk")
        constraints = rule_constraints("pricelistprice")

    def to_rule(self) -> Rule:
        tenant = self.price_list.tenant
        return listed_rule(self.as_row(), tenant.pk, tenant.depth)


def listed_rule(row: RuleRow, tenant_id: int, depth: int) -> Rule:
    """For the customers of the level and of those below it; the nearest level goes first."""
    return row._replace(priority=depth).as_rule(
        key_prefix="price-list",
        kind=Kind.PRICE_LIST,
        audience=Audience(tenants=frozenset({tenant_id})),
    )
