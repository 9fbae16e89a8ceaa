from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.approvals.models import Approval
from apps.approvals.requestadmin import Request, RequestForm, RequestsApproval
from apps.core.errors import DomainError
from apps.core.modeladmin import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    RED,
    money_column,
    service_action,
    status_column,
)
from apps.core.retry import retry_txn
from apps.core.spreadsheets.resources import SafeExportMixin
from apps.products import services
from apps.products.admin.bases import CarefulAdmin, SharedAdmin
from apps.products.admin.exports import PriceChangeResource
from apps.products.enums import PriceChangeSource, PriceChangeStatus, ProductPerm
from apps.products.models import PriceBand, PriceChange, Product, Sku, Vendor

CHANGE_COLORS = {
    PriceChangeStatus.PROPOSED: GREY,
    PriceChangeStatus.PENDING: AMBER,
    PriceChangeStatus.APPROVED: BLUE,
    PriceChangeStatus.APPLIED: GREEN,
    PriceChangeStatus.REJECTED: RED,
    PriceChangeStatus.SUPERSEDED: GREY,
}
RISE, FALL, SAME = "rise", "fall", "same"
DIRECTIONS = {RISE: RED, FALL: GREEN, SAME: GREY}
SUBJECT = "products.PriceChangeBatch"


@admin.register(PriceBand)
class PriceBandAdmin(SharedAdmin):
    """Who switches it on lets a vendor move our prices so far."""

    list_display = ("vendor", "list_range", "cost_range", "is_active")
    list_select_related = ("vendor",)
    list_filter = ("is_active",)
    search_fields = ("vendor__name", "vendor__code__istartswith")
    fields = ("vendor", ("list_up", "list_down"), ("cost_up", "cost_down"), "is_active")

    @display(description=_("list price"))
    def list_range(self, band: PriceBand) -> str:
        return _range(band.list_up, band.list_down)

    @display(description=_("vendor's price"))
    def cost_range(self, band: PriceBand) -> str:
        return _range(band.cost_up, band.cost_down)


class SubmitForm(RequestForm):
    """Everything proposed of a vendor, of a source, or all there is."""

    vendor = forms.ModelChoiceField(Vendor.objects.none(), label=_("vendor"), required=False)
    source = forms.ChoiceField(
        label=_("source"), required=False, choices=[("", _("All")), *PriceChangeSource.choices]
    )

    def prepare(self) -> None:
        self.search("vendor", Product._meta.get_field("vendor"))


SUBMIT = Request(
    "approval",
    _("Submit what is proposed"),
    SubmitForm,
    services.request_price_changes,
    permission=ProductPerm.PROPOSE_PRICE,
    intro=_("One approval covers all of it; once it is agreed to, the prices take effect."),
)


class WhereItStands(admin.SimpleListFilter):
    """To be decided, unless somebody asks for more."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", _("All")), *PriceChangeStatus.choices]

    def choices(self, changelist: Any) -> Any:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("To be decided"),
        }
        for value, title in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": title,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "all":
            return queryset
        undecided = [PriceChangeStatus.PROPOSED, PriceChangeStatus.PENDING]
        return queryset.filter(status__in=[self.value()] if self.value() else undecided)


@admin.action(description=_("Submit for approval"))
def submit(modeladmin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet) -> Any:
    """The selected proposals as one approval."""
    try:
        approval = retry_txn(services.request_price_changes)(
            changes=list(queryset.values_list("pk", flat=True)),
            reason=str(_("Selected in the list of price changes")),
            actor=request.user,
            now=timezone.now(),
        )
    except DomainError as error:
        modeladmin.message_user(request, str(error), messages.ERROR)
        return None
    modeladmin.message_user(
        request, _("%(number)s has been submitted.") % {"number": approval.number}
    )
    return HttpResponseRedirect(reverse("admin:approvals_approval_change", args=[approval.pk]))


submit.required_permission = ProductPerm.PROPOSE_PRICE


@admin.register(PriceChange)
class PriceChangeAdmin(RequestsApproval, SafeExportMixin, CarefulAdmin):
    """调价: what is proposed, what waits, and what came of it."""

    requests = (SUBMIT,)
    list_before_template = "admin/approvals/requests.html"
    resource_classes = (PriceChangeResource,)
    list_display = (
        "sku",
        "product",
        "vendor",
        "before",
        "after",
        "moved",
        "cost_moved",
        "effective_from",
        "status_tag",
        "source",
        "proposed_at",
    )
    list_select_related = ("sku__product__vendor",)
    list_filter = (WhereItStands, "source", "is_automatic", "sku__product__vendor", "proposed_at")
    search_fields = ("sku__code__istartswith", "sku__name", "sku__product__name")
    autocomplete_fields = ("sku",)
    actions = (
        submit,
        service_action(_("Discard"), services.discard_change, "change", ProductPerm.PROPOSE_PRICE),
    )
    fields = ("sku", ("unit_price", "unit_cost"), "effective_from", "reason")
    shown = (
        ("sku", "product"),
        ("before", "after"),
        ("moved", "status"),
        ("source", "is_automatic"),
        ("effective_from", "reason"),
        ("proposed_by", "proposed_at"),
        ("approval", "approved_at"),
        ("applied_at", "problem"),
    )
    shown_with_cost = (*shown[:3], ("before_cost", "unit_cost", "cost_moved"), *shown[3:])
    status_tag = status_column("status", CHANGE_COLORS)
    before = money_column("before_price", _("list price before"))
    after = money_column("unit_price", _("list price after"))

    def get_fields(self, request: HttpRequest, obj: PriceChange | None = None) -> Any:
        if obj is None:
            names = ("sku", "unit_price", "unit_cost", "effective_from", "reason")
            sees_cost = request.user.has_perm(ProductPerm.VIEW_COST)
            return [name for name in names if name != "unit_cost" or sees_cost]
        sees_cost = request.user.has_perm(ProductPerm.VIEW_COST)
        return self.shown_with_cost if sees_cost else self.shown

    def get_readonly_fields(self, request: HttpRequest, obj: PriceChange | None = None) -> Any:
        if obj is None:
            return ()
        return [name for line in self.shown_with_cost for name in line]

    def get_list_display(self, request: HttpRequest) -> Any:
        sees_cost = request.user.has_perm(ProductPerm.VIEW_COST)
        return [name for name in self.list_display if name != "cost_moved" or sees_cost]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "effective_from":
            kwargs |= {"required": False, "help_text": _("Empty means at once.")}
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Sku:
            kwargs["queryset"] = Sku.objects.editable_by(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ProductPerm.PROPOSE_PRICE)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: PriceChange, form: Any, change: bool) -> None:
        made = services.propose_price(
            sku=obj.sku,
            unit_price=obj.unit_price,
            unit_cost=obj.unit_cost,
            effective_from=obj.effective_from,
            reason=obj.reason,
            actor=request.user,
            now=timezone.now(),
        )
        obj.pk, obj._state.adding = made.pk, False

    @display(description=_("product"), ordering="sku__product__name")
    def product(self, change: PriceChange) -> str:
        return str(change.sku.product)

    @display(description=_("vendor"), ordering="sku__product__vendor__name")
    def vendor(self, change: PriceChange) -> str:
        return str(change.sku.product.vendor)

    @display(description=_("change"), ordering="percent", label=DIRECTIONS)
    def moved(self, change: PriceChange) -> tuple[str, str]:
        return _moved(change.percent)

    @display(description=_("vendor's price"), ordering="cost_percent", label=DIRECTIONS)
    def cost_moved(self, change: PriceChange) -> tuple[str, str]:
        return _moved(change.cost_percent)

    @display(description=_("approval"))
    def approval(self, change: PriceChange) -> str:
        found = Approval.objects.about((SUBJECT, change.batch_id or 0)).order_by("pk").last()
        if found is None:
            return "—"
        url = reverse("admin:approvals_approval_change", args=[found.pk])
        return format_html('<a class="kb-link" href="{}">{}</a>', url, found.number)


def _moved(percent: Any) -> tuple[str, str]:
    if percent is None:
        return SAME, "—"
    direction = RISE if percent > 0 else FALL if percent < 0 else SAME
    return direction, f"{percent:+.2f} %"


def _range(up: Any, down: Any) -> str:
    return f"−{down.normalize():f} % … +{up.normalize():f} %"
