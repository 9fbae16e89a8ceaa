"""Discount authority, discounts by hand, and the workbench: what would a customer pay today?"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from apps.core.errors import DomainError
from apps.core.modeladmin import ReadOnlyAdmin, ScopedModelAdmin, money_column
from apps.core.retry import retry_txn
from apps.core.spreadsheets.resources import SafeExportMixin
from apps.products import services
from apps.products.admin.exports import ManualDiscountResource
from apps.products.admin.workbench import BasketForm, report_of, why_report
from apps.products.agreement_enums import ContractPerm
from apps.products.models import DiscountAuthority, ManualDiscount
from apps.rbac.models import Role


@admin.register(DiscountAuthority)
class DiscountAuthorityAdmin(ScopedModelAdmin):
    """Who may give how much by hand; the narrowest row of a role counts."""

    list_display = ("role", "covered", "lowest", "margin", "most", "is_active")
    list_select_related = ("role", "product", "category", "vendor")
    list_filter = ("role", "scope", "vendor", "category", "is_active")
    search_fields = ("role__name", "product__name")
    autocomplete_fields = ("product",)
    fields = (
        "role",
        ("scope", "vendor", "category", "product"),
        ("lowest_rate", "min_margin", "most_off"),
        "is_active",
    )
    most = money_column("most_off", gettext_lazy("most in 30 days"))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.related_model is Role:
            field.queryset = field.queryset.filter(kind="staff")
        return field

    def save_model(
        self, request: HttpRequest, obj: DiscountAuthority, form: Any, change: bool
    ) -> None:
        if not change:
            obj.tenant = request.user.tenant
        super().save_model(request, obj, form, change)

    @display(description=gettext_lazy("covers"))
    def covered(self, row: DiscountAuthority) -> str:
        return str(row.target or row.get_scope_display())

    @display(description=gettext_lazy("lowest rate"), ordering="lowest_rate")
    def lowest(self, row: DiscountAuthority) -> str:
        return f"{(row.lowest_rate * 100).normalize():f} %"

    @display(description=gettext_lazy("minimum margin"), ordering="min_margin")
    def margin(self, row: DiscountAuthority) -> str:
        return "—" if row.min_margin is None else f"{(row.min_margin * 100).normalize():f} %"


@admin.register(ManualDiscount)
class ManualDiscountAdmin(SafeExportMixin, ReadOnlyAdmin):
    """What sales gave by hand; its workbench makes new quotes."""

    resource_classes = (ManualDiscountResource,)
    list_display = ("quote", "customer", "sku", "list_sum", "paid", "taken", "given_by", "given_at")
    list_select_related = ("quote", "customer", "sku__product", "given_by")
    list_filter = ("given_at", "given_by", "product__vendor", "product__category", "tenant")
    search_fields = ("quote__number__istartswith", "customer__name", "product__name")
    list_sum = money_column("list_amount", gettext_lazy("list amount"))
    paid = money_column("amount", gettext_lazy("amount"))
    taken = money_column("off", gettext_lazy("taken off"))

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "products_manualdiscount_workbench"
        return [
            path("workbench/", wrap(self.workbench_view), name=name),
            path("workbench/preview/", wrap(self.preview_view), name=f"{name}_preview"),
            *super().get_urls(),
        ]

    def workbench_view(self, request: HttpRequest) -> HttpResponse:
        """New quote for a customer: a form, the live preview, and two ways on."""
        self._require(request)
        form = BasketForm(request.POST or None, request=request)
        if request.method == "POST" and form.is_valid():
            answer = self._act(request, form)
            if answer is not None:
                return answer
        context = {
            **self.admin_site.each_context(request),
            "title": _("New quote for a customer"),
            "opts": self.model._meta,
            "form": form,
        }
        return TemplateResponse(request, "admin/products/workbench.html", context)

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """The waterfall as a fragment of the page; nothing is written."""
        self._require(request)
        form = BasketForm(request.POST, request=request)
        context: dict[str, Any] = {"errors": []}
        if form.is_valid():
            try:
                look = services.look_at_price(
                    **form.basket(), actor=request.user, now=timezone.now()
                )
            except DomainError as error:
                context["errors"] = [str(error)]
            else:
                context |= report_of(look, request) | why_report(look, form, request)
        else:
            context["errors"] = form.sentences()
        return TemplateResponse(request, "admin/products/workbench_preview.html", context)

    def _require(self, request: HttpRequest) -> None:
        if not request.user.has_perm(ContractPerm.GIVE_DISCOUNT):
            raise PermissionDenied

    def _act(self, request: HttpRequest, form: BasketForm) -> HttpResponse | None:
        asks = "ask" in request.POST
        service = services.request_discount_by_hand if asks else services.quote_by_hand
        basket = form.basket()
        if asks:
            basket.pop("project")
        try:
            made = retry_txn(service)(
                **basket,
                reason=form.cleaned_data["reason"] or _("No reason was given."),
                actor=request.user,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(None, str(error))
            return None
        messages.success(request, _("%s has been made.") % made)
        name = "approvals_approval" if asks else "products_quote"
        return HttpResponseRedirect(reverse(f"admin:{name}_change", args=[made.pk]))
