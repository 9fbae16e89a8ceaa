from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Field, ForeignKey, ManyToManyField, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from apps.core.modeladmin import GREY, scoped
from apps.core.spreadsheets.resources import SafeExportMixin, ScopedResource
from apps.customers.enums import CustomerTier
from apps.products import services
from apps.products.admin.bases import CarefulAdmin
from apps.products.admin.promotions.campaigns import COLORS, EDITABLE, phase_of_campaign
from apps.products.admin.promotions.forms import RuleForm, StepsField
from apps.products.admin.tables import table
from apps.products.campaigns import PromotionKind
from apps.products.enums import ChangeType
from apps.products.models import Campaign, Promotion, Sku
from apps.products.selectors.promotions import usage_of
from apps.products.selectors.terms import change_in_words, scope_in_words, terms_of
from apps.rbac.models import Tenant

CHANGES = (
    ChangeType.PERCENT,
    ChangeType.AMOUNT_OFF,
    ChangeType.FIXED_PRICE,
    ChangeType.SPEND_AND_SAVE,
)
KINDS = dict.fromkeys(PromotionKind.values, GREY)


class PromotionForm(RuleForm):
    steps = StepsField()
    tiers = forms.MultipleChoiceField(
        label=_("customers of the tiers"),
        choices=CustomerTier.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Promotion
        exclude = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "change" in self.fields:
            self.fields["change"].choices = [(change.value, change.label) for change in CHANGES]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        is_spending = values.get("change") == ChangeType.SPEND_AND_SAVE
        if is_spending != (values.get("kind") == PromotionKind.SPEND_AND_SAVE):
            self.add_error("change", _("Spend and save is a kind of its own."))
        self._check_sku(values)
        return values

    def _check_sku(self, values: dict[str, Any]) -> None:
        """A rule for one SKU that leaves that SKU out would promise what nobody gets."""
        sku = values.get("sku")
        if sku is None:
            return
        for name, value in (("regions", sku.region), ("billing_modes", sku.billing_mode)):
            if values.get(name) and value not in values[name]:
                self.add_error(name, _("The SKU is not sold like this."))


class PromotionResource(ScopedResource):
    class Meta:
        model = Promotion
        fields = (
            "campaign__number",
            "campaign__name",
            "campaign__status",
            "name",
            "kind",
            "change",
            "rate",
            "amount",
            "unit_price",
            "scope",
            "valid_from",
            "valid_until",
            "cap_total",
            "cap_per_customer",
            "cap_per_day",
            "cap_budget",
        )
        export_order = fields


@admin.register(Promotion)
class PromotionAdmin(SafeExportMixin, CarefulAdmin):
    """One rule of a campaign. The form shows what the chosen kind and change need."""

    form = PromotionForm
    resource_classes = (PromotionResource,)
    deletable = True
    list_display = (
        "name",
        "kind_tag",
        "campaign",
        "phase",
        "change_words",
        "covered",
        "valid_from",
        "valid_until",
    )
    list_select_related = ("campaign", "sku", "product", "category", "vendor")
    list_filter = ("kind", "campaign__status", "campaign__tenant", "category", "vendor")
    search_fields = ("name", "name_en", "campaign__name", "campaign__number__istartswith")
    search_help_text = _("Name of the promotion, name or number of the campaign")
    autocomplete_fields = ("sku", "product", "customers", "example_sku")
    fieldsets = (
        (None, {"fields": ("campaign", ("name", "name_en"), "kind")}),
        (
            _("Price"),
            {
                "fields": (
                    "change",
                    "rate",
                    ("amount", "per"),
                    ("unit_price", "keeps_earlier"),
                    "steps",
                    ("repeats", "is_gift"),
                )
            },
        ),
        (
            _("What it covers"),
            {
                "fields": (
                    "scope",
                    "sku",
                    "product",
                    "category",
                    "vendor",
                    ("regions", "billing_modes"),
                    "order_types",
                ),
            },
        ),
        (
            _("For whom"),
            {"fields": ("tiers", "tags", "customers", "distributors")},
        ),
        (
            _("When and how much"),
            {
                "fields": (
                    ("valid_from", "valid_until"),
                    ("cap_total", "cap_per_customer"),
                    ("cap_per_day", "cap_counts"),
                    "cap_budget",
                )
            },
        ),
        (
            _("Beside other rules"),
            {
                "fields": (
                    ("priority", "stack_group", "exclusive_group"),
                    ("min_margin", "may_break_floor"),
                    "example_sku",
                )
            },
        ),
    )
    conditional_fields = {
        "rate": "change == 'percent'",
        "amount": "change == 'amount_off'",
        "per": "change == 'amount_off'",
        "unit_price": "change == 'fixed_price'",
        "keeps_earlier": "change == 'fixed_price'",
        "steps": "change == 'spend_and_save'",
        "repeats": "change == 'spend_and_save'",
        "is_gift": "change == 'spend_and_save'",
        **{target: f"scope == '{target}'" for target in RuleForm.targets},
    }
    readonly_fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("tags", "customers", "distributors")

    def get_fieldsets(self, request: HttpRequest, obj: Promotion | None = None) -> Any:
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        return ((None, {"fields": ("campaign", "phase", "terms", "use")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Promotion | None = None) -> Any:
        return ("phase", "terms", "use") if obj is not None else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new promotion takes its time from its campaign."""
        initial = super().get_changeform_initial_data(request)
        campaign = self._campaign(request, initial.get("campaign"))
        if campaign is not None:
            initial |= {"valid_from": campaign.starts_at, "valid_until": campaign.ends_at}
        return initial

    def _campaign(self, request: HttpRequest, pk: Any) -> Campaign | None:
        if not str(pk or "").isdigit():
            return None
        return Campaign.objects.visible_to(request.user).filter(pk=pk).first()

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.related_model is Campaign:
            kwargs["queryset"] = Campaign.objects.visible_to(request.user).filter(
                status__in=EDITABLE
            )
        if db_field.related_model is Sku:
            kwargs["queryset"] = Sku.objects.visible_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "distributors":
            below = scoped(Tenant, request).exclude(pk=request.user.tenant_id)
            kwargs["queryset"] = below
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in {"tags", "distributors"} and field is not None:
            field.required = False
        return field

    def has_change_permission(self, request: HttpRequest, obj: Promotion | None = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or obj.campaign.status in EDITABLE)

    def has_delete_permission(self, request: HttpRequest, obj: Promotion | None = None) -> bool:
        may = super().has_delete_permission(request, obj)
        return may and obj is not None and obj.campaign.status in EDITABLE

    def save_model(self, request: HttpRequest, obj: Promotion, form: Any, change: bool) -> None:
        services.note_campaign_edit(campaign=obj.campaign, now=timezone.now())
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Promotion) -> None:
        services.note_campaign_edit(campaign=obj.campaign, now=timezone.now())
        super().delete_model(request, obj)

    def response_add(self, request: HttpRequest, obj: Promotion, *rest: Any) -> HttpResponse:
        """Back to the campaign, where the next step stands."""
        answer = super().response_add(request, obj, *rest)
        if "_addanother" in request.POST or "_continue" in request.POST:
            return answer
        return HttpResponseRedirect(
            reverse("admin:products_campaign_change", args=[obj.campaign_id])
        )

    @display(description=_("kind"), ordering="kind", label=KINDS)
    def kind_tag(self, promotion: Promotion) -> tuple[str, Any]:
        return promotion.kind, promotion.get_kind_display()

    @display(description=_("state"), ordering="campaign__status", label=COLORS)
    def phase(self, promotion: Promotion) -> tuple[str, Any]:
        return phase_of_campaign(promotion.campaign)

    @display(description=_("change"))
    def change_words(self, promotion: Promotion) -> str:
        return change_in_words(promotion)

    @display(description=_("covers"))
    def covered(self, promotion: Promotion) -> str:
        return scope_in_words(promotion)

    @display(description=_("terms"))
    def terms(self, promotion: Promotion) -> str:
        return table([], list(terms_of(promotion).items()))

    @display(description=_("Use so far"))
    def use(self, promotion: Promotion) -> str:
        usage = usage_of(promotions=[promotion])[promotion.pk]
        text = _("{orders} orders, {units} units, ¥{amount:,.2f} given away")
        return str(text).format(orders=usage.orders, units=usage.units, amount=usage.amount)
