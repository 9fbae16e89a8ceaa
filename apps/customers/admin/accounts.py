from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from apps.approvals.requestadmin import RequestsApproval
from apps.core.modeladmin import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    RED,
    ReadOnlyTabularInline,
    ScopedModelAdmin,
    service_action,
    status_column,
)
from apps.core.numbers import next_number
from apps.customers import services
from apps.customers.admin.contacts import ContactInline, customers_by_contact
from apps.customers.enums import CustomerPerm, CustomerTier, VerificationStatus
from apps.customers.models import Customer, CustomerTag, Membership

VERIFICATION_COLORS = {
    VerificationStatus.UNVERIFIED: GREY,
    VerificationStatus.PENDING: AMBER,
    VerificationStatus.VERIFIED: GREEN,
    VerificationStatus.REJECTED: RED,
    VerificationStatus.CHANGING: AMBER,
    VerificationStatus.EXPIRED: RED,
}


TIER_COLORS = {
    CustomerTier.STANDARD: GREY,
    CustomerTier.SILVER: BLUE,
    CustomerTier.GOLD: AMBER,
    CustomerTier.STRATEGIC: GREEN,
}
CLASSES = ("tier", "tags")


class CustomerForm(forms.ModelForm):
    """The columns; tier and tags are written by their service."""

    tags = forms.ModelMultipleChoiceField(
        label=_("customer tags"),
        queryset=CustomerTag.objects.none(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Customer
        fields = ("number", "name", "uscc", "industry", "tenant", "owner", "tier", "tags")

    def _save_m2m(self) -> None:
        """Not here: services.classify_customer keeps the tags that this person cannot see."""


class MembershipInline(ReadOnlyTabularInline):
    model = Membership
    fields = ("user", "is_primary", "created_at")
    tab = True


@admin.register(Customer)
class CustomerAdmin(RequestsApproval, ScopedModelAdmin):
    form = CustomerForm
    list_display = (
        "number",
        "name",
        "tier_tag",
        "verification_tag",
        "uscc",
        "owner",
        "tenant",
        "created_at",
    )
    list_display_links = ("number", "name")
    list_select_related = ("owner", "tenant")
    list_filter = ("verification", "tier", "tags", "tenant", "owner", "is_active", "created_at")
    search_fields = ("number__istartswith", "name", "uscc__istartswith", "memberships__user__email")
    search_help_text = _("Number, name, credit code, e-mail, or a contact's phone or its tail")
    readonly_fields = ("number", "verification", "verified_at", "created_at")
    fields = (
        "number",
        "name",
        "uscc",
        "industry",
        ("tier", "tags"),
        "tenant",
        "owner",
        "is_active",
        "verification",
        "verified_at",
        "created_at",
    )
    inlines = (ContactInline, MembershipInline)
    actions = (
        service_action(
            _("Confirm the real-name check"),
            services.confirm_verification,
            arg="customer",
            permission=CustomerPerm.VERIFY,
        ),
        service_action(
            _("Reject the real-name check"),
            services.reject_verification,
            arg="customer",
            permission=CustomerPerm.VERIFY,
        ),
    )
    verification_tag = status_column(
        "verification", VERIFICATION_COLORS, _("real-name verification")
    )

    tier_tag = status_column("tier", TIER_COLORS, _("customer tier"))

    class Media:
        js = ("core/reveal.js",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        found, has_doubles = super().get_search_results(request, queryset, search_term)
        by_contact = customers_by_contact(request, search_term) if search_term else []
        if by_contact:
            return found.distinct() | queryset.filter(pk__in=by_contact).distinct(), False
        return found, has_doubles

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Which tags a customer can have depends on his tenant: first he must have one."""
        names = super().get_fields(request, obj)
        return names if obj else [name for name in names if name != CLASSES]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Who sells to a customer, and which subject he is, change by their own services."""
        fixed = ("tenant", "uscc") if obj else ()
        classes = () if request.user.has_perm(CustomerPerm.CLASSIFY) else CLASSES
        return (*super().get_readonly_fields(request, obj), *fixed, *classes)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **options)
        if "tags" in form.base_fields:
            tags = CustomerTag.objects.visible_to(request.user)
            form.base_fields["tags"].queryset = tags.for_customer(obj) if obj else tags
        return form

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        if not change:
            now = timezone.localtime()
            obj.number = next_number("C", on=now.date())
            obj.created_at = now
        elif "tier" in form.changed_data:
            obj.tier = form.initial["tier"]
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not set(CLASSES).isdisjoint(form.changed_data):
            services.classify_customer(
                customer=form.instance,
                tier=form.cleaned_data["tier"],
                tags=form.cleaned_data["tags"],
                actor=request.user,
                now=timezone.now(),
            )


@admin.register(CustomerTag)
class CustomerTagAdmin(ScopedModelAdmin):
    list_display = ("name", "tenant", "customer_count")
    list_select_related = ("tenant",)
    list_filter = ("tenant",)
    search_fields = ("name",)
    fields = ("name", "tenant")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(n_customers=Count("customers"))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return (*super().get_readonly_fields(request, obj), *(("tenant",) if obj else ()))

    @display(description=_("customers"), ordering="n_customers")
    def customer_count(self, tag: CustomerTag) -> int:
        return tag.n_customers
