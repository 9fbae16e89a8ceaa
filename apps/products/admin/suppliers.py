"""Suppliers: who they are, on which terms we buy, whom to call, where to pay."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.core.modeladmin import (
    ReadOnlyTabularInline,
    ScopedModelAdmin,
    service_action,
)
from apps.core.serviceforms import (
    RevealAdmin,
    ServiceForm,
    ServiceFormAdmin,
    masked_with_eye,
)
from apps.products import services
from apps.products.admin.levels import PHASES, share_of
from apps.products.admin.tables import phase_of
from apps.products.enums import ProductPerm
from apps.products.models import Supplier, SupplierAccount, SupplierContact, SupplierTerm
from apps.products.supply import SupplierPerm


def number_with_eye(account: SupplierAccount) -> str:
    """The masked number, and the button that shows the whole and leaves a trace."""
    return masked_with_eye(
        account.number_masked,
        address=reverse("admin:products_supplieraccount_reveal", args=[account.pk]),
        label=_("Show the account number at {bank}").format(bank=account.bank),
    )


def phone_with_eye(contact: SupplierContact) -> str:
    """The masked number, and the button that shows the whole and leaves a trace."""
    if not contact.phone_masked:
        return "—"
    return masked_with_eye(
        contact.phone_masked,
        address=reverse("admin:products_suppliercontact_reveal", args=[contact.pk]),
        label=_("Show the phone number of {name}").format(name=contact.name),
    )


class SupplierContactInline(ReadOnlyTabularInline):
    model = SupplierContact
    fields = ("name", "duty", "email", "phone_shown")
    readonly_fields = fields
    show_change_link = True
    tab = True

    @display(description=_("business phone"))
    def phone_shown(self, contact: SupplierContact) -> str:
        return phone_with_eye(contact)


class SupplierTermInline(ReadOnlyTabularInline):
    """What comes back of what the supplier charges: for those who may see the cost."""

    model = SupplierTerm
    fields = ("name", "kind", "share", "covered", "phase", "valid_from", "valid_until")
    readonly_fields = fields
    show_change_link = True
    tab = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_see_cost = request.user.has_perm(ProductPerm.VIEW_COST)
        return may_see_cost and super().has_view_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        return rows.select_related("sku", "product", "category", "vendor")

    @display(description=_("rate"))
    def share(self, term: SupplierTerm) -> str:
        return share_of(term)

    @display(description=_("covers"))
    def covered(self, term: SupplierTerm) -> str:
        return str(term.target or term.get_scope_display())

    @display(description=_("state"), label=PHASES)
    def phase(self, term: SupplierTerm) -> tuple[str, str]:
        return phase_of(term, timezone.now())


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
    inlines = (SupplierContactInline, SupplierTermInline, SupplierAccountInline)

    class Media:
        js = ("core/reveal.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(n_products=Count("products"))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return (*super().get_readonly_fields(request, obj), *(("tenant",) if obj else ()))

    @display(description=_("products"), ordering="n_products")
    def product_count(self, supplier: Supplier) -> int:
        return supplier.n_products


class AccountForm(ServiceForm):
    """The number goes in once; another number is another account."""

    number = forms.CharField(
        label=_("account number"),
        max_length=40,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    class Meta:
        model = SupplierAccount
        fields = ("supplier", "holder", "bank")


@admin.register(SupplierAccount)
class SupplierAccountAdmin(ServiceFormAdmin, RevealAdmin):
    """Accounts are added and closed, never edited: a changed number is another account."""

    form = AccountForm
    reveal = services.reveal_account_number
    reveal_arg = "account"
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
        js = ("core/reveal.js",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        if obj is None:
            return self.fields
        return ("supplier", "holder", "bank", "number_shown", "is_active", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

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

    @display(description=_("account number"))
    def number_shown(self, account: SupplierAccount) -> str:
        return number_with_eye(account) if account.pk else "—"


class SupplierContactForm(ServiceForm):
    """The phone number goes in and does not come out."""

    phone = forms.CharField(
        label=_("business phone"),
        required=False,
        max_length=32,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=_("Leave empty to keep the stored number."),
    )
    without_phone = forms.BooleanField(label=_("Remove the phone number"), required=False)

    class Meta:
        model = SupplierContact
        fields = ("supplier", "name", "duty", "email")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["phone"] = ""

    def facts(self) -> services.SupplierContactFacts:
        data = self.cleaned_data
        phone = "" if data.get("without_phone") else data["phone"] or None
        return services.SupplierContactFacts(data["name"], data["duty"], data["email"], phone)


@admin.register(SupplierContact)
class SupplierContactAdmin(ServiceFormAdmin, RevealAdmin):
    form = SupplierContactForm
    reveal = services.reveal_supplier_phone
    reveal_arg = "contact"
    list_display = ("name", "supplier", "duty", "email", "phone_shown")
    list_select_related = ("supplier",)
    list_filter = ("supplier__tenant", "duty")
    search_fields = ("name", "supplier__name", "email__istartswith")
    autocomplete_fields = ("supplier",)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        if obj is None:
            return ("supplier", ("name", "duty"), "email", "phone")
        shown = ("supplier", ("name", "duty"), "email", "phone_shown")
        if not self.has_change_permission(request, obj):
            return shown
        return (*shown, "phone", "without_phone")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return ("phone_shown", *(("supplier",) if obj else ()))

    def save_model(
        self, request: HttpRequest, obj: SupplierContact, form: Any, change: bool
    ) -> None:
        now, facts = timezone.now(), form.facts()
        if change:
            services.change_supplier_contact(contact=obj, facts=facts, actor=request.user, now=now)
        else:
            saved = services.add_supplier_contact(
                supplier=form.cleaned_data["supplier"], facts=facts, actor=request.user, now=now
            )
            obj.pk = saved.pk
        obj.refresh_from_db()

    @display(description=_("business phone"))
    def phone_shown(self, contact: SupplierContact) -> str:
        return phone_with_eye(contact) if contact.pk else "—"
