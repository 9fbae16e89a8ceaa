"""Campaigns: drafted by operations, decided in the approval centre, stopped at once."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.approvals import services as approvals
from apps.approvals.models import Approval
from apps.approvals.standard import Attachments
from apps.core import audit
from apps.core.events import publish
from apps.core.models import AuditEntry
from apps.core.numbers import next_number
from apps.products.campaigns import CAMPAIGN_FLOW, CampaignPerm, CampaignStatus, PromotionKind
from apps.products.enums import CapUnit
from apps.products.errors import (
    CampaignIsEmpty,
    CampaignIsFrozen,
    CampaignIsOver,
    PromotionIsOutside,
)
from apps.products.events import CampaignLaunched
from apps.products.models import Campaign, Promotion
from apps.products.selectors.promotions import pool_members, pool_of
from apps.products.selectors.terms import terms_of, window_in_words
from apps.products.services.claims import recount, recount_pool
from apps.products.services.rules import bump_rules
from apps.rbac import services as rbac
from apps.rbac.models import Tenant, User

KIND = "products.promotion"
LAUNCHED = "promotion.launched"
ZERO = Decimal("0.00")


@transaction.atomic
def open_campaign(*, campaign: Campaign, tenant: Tenant, actor: User, now: datetime) -> Campaign:
    """Keep a new draft; `campaign` is not saved yet."""
    rbac.require(actor, CampaignPerm.ADD)
    campaign.number = next_number("CMP", on=timezone.localdate(now))
    campaign.tenant, campaign.created_by, campaign.created_at = tenant, actor, now
    campaign.save(force_insert=True)
    return campaign


@transaction.atomic
def request_campaign(
    *,
    campaign: Campaign,
    reason: str,
    actor: User,
    now: datetime,
    attachments: Attachments = (),
) -> Approval:
    """Ask that a draft go live.

    :raises CampaignIsFrozen: unless it is a draft
    :raises CampaignIsEmpty: :raises CampaignIsOver: :raises PromotionIsOutside:
    """
    rbac.require(actor, CampaignPerm.SUBMIT, campaign)
    campaign = Campaign.objects.lock(campaign)
    ensure_draft(campaign=campaign)
    promotions = list(campaign.promotions.order_by("pk"))
    _ensure_sound(campaign, promotions, now)
    CAMPAIGN_FLOW.move(campaign, CampaignStatus.SUBMITTED, actor=actor)
    names = "、".join(promotion.name for promotion in promotions)
    return approvals.submit(
        kind=KIND,
        title=_("{campaign}: {promotions}").format(campaign=campaign.name, promotions=names)[:200],
        form={
            "campaign": campaign.name,
            "time": window_in_words(campaign.starts_at, campaign.ends_at),
            "amount": campaign.budget
            if campaign.budget is not None
            else sum((promotion.cap_budget or ZERO for promotion in promotions), ZERO),
            "promotions": str(len(promotions)),
            "reason": reason,
        },
        applicant=actor,
        now=now,
        subject=("products.Campaign", campaign.pk),
        tenant=campaign.tenant,
        attachments=attachments,
    )


@transaction.atomic
def launch_campaign(*, campaign: Campaign, actor: User | None, now: datetime) -> Campaign:
    """Let the prices be valid inside their windows. Trusted: it has been approved.

    :raises CampaignIsOver: if its time ended while it was being decided
    """
    campaign = Campaign.objects.lock(campaign)
    if campaign.ends_at is not None and campaign.ends_at <= now:
        raise CampaignIsOver(campaign=campaign.name)
    promotions = list(campaign.promotions.with_targets().order_by("pk"))
    recount(rule_keys=[promotion.rule_key for promotion in promotions], now=now)
    if campaign.budget is not None:
        recount_pool(pool=pool_of(campaign), members=pool_members(campaign))
    CAMPAIGN_FLOW.move(campaign, CampaignStatus.RUNNING, actor=actor, approved_at=now)
    for promotion in promotions:
        _record_terms(promotion, actor)
    bump_rules(tenant=campaign.tenant)
    publish(CampaignLaunched(campaign_id=campaign.pk))
    return campaign


@transaction.atomic
def return_campaign(*, campaign: Campaign, now: datetime) -> Campaign:
    """Make it a draft again. Trusted: its approval was refused or taken back."""
    campaign = Campaign.objects.lock(campaign)
    if campaign.status == CampaignStatus.SUBMITTED:
        CAMPAIGN_FLOW.move(campaign, CampaignStatus.DRAFT, actor=None)
    return campaign


@transaction.atomic
def pause_campaign(*, campaign: Campaign, actor: User, now: datetime, reason: str = "") -> Campaign:
    """Stop it at once, for unpaid orders as well; it can go on."""
    rbac.require(actor, CampaignPerm.STOP, campaign)
    campaign = Campaign.objects.lock(campaign)
    CAMPAIGN_FLOW.move(campaign, CampaignStatus.PAUSED, actor=actor, reason=reason, paused_at=now)
    bump_rules(tenant=campaign.tenant)
    return campaign


@transaction.atomic
def resume_campaign(
    *, campaign: Campaign, actor: User, now: datetime, reason: str = ""
) -> Campaign:
    """Let a paused campaign go on as it was approved."""
    rbac.require(actor, CampaignPerm.STOP, campaign)
    campaign = Campaign.objects.lock(campaign)
    CAMPAIGN_FLOW.move(campaign, CampaignStatus.RUNNING, actor=actor, reason=reason)
    bump_rules(tenant=campaign.tenant)
    return campaign


@transaction.atomic
def end_campaign(*, campaign: Campaign, actor: User, now: datetime, reason: str = "") -> Campaign:
    """End it for good. What was ordered before keeps its price as long as it can be paid."""
    rbac.require(actor, CampaignPerm.STOP, campaign)
    campaign = Campaign.objects.lock(campaign)
    CAMPAIGN_FLOW.move(campaign, CampaignStatus.ENDED, actor=actor, reason=reason, ended_at=now)
    bump_rules(tenant=campaign.tenant)
    return campaign


@transaction.atomic
def revise_campaign(
    *, campaign: Campaign, actor: User, now: datetime, reason: str = ""
) -> Campaign:
    """Make a draft of a paused campaign: it is changed, and approved anew."""
    rbac.require(actor, CampaignPerm.CHANGE, campaign)
    campaign = Campaign.objects.lock(campaign)
    CAMPAIGN_FLOW.move(campaign, CampaignStatus.DRAFT, actor=actor, reason=reason)
    return campaign


@transaction.atomic
def note_campaign_edit(*, campaign: Campaign, now: datetime) -> None:
    """It was edited: what is being decided is no longer what would happen. Trusted: the edit was
    allowed, and happens in this transaction.

    :raises CampaignIsFrozen: if it is live, paused or over
    """
    campaign = Campaign.objects.lock(campaign)
    if campaign.status == CampaignStatus.SUBMITTED:
        approvals.void_for_subject(
            subject=("products.Campaign", campaign.pk),
            kind=KIND,
            reason=_("The campaign was edited."),
            now=now,
        )
        CAMPAIGN_FLOW.move(campaign, CampaignStatus.DRAFT, actor=None)
    ensure_draft(campaign=campaign)


def end_campaigns(*, now: datetime) -> int:
    """Mark as ended what is over; prices ended on the second. How many. Trusted: a sweep."""
    ids = list(Campaign.objects.over(now).order_by("pk").values_list("pk", flat=True))
    return sum(_end(pk, now) for pk in ids)


def ensure_draft(*, campaign: Campaign) -> None:
    """Trusted: compares. :raises CampaignIsFrozen: unless it is a draft"""
    if campaign.status != CampaignStatus.DRAFT:
        raise CampaignIsFrozen(campaign=campaign.name, status=campaign.get_status_display())


@transaction.atomic
def _end(pk: int, now: datetime) -> bool:
    campaign = Campaign.objects.select_for_update().get(pk=pk)
    if not CAMPAIGN_FLOW.may(campaign.status, CampaignStatus.ENDED):
        return False
    CAMPAIGN_FLOW.move(campaign, CampaignStatus.ENDED, actor=None, ended_at=now)
    bump_rules(tenant=campaign.tenant)
    return True


def _ensure_sound(campaign: Campaign, promotions: list[Promotion], now: datetime) -> None:
    if not promotions:
        raise CampaignIsEmpty(campaign=campaign.name)
    if campaign.ends_at is not None and campaign.ends_at <= now:
        raise CampaignIsOver(campaign=campaign.name)
    for promotion in promotions:
        starts_late = promotion.valid_from >= campaign.starts_at
        ends_early = campaign.ends_at is None or (
            promotion.valid_until is not None and promotion.valid_until <= campaign.ends_at
        )
        if not (starts_late and ends_early):
            raise PromotionIsOutside(promotion=promotion.name)
        if promotion.kind == PromotionKind.FIRST_ORDER:
            _limit_to_first(promotion)
        promotion.as_change()  # steps that make no sense never go live


def _limit_to_first(promotion: Promotion) -> None:
    """Two unpaid orders are both the first one: the counter lets a customer pay one of them."""
    promotion.cap_per_customer, promotion.cap_counts = 1, CapUnit.ORDERS
    promotion.save(update_fields=["cap_per_customer", "cap_counts"])


def _record_terms(promotion: Promotion, actor: User | None) -> None:
    """What is live from now on, beside what was live before: only what differs."""
    entries = AuditEntry.objects.filter(target=audit.target_of(promotion), verb=LAUNCHED)
    last = entries.order_by("-pk").first()
    before = last.facts.get("terms", {}) if last else {}
    after = terms_of(promotion)
    changed = [label for label in {**before, **after} if before.get(label) != after.get(label)]
    audit.record(
        actor=actor,
        verb=LAUNCHED,
        thing=promotion,
        before={label: before.get(label, "") for label in changed} if before else {},
        after={label: after.get(label, "") for label in changed},
        terms=after,
    )
