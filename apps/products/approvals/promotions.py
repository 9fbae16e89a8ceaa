from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from apps.approvals import standard
from apps.approvals.kinds import (
    Card,
    Change,
    Fact,
    FactKind,
    FieldType,
    FormField,
    Kind,
)
from apps.approvals.models import Approval
from apps.approvals.selectors.deciders import decider_of
from apps.core.money import format_yuan
from apps.products import services as products
from apps.products.approvals.margins import REASON, if_deep_or_thin, in_percent
from apps.products.campaigns import CampaignPerm, VoucherPerm
from apps.products.enums import ProductPerm
from apps.products.models import Campaign, Promotion, VoucherBatch
from apps.products.pricing import Kind as RuleKind
from apps.products.selectors.depths import Depth, depth_of
from apps.products.selectors.terms import change_in_words, terms_of, window_in_words

LONG = timedelta(days=60)
SHOWN = 5  # names in one warning
BUDGET = FormField("amount", gettext_lazy("Budget"), FieldType.MONEY, is_condition=True)


class PromotionLaunch(Kind):
    """促销上线: what is given away, to whom, and what that leaves."""

    code = "products.promotion"
    label = gettext_lazy("Launch of a campaign")
    number_prefix = "CPA"
    involves_money = True
    submit_permission = CampaignPerm.SUBMIT
    fields = (
        FormField("campaign", gettext_lazy("Campaign")),
        FormField("time", gettext_lazy("Time")),
        BUDGET,
        FormField(
            "promotions",
            pgettext_lazy("pricing", "Promotions"),
            FieldType.NUMBER,
            is_condition=True,
        ),
        REASON,
    )
    default_graph = standard.flow(standard.finance(), if_deep_or_thin(standard.sales_manager()))

    def context(
        self, form: Mapping[str, Any], customer_id: int | None, subject: tuple[str, int] | None
    ) -> Mapping[str, Decimal | str | None]:
        campaign = Campaign.objects.select_related("tenant").get(pk=subject[1] if subject else 0)
        depths = [depth for _promotion, depth in _depths(campaign)]
        return {
            "discount": max((depth.off for depth in depths), default=Decimal(0)),
            "margin": _thinnest(depths),
        }

    def card(self, approval: Approval) -> Card:
        campaign = self._campaign(approval)
        depths = _depths(campaign)
        return Card(
            facts=(
                Fact("campaign", _("Campaign"), f"{campaign.name} ({campaign.number})"),
                Fact("time", _("Time"), window_in_words(campaign.starts_at, campaign.ends_at)),
                Fact("amount", _("Budget"), Decimal(approval.form["amount"]), FactKind.MONEY),
                *(fact for promotion, _depth in depths for fact in _facts(promotion)),
                Fact("reason", _("Reason"), approval.form["reason"]),
            ),
            changes=tuple(
                change for promotion, depth in depths for change in _changes(promotion, depth)
            ),
            warnings=tuple(_warnings(campaign, depths)),
        )

    def on_approved(self, approval: Approval, now: datetime) -> None:
        campaign = self._campaign(approval)
        products.launch_campaign(campaign=campaign, actor=decider_of(approval), now=now)

    def on_rejected(self, approval: Approval, now: datetime) -> None:
        products.return_campaign(campaign=self._campaign(approval), now=now)

    def _campaign(self, approval: Approval) -> Campaign:
        return Campaign.objects.select_related("tenant").get(pk=approval.subject_pk or 0)


class VoucherApproval(Kind):
    """代金券审批: how many of which value, and for what."""

    code = "products.voucher_batch"
    label = gettext_lazy("Batch of vouchers")
    number_prefix = "VCA"
    involves_money = True
    submit_permission = VoucherPerm.SUBMIT_BATCH
    fields = (
        FormField("batch", gettext_lazy("Batch")),
        FormField("face", gettext_lazy("Face value"), FieldType.MONEY, is_condition=True),
        FormField("total", gettext_lazy("How many"), FieldType.NUMBER, is_condition=True),
        FormField("amount", gettext_lazy("Worth in all"), FieldType.MONEY, is_condition=True),
        REASON,
    )
    default_graph = standard.flow(standard.finance(), if_deep_or_thin(standard.sales_manager()))

    def context(
        self, form: Mapping[str, Any], customer_id: int | None, subject: tuple[str, int] | None
    ) -> Mapping[str, Decimal | str | None]:
        batch = VoucherBatch.objects.select_related("tenant").get(pk=subject[1] if subject else 0)
        depth = _depth_of_batch(batch)
        return {"discount": depth.off, "margin": _thinnest([depth])}

    def card(self, approval: Approval) -> Card:
        batch = self._batch(approval)
        depth = _depth_of_batch(batch)
        return Card(
            facts=(
                Fact("batch", _("Batch"), f"{batch.name} ({batch.number})"),
                Fact("amount", _("Worth in all"), Decimal(approval.form["amount"]), FactKind.MONEY),
                *(
                    Fact(f"term-{place}", label, text)
                    for place, (label, text) in enumerate(terms_of(batch).items())
                    if text != batch.name
                ),
                Fact("reason", _("Reason"), approval.form["reason"]),
            ),
            changes=tuple(_margins(batch.name, depth)),
            warnings=tuple(_below_cost(batch.name, depth, may=False)),
        )

    def on_approved(self, approval: Approval, now: datetime) -> None:
        products.approve_batch(batch=self._batch(approval), actor=decider_of(approval), now=now)

    def on_rejected(self, approval: Approval, now: datetime) -> None:
        products.return_batch(batch=self._batch(approval), now=now)

    def _batch(self, approval: Approval) -> VoucherBatch:
        return VoucherBatch.objects.select_related("tenant").get(pk=approval.subject_pk or 0)


def _depths(campaign: Campaign) -> list[tuple[Promotion, Depth]]:
    promotions = campaign.promotions.with_targets().select_related("example_sku").order_by("pk")
    return [
        (
            promotion,
            depth_of(
                rule=promotion,
                kind=RuleKind(promotion.kind),
                tenant=campaign.tenant,
                at=timezone.now(),
                example=promotion.example_sku,
            ),
        )
        for promotion in promotions
    ]


def _depth_of_batch(batch: VoucherBatch) -> Depth:
    return depth_of(rule=batch, kind=RuleKind.VOUCHER, tenant=batch.tenant, at=timezone.now())


def _facts(promotion: Promotion) -> Iterator[Fact]:
    terms = [f"{label}：{text}" for label, text in terms_of(promotion).items()]
    yield Fact(f"promotion-{promotion.pk}", promotion.name, " · ".join(terms[2:]))


def _changes(promotion: Promotion, depth: Depth) -> Iterator[Change]:
    example = depth.example
    if example is not None:
        text = _("{promotion}: {sku} × {n}")
        yield Change(
            text.format(promotion=promotion.name, sku=example.name, n=example.quantity),
            format_yuan(example.before),
            f"{format_yuan(example.after)} (−{example.off} %)",
        )
    yield from _margins(promotion.name, depth)


def _margins(name: str, depth: Depth) -> Iterator[Change]:
    if depth.example is None:
        return
    yield Change(
        _("{rule}: margin at {sku}").format(rule=name, sku=depth.example.name),
        in_percent(depth.example.margin_before),
        in_percent(depth.example.margin_after),
        ProductPerm.VIEW_COST,
    )


def _warnings(campaign: Campaign, depths: list[tuple[Promotion, Depth]]) -> Iterator[str]:
    for promotion, depth in depths:
        yield from _below_cost(promotion.name, depth, may=promotion.may_break_floor)
        limits = (promotion.cap_budget, promotion.cap_total, campaign.budget)
        if all(limit is None for limit in limits):
            text = _("“{rule}” ({change}) has neither a budget nor a cap.")
            yield text.format(rule=promotion.name, change=change_in_words(promotion))
    if campaign.ends_at is None or campaign.ends_at - campaign.starts_at > LONG:
        yield _("It runs for more than sixty days.")


def _below_cost(name: str, depth: Depth, *, may: bool) -> Iterator[str]:
    if depth.example is None:
        yield _("“{rule}” covers nothing that has a price.").format(rule=name)
    if depth.below_cost:
        names = "、".join(depth.below_cost[:SHOWN])
        text = (
            _("“{rule}” sells {n} SKUs below the vendor's price: {names}.")
            if may
            else _("“{rule}” stops at the cost for {n} SKUs, which get less off: {names}.")
        )
        yield text.format(rule=name, n=len(depth.below_cost), names=names)
    if depth.unknown:
        text = _("“{rule}”: the vendor's price of {n} SKUs is not known.")
        yield text.format(rule=name, n=depth.unknown)


def _thinnest(depths: list[Depth]) -> Decimal | None:
    margins = [depth.example.margin_after for depth in depths if depth.example]
    known = [margin for margin in margins if margin is not None]
    return min(known) if known and len(known) == len(depths) else None
