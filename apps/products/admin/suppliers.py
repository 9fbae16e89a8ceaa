"""Suppliers: who they are, on which terms we buy, whom to call, where to pay."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import Http404, HttpRequest, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.core.errors import DomainError, Invalid
from apps.core.modeladmin import (
    ReadOnlyTabularInline,
    ScopedModelAdmin,
    ScopedTabularInline,
    service_action,
)
from apps.core.retry import retry_txn
from apps.products import services
from apps.products.models import Supplier, SupplierAccount, SupplierContact
from apps.products.supply import SupplierPerm


def number_with_eye(account: SupplierAccount) -> str:
    """The masked number, and the button that shows the whole and leaves a trace."""
    return format_html(
        '<span class="kb-secret"><span data-secret>{}</span> <button type="button" '
        'data-reveal="{}" aria-label="{}" title="{}">'
        '<span class="material-symbols-outlined" aria-hidden="true">visibility</span>'
        "</button></span>",
        account.number_masked,
        reverse("admin:products_supplieraccount_reveal", args=[account.pk]),
        _("Show the account number at {bank}").format(bank=account.bank),
        _("Shows the whole number; that you looked is recorded."),
    )


class SupplierContactInline(ScopedTabularInline):
    model = SupplierContact
    fields = ("name", "duty", "email", "phone")
    tab = True


class SupplierAccountInline(ReadOnlyTabularInline):
    model = SupplierAccount
    fields = ("bank", "holder", "number_shown", "is_active")
    readonly_fields = fields
    tab = True

    @display(description=_("account number"))
    def number_shown(self, account: SupplierAccount) -> str:
        return number_with_eye(account)


@admin.register(Supplier)
class SupplierAdmin(ScopedModelAdmin):
    list_display = (
        "name",
        "code",
        "settlement_method",
        "settlement_cycle",
        "payment_days",
        "product_count",
        "tenant",
        "is_active",
    )
    list_select_related = ("tenant",)
    list_filter = ("settlement_method", "settlement_cycle", "vendors", "is_active", "tenant")
    search_fields = ("name", "code__istartswith", "uscc__istartswith")
    autocomplete_fields = ("vendors",)
    fieldsets = (
        (None, {"fields": (("name", "code"), ("uscc", "tenant"), "vendors", "is_active")}),
        (
            _("Settlement"),
            {"fields": (("settlement_method", "settlement_cycle"), "payment_days")},
        ),
        (_("Channel"), {"fields": ("channel_policy",)}),
    )
    inlines = (SupplierContactInline, SupplierAccountInline)

    class Media:
        js = ("customers/reveal.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(n_products=Count("products"))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return (*super().get_readonly_fields(request, obj), *(("tenant",) if obj else ()))

    @display(description=_("products"), ordering="n_products")
    def product_count(self, supplier: Supplier) -> int:
        return supplier.n_products


class AccountForm(forms.ModelForm):
    """The number goes in once; another number is another account."""

    number = forms.CharField(
        label=_("account number"),
        max_length=40,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    refusal: DomainError | None = None  # what the service said to the same input a moment ago

    class Meta:
        model = SupplierAccount
        fields = ("supplier", "holder", "bank")

    def clean(self) -> dict[str, Any]:
        if isinstance(self.refusal, Invalid):
            for name, sentence in self.refusal.fields.items():
                self.add_error(name, str(sentence))
        elif self.refusal is not None:
            self.add_error(None, str(self.refusal))
        return super().clean() or self.cleaned_data

    def _post_clean(self) -> None:
        """The service writes the row."""


@admin.register(SupplierAccount)
class SupplierAccountAdmin(ScopedModelAdmin):
    """Accounts are added and closed, never edited: a changed number is another account."""

    form = AccountForm
    list_display = ("supplier", "bank", "holder", "number_shown", "is_active")
    list_select_related = ("supplier",)
    list_filter = ("is_active", "supplier__tenant")
    search_fields = ("supplier__name", "bank", "holder")
    fields = ("supplier", "holder", "bank", "number")
    autocomplete_fields = ("supplier",)
    actions = (
        service_action(
            _("Close"), services.close_supplier_account, "account", SupplierPerm.SET_ACCOUNT
        ),
    )

    class Media:
        js = ("customers/reveal.js",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        if obj is None:
            return self.fields
        return ("supplier", "holder", "bank", "number_shown", "is_active", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **options)
        form.refusal = getattr(request, "refusal", None)
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: Any = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:  # nothing was saved: the same form again, with the reason
            request.refusal = error  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(
        self, request: HttpRequest, obj: SupplierAccount, form: Any, change: bool
    ) -> None:
        data = form.cleaned_data
        saved = services.add_supplier_account(
            supplier=data["supplier"],
            holder=data["holder"],
            bank=data["bank"],
            number=data["number"],
            actor=request.user,
            now=timezone.now(),
        )
        obj.pk = saved.pk
        obj.refresh_from_db()

    def get_urls(self) -> list[URLPattern]:
        view = require_POST(never_cache(self.reveal_view))
        name = "products_supplieraccount_reveal"
        own = [path("<int:pk>/reveal/", self.admin_site.admin_view(view), name=name)]
        return [*own, *super().get_urls()]

    def reveal_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        account = self.get_queryset(request).filter(pk=pk).first()
        if account is None:
            raise Http404
        try:
            number = retry_txn(services.reveal_account_number)(
                account=account, actor=request.user, now=timezone.now()
            )
        except DomainError as error:
            return JsonResponse({"problem": str(error)}, status=error.status)
        return JsonResponse({"number": number})

    @display(description=_("account number"))
    def number_shown(self, account: SupplierAccount) -> str:
        return number_with_eye(account) if account.pk else "—"
