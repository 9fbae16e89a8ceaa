"""Promotions for the engine, for the counters, and for those to whom they are offered."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.utils import timezone

from apps.core.prepared import Prepared
from apps.customers.models import Customer
from apps.products.campaigns import CampaignStatus, PromotionKind
from apps.products.models import Campaign, Promotion, RuleClaim
from apps.products.models.claims import WHOLE, RuleCounter
from apps.products.models.promotions import PromotionQuerySet
from apps.products.models.rule_rows import RuleRow, rule_row
from apps.products.pricing import EVERYBODY, Audience, Caps, Kind, Rule
from apps.products.selectors.limits import Limit, used_for
from apps.products.selectors.rulebook import is_first_order
from apps.products.selectors.vouchers import PREPAID

CHART_DAYS = 30
ZERO = Decimal("0.00")
# Nobody new gets it, but what was ordered before keeps its price as long as it can be paid.
OPEN = (CampaignStatus.RUNNING, CampaignStatus.ENDED)
CHOSEN = {"tags": "customertag_id", "customers": "customer_id", "distributors": "tenant_id"}
_live = Prepared(
    lambda tenants: (
        Promotion.objects.live()
        .filter(campaign__tenant__pk__in=tenants)
        .as_rows("kind", "may_break_floor", "tiers", "campaign_id", "campaign__budget")
    )
)


@dataclass(frozen=True)
class Usage:
    """What a promotion has given away so far."""

    orders: int
    units: int
    amount: Decimal
    budget: Decimal | None
    total: int | None
    taken: int

    @property
    def budget_left(self) -> Decimal | None:
        return None if self.budget is None else max(Decimal(0), self.budget - self.amount)

    @property
    def left(self) -> int | None:
        return None if self.total is None else max(0, self.total - self.taken)


@dataclass(frozen=True)
class Day:
    """One bar of the chart."""

    label: str
    amount: Decimal
    orders: int


def promotion_rules(tenants: Sequence[int]) -> Iterator[Rule]:
    """What is live in these tenants, also if it starts later: the engine watches the clock."""
    live = _live.rows(tenants=list(tenants))
    chosen = {name: _chosen(name, tenants) if live else {} for name in CHOSEN}
    for columns in live:
        row, (kind, may_break_floor, tiers, *campaign) = rule_row(columns)
        ids = {name: frozenset(found.get(row.pk, ())) for name, found in chosen.items()}
        audience = _audience(ids["distributors"], ids["customers"], ids["tags"], tiers)
        rule = _rule(row, kind, audience, may_break_floor=may_break_floor)
        yield replace(rule, caps=_pooled(rule.caps, *campaign))


def rule_of(promotion: Promotion) -> Rule:
    rule = _rule(
        promotion.as_row(),
        promotion.kind,
        audience_of(promotion),
        may_break_floor=promotion.may_break_floor,
    )
    return replace(rule, caps=caps_of(promotion))


def _rule(row: RuleRow, kind: str, audience: Audience, *, may_break_floor: bool) -> Rule:
    """What works on the sum of an order leaves out what the order does not pay."""
    rule = row.as_rule(
        key_prefix="promotion",
        kind=Kind(kind),
        audience=audience,
        may_break_floor=may_break_floor,
    )
    if not rule.is_of_order or rule.where.billing_modes:
        return rule
    return replace(rule, where=replace(rule.where, billing_modes=PREPAID))


def _chosen(name: str, tenants: Sequence[int]) -> dict[int | None, list[int]]:
    """Promotion → the keys of those it is for."""
    links = getattr(Promotion, name).through.objects.filter(
        promotion__campaign__tenant__in=tenants,
        promotion__campaign__status=CampaignStatus.RUNNING,
    )
    found: dict[int | None, list[int]] = {}
    for promotion, one in links.values_list("promotion_id", CHOSEN[name]):
        found.setdefault(promotion, []).append(one)
    return found


def modes_of(promotion: Promotion) -> list[str]:
    """The billing modes that it is for; empty is all of them."""
    rule = _rule(promotion.as_row(), promotion.kind, EVERYBODY, may_break_floor=False)
    return sorted(rule.where.billing_modes)


def open_to(
    rows: PromotionQuerySet, *, customer: Customer | None, at: datetime
) -> PromotionQuerySet:
    """Without offers for a first order where the customer has had his; all for staff (None)."""
    if customer is None or is_first_order(customer, at):
        return rows
    return rows.exclude(kind=PromotionKind.FIRST_ORDER)


def audience_of(promotion: Promotion) -> Audience:
    return _audience(
        frozenset(tenant.pk for tenant in promotion.distributors.all()),
        frozenset(customer.pk for customer in promotion.customers.all()),
        frozenset(tag.pk for tag in promotion.tags.all()),
        promotion.tiers,
    )


def _audience(
    tenants: frozenset[int], customers: frozenset[int], tags: frozenset[int], tiers: Iterable[str]
) -> Audience:
    if not (tenants or customers or tags or tiers):
        return EVERYBODY
    return Audience(tenants, customers, tags, frozenset(tiers))


def promotion_limits(pks: Sequence[int]) -> Mapping[int, Limit]:
    promotions = Promotion.objects.filter(pk__in=pks).select_related("campaign")
    return {
        promotion.pk: Limit(
            name=promotion.name,
            caps=caps_of(promotion),
            is_stopped=promotion.campaign.status not in OPEN,
        )
        for promotion in promotions
    }


def caps_of(promotion: Promotion) -> Caps:
    """Its own, and the budget that it shares with the others of its campaign."""
    return _pooled(promotion.as_caps(), promotion.campaign_id, promotion.campaign.budget)


def _pooled(caps: Caps, campaign_id: int, budget: Decimal | None) -> Caps:
    if budget is None:
        return caps
    return replace(caps, pool=_pool(campaign_id), pool_budget=budget)


def pool_of(campaign: Campaign) -> str:
    """The counter of the budget that all promotions of the campaign draw on."""
    return _pool(campaign.pk)


def _pool(campaign_id: int) -> str:
    return f"campaign:{campaign_id}"


def pool_members(campaign: Campaign) -> list[str]:
    """The keys of all promotions that the campaign has, or had: what they gave away is gone."""
    ids = Promotion.history.filter(campaign_id=campaign.pk).values_list("id", flat=True)
    return sorted({f"promotion:{pk}" for pk in {*ids.distinct(), *_promotions_of(campaign)}})


def _promotions_of(campaign: Campaign) -> list[int]:
    return list(campaign.promotions.values_list("pk", flat=True))


def budget_left(campaign: Campaign) -> Decimal | None:
    """What its promotions may still give away together; None: there is no limit."""
    if campaign.budget is None:
        return None
    counter = RuleCounter.objects.filter(rule_key=pool_of(campaign), scope=WHOLE)
    gone = counter.values_list("amount", flat=True).first() or ZERO
    left: Decimal = max(ZERO, campaign.budget - gone)
    return left


def left_for(
    *, promotions: Iterable[Promotion], customer: Customer | None, at: datetime
) -> dict[int, int | None]:
    """How many more each promotion gives, to this customer if there is one; None is no limit."""
    capped = {promotion.pk: caps_of(promotion) for promotion in promotions}
    keys = [f"promotion:{pk}" for pk in capped]
    used = used_for(customer or Customer(pk=0), keys, at)
    left: dict[int, int | None] = {}
    for pk, caps in capped.items():
        gone = used.get(f"promotion:{pk}")
        rooms = [
            (caps.total, gone.total if gone else 0),
            (caps.per_day, gone.today if gone else 0),
            (caps.per_customer, gone.by_customer if gone else 0),
        ]
        free = [max(0, most - taken) for most, taken in rooms if most is not None]
        left[pk] = min(free) if free else None
    return left


def usage_of(*, promotions: Iterable[Promotion]) -> dict[int, Usage]:
    """Two queries for all."""
    rows = list(promotions)
    keys = [promotion.rule_key for promotion in rows]
    claims = RuleClaim.objects.filter(rule_key__in=keys, released_at__isnull=True)
    sums: dict[str, dict[str, Any]] = {
        row["rule_key"]: dict(row)
        for row in claims.order_by()
        .values("rule_key")
        .annotate(n=Count("pk"), units=Sum("units"), amount=Sum("amount"))
    }
    counters = RuleCounter.objects.filter(rule_key__in=keys, scope=WHOLE)
    taken = dict(counters.values_list("rule_key", "taken"))
    nothing: dict[str, Any] = {"n": 0, "units": 0, "amount": Decimal(0)}
    return {
        promotion.pk: Usage(
            orders=(found := sums.get(promotion.rule_key, nothing))["n"],
            units=found["units"],
            amount=found["amount"],
            budget=promotion.cap_budget,
            total=promotion.cap_total,
            taken=taken.get(promotion.rule_key, 0),
        )
        for promotion in rows
    }


def chart_of(*, promotions: Iterable[Promotion], at: datetime) -> list[Day]:
    """What they gave away on each of the last thirty days."""
    today = timezone.localdate(at)
    keys = [promotion.rule_key for promotion in promotions]
    first = today - timedelta(days=CHART_DAYS - 1)
    claims = RuleClaim.objects.filter(
        rule_key__in=keys, released_at__isnull=True, day__gte=first, day__lte=today
    )
    by_day = {
        row["day"]: row
        for row in claims.order_by().values("day").annotate(n=Count("pk"), sum=Sum("amount"))
    }
    days = [first + timedelta(days=n) for n in range(CHART_DAYS)]
    return [
        Day(
            label=f"{day:%m-%d}",
            amount=by_day[day]["sum"] if day in by_day else Decimal(0),
            orders=by_day[day]["n"] if day in by_day else 0,
        )
        for day in days
    ]
