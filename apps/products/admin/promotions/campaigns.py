from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.approvals.requestadmin import Request, RequestForm, RequestsApproval
from apps.core.modeladmin import AMBER, BLUE, GREEN, GREY, ReadOnlyTabularInline, service_action
from apps.core.money import ZERO, format_yuan
from apps.core.spreadsheets.resources import SafeExportMixin, ScopedResource
from apps.products import services
from apps.products.admin.bases import CarefulAdmin
from apps.products.admin.dry_runs import try_on_past_orders
from apps.products.admin.promotions.charts import usage_chart
from apps.products.admin.tables import table
from apps.products.campaigns import CampaignPerm, CampaignStatus
from apps.products.models import Campaign, Promotion
from apps.products.selectors.promotions import budget_left, chart_of, usage_of
from apps.products.selectors.terms import caps_in_words, change_in_words, scope_in_words

PLANNED, LIVE = "planned", "live"
COLORS = {
    CampaignStatus.DRAFT: GREY,
    CampaignStatus.SUBMITTED: AMBER,
    PLANNED: BLUE,
    LIVE: GREEN,
    CampaignStatus.PAUSED: AMBER,
    CampaignStatus.ENDED: GREY,
}
TRY = try_on_past_orders.__name__
NEXT_ACTS = {
    CampaignStatus.DRAFT: (TRY, "end_campaign"),
    CampaignStatus.SUBMITTED: (TRY,),
    CampaignStatus.RUNNING: (TRY, "pause_campaign", "end_campaign"),
    CampaignStatus.PAUSED: (TRY, "resume_campaign", "revise_campaign", "end_campaign"),
}
EDITABLE = (CampaignStatus.DRAFT, CampaignStatus.SUBMITTED)


def phase_of_campaign(campaign: Campaign) -> tuple[str, Any]:
    """The status, and whether an approved campaign has begun, or is over already."""
    now = timezone.now()
    if campaign.status != CampaignStatus.RUNNING:
        return campaign.status, campaign.get_status_display()
    if campaign.starts_at > now:
        return PLANNED, _("Starts later")
    if campaign.ends_at is not None and campaign.ends_at <= now:
        return CampaignStatus.ENDED, CampaignStatus.ENDED.label
    return LIVE, _("Live")


class CampaignResource(ScopedResource):
    class Meta:
        model = Campaign
        fields = ("number", "name", "status", "starts_at", "ends_at", "budget", "created_at")
        export_order = fields


class PromotionInline(ReadOnlyTabularInline):
    model = Promotion
    fields = ("linked", "kind", "change_words", "covered", "caps")
    readonly_fields = fields
    verbose_name_plural = _("promotions")
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_targets()

    @display(description=_("name"))
    def linked(self, promotion: Promotion) -> str:
        url = reverse("admin:products_promotion_change", args=[promotion.pk])
        return format_html(
            '<a class="text-primary-600 font-medium" href="{}">{}</a>', url, promotion
        )

    @display(description=_("change"))
    def change_words(self, promotion: Promotion) -> str:
        return change_in_words(promotion)

    @display(description=_("covers"))
    def covered(self, promotion: Promotion) -> str:
        return scope_in_words(promotion)

    @display(description=_("Caps"))
    def caps(self, promotion: Promotion) -> str:
        return caps_in_words(promotion) or "—"


def _problem(campaign: Campaign) -> str:
    if campaign.status != CampaignStatus.DRAFT:
        return str(_("It is “{status}”.").format(status=campaign.get_status_display()))
    return "" if campaign.promotions.exists() else str(_("Add a promotion first."))


LAUNCH = Request(
    "launch",
    _("Request the launch"),
    RequestForm,
    services.request_campaign,
    permission=CampaignPerm.SUBMIT,
    arg="campaign",
    problem=_problem,
    intro=_("Once it is agreed to, its prices count inside their time by themselves."),
)


@admin.register(Campaign)
class CampaignAdmin(RequestsApproval, SafeExportMixin, CarefulAdmin):
    """营销活动: drafted here, decided in the approval centre, stopped here at once."""

    requests = (LAUNCH,)
    resource_classes = (CampaignResource,)
    list_display = ("name", "number", "phase", "rules", "starts_at", "ends_at", "given", "budget")
    list_filter = ("status", "tenant", "starts_at", "ends_at")
    search_fields = ("name", "name_en", "number__istartswith", "promotions__name")
    search_help_text = _("Name or number of the campaign, name of a promotion")
    fields = (
        ("name", "name_en"),
        ("banner", "banner_en"),
        ("starts_at", "ends_at"),
        "budget",
        "figures",
    )
    readonly_fields = ("figures",)
    inlines = (PromotionInline,)
    actions = (
        try_on_past_orders,
        service_action(_("Pause"), services.pause_campaign, "campaign", CampaignPerm.STOP),
        service_action(_("Go on"), services.resume_campaign, "campaign", CampaignPerm.STOP),
        service_action(_("Revise"), services.revise_campaign, "campaign", CampaignPerm.CHANGE),
        service_action(_("End"), services.end_campaign, "campaign", CampaignPerm.STOP),
    )
    change_form_outer_before_template = "admin/products/campaign_header.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(rule_count=Count("promotions"))

    def get_fields(self, request: HttpRequest, obj: Campaign | None = None) -> Any:
        return self.fields if obj is not None else self.fields[:-1]

    def has_change_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or obj.status in EDITABLE)

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        if change:
            services.note_campaign_edit(campaign=obj, now=timezone.now())
            super().save_model(request, obj, form, change)
            return
        services.open_campaign(
            campaign=obj, tenant=request.user.tenant, actor=request.user, now=timezone.now()
        )

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        campaign = self.get_object(request, object_id) if object_id else None
        facts = self._header(request, campaign) if campaign else {}
        context = {**(extra_context or {}), **facts}
        return super().changeform_view(request, object_id, form_url, context)

    def _header(self, request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
        """The acts that the state and the person allow; each goes through the list's action."""
        offered = self.get_actions(request)
        names = NEXT_ACTS.get(CampaignStatus(campaign.status), ())
        if not campaign.rule_count:  # there is nothing to try
            names = tuple(name for name in names if name != TRY)
        add = reverse("admin:products_promotion_add")
        may_add = campaign.status in EDITABLE and request.user.has_perm("products.add_promotion")
        return {
            "kb_campaign": campaign,
            "kb_phase": phase_of_campaign(campaign),
            "kb_acts": [(name, offered[name][2]) for name in names if name in offered],
            "kb_add": f"{add}?campaign={campaign.pk}" if may_add else "",
        }

    @display(description=_("state"), ordering="status", label=COLORS)
    def phase(self, campaign: Campaign) -> tuple[str, Any]:
        return phase_of_campaign(campaign)

    @display(description=_("promotions"), ordering="rule_count")
    def rules(self, campaign: Campaign) -> int:
        return campaign.rule_count

    @display(description=_("given away"))
    def given(self, campaign: Campaign) -> str:
        return _money(campaign.given_away)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """What was given away by each campaign of the page: two queries, not two a row."""
        changelist = super().get_changelist_instance(request)
        campaigns = list(changelist.result_list)
        promotions = Promotion.objects.filter(campaign__in=[row.pk for row in campaigns])
        rows = list(promotions.only("campaign", "cap_budget", "cap_total"))
        usages = usage_of(promotions=rows)
        spent: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)
        for row in rows:
            spent[row.campaign_id] += usages[row.pk].amount
        for campaign in campaigns:
            campaign.given_away = spent[campaign.pk]
        changelist.result_list = campaigns
        return changelist

    @display(description=_("Use so far"))
    def figures(self, campaign: Campaign) -> str:
        promotions = list(campaign.promotions.order_by("pk"))
        usages = usage_of(promotions=promotions)
        rows = [
            (
                promotion.name,
                usage.orders,
                usage.units,
                _money(usage.amount),
                "—" if usage.budget_left is None else _money(usage.budget_left),
                "—" if usage.left is None else usage.left,
            )
            for promotion in promotions
            for usage in [usages[promotion.pk]]
        ]
        left = budget_left(campaign)
        if left is not None:
            given = sum((usage.amount for usage in usages.values()), Decimal(0))
            rows.append((_("All together"), "", "", _money(given), _money(left), ""))
        headers = (
            _("Promotion"),
            _("Orders"),
            _("Units"),
            _("Given away"),
            _("Budget left"),
            _("Stock left"),
        )
        chart = usage_chart(chart_of(promotions=promotions, at=timezone.now()))
        return format_html("{}{}", table([str(text) for text in headers], rows), chart)


def _money(amount: Any) -> str:
    return format_html('<span class="kb-money">{}</span>', format_yuan(amount))
