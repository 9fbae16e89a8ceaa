"""Price lists of distributors and the terms of suppliers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.approvals.requestadmin import Request, RequestForm, RequestsApproval
from apps.core.modeladmin import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    ScopedModelAdmin,
    ScopedStackedInline,
    service_action,
    status_column,
)
from apps.core.spreadsheets.resources import SafeExportMixin
from apps.products import services
from apps.products.admin.bases import CarefulAdmin, service_button
from apps.products.admin.dry_runs import dry_run_button
from apps.products.admin.exports import PriceListResource
from apps.products.admin.rule_forms import ListedPriceForm
from apps.products.admin.tables import phase_of
from apps.products.agreement_enums import (
    PRICE_LIST_FLOW,
    ContractPerm,
    PriceListPerm,
    PriceListStatus,
    TermKind,
)
from apps.products.enums import ProductPerm
from apps.products.models import PriceList, PriceListPrice, SupplierTerm
from apps.rbac.models import Tenant

COLORS = {
    PriceListStatus.DRAFT: GREY,
    PriceListStatus.PENDING: AMBER,
    PriceListStatus.PUBLISHED: GREEN,
    PriceListStatus.WITHDRAWN: GREY,
}
PHASES = {"planned": BLUE, "in_effect": GREEN, "past": GREY}
TARGETS = ("sku", "product", "category", "vendor")


class PriceListPriceInline(ScopedStackedInline):
    model = PriceListPrice
    form = ListedPriceForm
    tab = True
    show_change_link = False
    autocomplete_fields = ("sku", "product")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "change"),
                    ("rate", "unit_price"),
                    ("scope", "vendor", "category", "product", "sku"),
                )
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and super().has_delete_permission(request, obj)


def _is_draft(price_list: PriceList | None) -> bool:
    return price_list is None or price_list.status == PriceListStatus.DRAFT


PUBLISH, WITHDRAW = _("Publish"), _("Withdraw")


def _problem(price_list: PriceList) -> str:
    if not _is_draft(price_list):
        return str(_("It is “{status}”.").format(status=price_list.get_status_display()))
    return "" if price_list.prices.exists() else str(_("Add a price first."))


PUBLICATION = Request(
    "publication",
    _("Request the publication"),
    RequestForm,
    services.request_price_list,
    permission=PriceListPerm.PUBLISH,
    arg="price_list",
    problem=_problem,
    intro=_("Once it is agreed to, it is the list of its level. Fixed prices need it."),
)


@admin.register(PriceList)
class PriceListAdmin(RequestsApproval, SafeExportMixin, CarefulAdmin):
    """What customers of a level see as the list price; only drafts are written."""

    requests = (PUBLICATION,)
    inlines = (PriceListPriceInline,)
    resource_classes = (PriceListResource,)
    list_display = ("name", "tenant", "status_tag", "span", "valid_from", "valid_until")
    list_select_related = ("tenant",)
    list_filter = ("status", "tenant", "valid_from")
    search_fields = ("name", "tenant__name")
    fields = (("name", "tenant"), ("lowest", "highest"), ("valid_from", "valid_until"), "status")
    readonly_fields = ("status",)
    actions = (
        service_action(PUBLISH, services.publish_price_list, "price_list", PriceListPerm.PUBLISH),
        service_action(WITHDRAW, services.withdraw_price_list, "price_list", PriceListPerm.PUBLISH),
    )
    actions_submit_line = (
        "dry_run_button",
        "publish_price_list_button",
        "withdraw_price_list_button",
    )
    dry_run_button = dry_run_button
    publish_price_list_button = service_button(
        PUBLISH, services.publish_price_list, arg="price_list", permission="publish", icon="publish"
    )
    withdraw_price_list_button = service_button(
        WITHDRAW,
        services.withdraw_price_list,
        arg="price_list",
        permission="publish",
        icon="unpublished",
    )
    status_tag = status_column("status", COLORS)

    def has_publish_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(PriceListPerm.PUBLISH)

    def has_dry_run_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(ContractPerm.DRY_RUN)

    def get_readonly_fields(self, request: HttpRequest, obj: PriceList | None = None) -> Any:
        if _is_draft(obj):
            return ("status", *(("tenant",) if obj else ()))
        return ("name", "tenant", "lowest", "highest", "valid_from", "valid_until", "status")

    def get_actions_submit_line(self, request: HttpRequest, object_id: Any) -> Any:
        buttons = super().get_actions_submit_line(request, object_id)
        found = PriceList.objects.filter(pk=object_id).first() if object_id else None
        if found is None:
            return []
        moves = {
            "publish_price_list_button": PriceListStatus.PUBLISHED,
            "withdraw_price_list_button": PriceListStatus.WITHDRAWN,
        }
        return [
            button
            for button in buttons
            if button.path not in moves or PRICE_LIST_FLOW.may(found.status, moves[button.path])
        ]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.save(commit=False):
            row.valid_from, row.valid_until = form.instance.valid_from, form.instance.valid_until
            row.save()
        for row in formset.deleted_objects:
            row.delete()

    def response_change(self, request: HttpRequest, obj: PriceList) -> Any:
        following = getattr(request, "kboss_next", None)
        answer = super().response_change(request, obj)
        if following:
            answer["Location"] = following
        return answer

    @display(description=_("range for levels below"))
    def span(self, row: PriceList) -> str:
        if row.lowest is None and row.highest is None:
            return "—"
        return f"{_percent(row.lowest or 0)} – {_percent(row.highest or 1)}"


@admin.register(SupplierTerm)
class SupplierTermAdmin(ScopedModelAdmin):
    """What comes back of what vendors charge. Rates are for those who may see the cost."""

    list_display = (
        "name",
        "supplier",
        "tenant",
        "kind",
        "share",
        "covered",
        "phase",
        "valid_until",
    )
    list_select_related = ("supplier", "tenant", "sku", "product", "category", "vendor")
    list_filter = ("kind", "supplier", "vendor", "category", "tenant", "valid_until")
    search_fields = ("name", "supplier__name", "vendor__name", "product__name")
    autocomplete_fields = ("sku", "product")
    fields = (
        "supplier",
        ("name", "kind", "rate"),
        ("scope", "vendor", "category", "product", "sku"),
        ("valid_from", "valid_until"),
        "note",
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_see_cost = request.user.has_perm(ProductPerm.VIEW_COST)
        return may_see_cost and super().has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was approved is not edited; whose tenant it is, edits."""
        is_open = obj is None or (
            obj.kind != TermKind.PURCHASE and obj.tenant_id == request.user.tenant_id
        )
        return is_open and super().has_change_permission(request, obj)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "kind":
            field.choices = [(one.value, one.label) for one in TermKind if one != TermKind.PURCHASE]
        if db_field.name == "supplier":  # a term that is typed in is a supplier's of one's own
            field.required = True
            field.queryset = field.queryset.filter(tenant=request.user.tenant)
        return field

    def save_model(self, request: HttpRequest, obj: SupplierTerm, form: Any, change: bool) -> None:
        if not change:
            obj.tenant = request.user.tenant
        super().save_model(request, obj, form, change)
        services.bump_rules(tenant=Tenant.objects.get(pk=obj.tenant_id))

    @display(description=_("rate"), ordering="rate")
    def share(self, term: SupplierTerm) -> str:
        return share_of(term)

    @display(description=_("covers"))
    def covered(self, term: SupplierTerm) -> str:
        return str(term.target or term.get_scope_display())

    @display(description=_("state"), label=PHASES)
    def phase(self, term: SupplierTerm) -> tuple[str, str]:
        return phase_of(term, timezone.now())


def share_of(term: SupplierTerm) -> str:
    return _percent(term.rate)


def _percent(rate: Any) -> str:
    return f"{(rate * 100):.2f}".rstrip("0").rstrip(".") + " %"
