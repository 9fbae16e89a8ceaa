"""Whose a vendor's lines are, what a foreign currency is worth, and what it came to."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.billing.enums import LineReason
from apps.clouds.admin.bills import WrittenOnceAdmin
from apps.clouds.admin.fields import MonthField
from apps.clouds.importing.refusals import sentence
from apps.clouds.importing.states import BillImportPerm, CostBasis
from apps.clouds.models import ExchangeRate, SubAccount, UsageRating, VendorBillLine
from apps.clouds.selectors import bills as selectors
from apps.clouds.services import mapping
from apps.clouds.services.rerating import preview
from apps.core.errors import DomainError
from apps.core.modeladmin import AMBER, GREEN, RED, ReadOnlyAdmin, ScopedModelAdmin

SHOWN = 50


class OwnerFilter(admin.SimpleListFilter):
    """The queue: sub-accounts whose lines belong to nobody."""

    title = _("customer")
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("none", _("Nobody yet")), ("some", _("Known"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("none", "some"):
            return queryset
        return queryset.filter(customer__isnull=self.value() == "none")


class CarefulAdmin(ScopedModelAdmin):
    """A service may say no: nothing is saved then, and the reason is told."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: Any = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())


@admin.register(SubAccount)
class SubAccountAdmin(CarefulAdmin):
    list_display = (
        "external_id",
        "name",
        "provider_name",
        "owner_tag",
        "basis",
        "line_count",
        "mapped_at",
        "created_at",
    )
    list_select_related = ("customer",)
    list_filter = (OwnerFilter, "provider_name", "basis")
    search_fields = ("external_id__istartswith", "name__icontains", "customer__name__icontains")
    search_help_text = _("Sub-account's id or name, or the customer's name")
    fields = ("provider_name", "external_id", "name", "customer", "basis", "mapped_at", "costs")
    readonly_fields = ("provider_name", "external_id", "name", "mapped_at", "costs")
    autocomplete_fields = ("customer",)

    def get_queryset(self, request: HttpRequest) -> Any:
        lines = VendorBillLine.objects.filter(sub_account=OuterRef("pk")).order_by()
        counted = lines.values("sub_account").annotate(n=Count("pk")).values("n")
        return super().get_queryset(request).annotate(lines_count=Subquery(counted))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(BillImportPerm.MAP_SUB_ACCOUNT)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **options)
        if "customer" in form.base_fields:
            form.base_fields["customer"].required = True  # a line never goes back to nobody
        return form

    def save_model(self, request: HttpRequest, obj: SubAccount, form: Any, change: bool) -> None:
        if not form.changed_data:
            return
        mapping.map_sub_account(
            sub_account=obj,
            customer=form.cleaned_data["customer"],
            basis=CostBasis(form.cleaned_data["basis"]),
            actor=request.user,
            now=timezone.now(),
        )
        messages.info(request, _("The customer is billed for its months in a moment."))

    @display(description=_("customer"), label={True: GREEN, False: AMBER})
    def owner_tag(self, account: SubAccount) -> tuple[bool, Any]:
        return account.customer_id is not None, account.customer or _("Nobody yet")

    @display(description=_("lines"))
    def line_count(self, account: SubAccount) -> int:
        return getattr(account, "lines_count", None) or 0

    @display(description=_("costs by month"))
    def costs(self, account: SubAccount) -> str:
        rows = [
            (f"{month:%Y-%m}", sums.lines, f"{sums.list_cost:f}", f"{sums.billed_cost:f}", currency)
            for month, currency, sums in selectors.totals_of_sub_account(sub_account=account)
        ]
        return format_html_join("", "<div>{} · {} · {} / {} {}</div>", rows) or "—"


class ExchangeRateForm(forms.ModelForm):
    month = MonthField(
        label=_("month"), widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "2026-10"})
    )
    currency = forms.RegexField(
        "^[A-Z]{3}$",
        label=_("currency"),
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "USD"}),
    )

    class Meta:
        model = ExchangeRate
        fields = ("currency", "month", "rate", "source")


@admin.register(ExchangeRate)
class ExchangeRateAdmin(CarefulAdmin, WrittenOnceAdmin):
    form = ExchangeRateForm
    list_display = ("currency", "month_tag", "rate", "source", "created_by", "created_at")
    list_select_related = ("created_by",)
    list_filter = ("currency", "month")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(BillImportPerm.ADD_EXCHANGE_RATE)

    def save_model(self, request: HttpRequest, obj: ExchangeRate, form: Any, change: bool) -> None:
        data = form.cleaned_data
        entered = mapping.enter_exchange_rate(
            tenant=request.user.tenant,
            currency=data["currency"],
            month=data["month"],
            rate=data["rate"],
            source=data["source"],
            actor=request.user,
            now=timezone.now(),
        )
        obj.pk = entered.pk
        obj.refresh_from_db()

    @display(description=_("month"), ordering="month")
    def month_tag(self, rate: ExchangeRate) -> str:
        return f"{rate.month:%Y-%m}"


@admin.register(UsageRating)
class UsageRatingAdmin(ReadOnlyAdmin):
    list_display = (
        "customer",
        "month_tag",
        "items",
        "list_total",
        "payable_total",
        "problem_tag",
        "revision",
        "rated_at",
    )
    list_select_related = ("customer",)
    list_filter = ("month",)
    search_fields = ("customer__name__icontains",)
    fields = (
        ("customer", "month_tag", "problem_tag"),
        ("items", "list_total", "payable_total"),
        ("revision", "rated_at", "rerate_asked_at"),
        "rerating",
    )
    readonly_fields = ("month_tag", "problem_tag", "rerating")

    @display(description=_("month"), ordering="month")
    def month_tag(self, rating: UsageRating) -> str:
        return f"{rating.month:%Y-%m}"

    @display(description=_("status"), label={True: RED, False: GREEN})
    def problem_tag(self, rating: UsageRating) -> tuple[bool, Any]:
        text = sentence(rating.problem)
        return bool(text), text or _("Billed")

    @display(description=_("What rating it again would add"))
    def rerating(self, rating: UsageRating) -> Any:
        """Nothing is written: a job does it, when something changed that the steps look at."""
        try:
            found = preview(rating=rating, now=timezone.now())
        except DomainError as refusal:
            return str(refusal)
        if not found.lines:
            return _("Nothing: the price is the same.")
        rows = [
            [
                line.charge.product_name,
                line.charge.resource_id,
                f"¥{line.charge.payable.normalize():f}",
                LineReason(line.reason).label,
            ]
            for line in found.lines[:SHOWN]
        ]
        headers = [_("product"), _("resource"), _("payable"), _("reason")]
        said = _("¥{amount} in the bill of {month}").format(
            amount=f"{found.difference.normalize():f}", month=found.goes_to
        )
        content = {"headers": [str(text) for text in headers], "rows": rows}
        html = render_to_string("unfold/components/table.html", {"table": content})
        return format_html('<p>{}</p><div class="kb-wide">{}</div>', said, html)
