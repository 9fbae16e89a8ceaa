from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.modeladmin import (
    AMBER,
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
from apps.customers.enums import CustomerPerm, VerificationStatus
from apps.customers.models import Customer, Membership

VERIFICATION_COLORS = {
    VerificationStatus.UNVERIFIED: GREY,
    VerificationStatus.PENDING: AMBER,
    VerificationStatus.VERIFIED: GREEN,
    VerificationStatus.REJECTED: RED,
    VerificationStatus.CHANGING: AMBER,
    VerificationStatus.EXPIRED: RED,
}


class MembershipInline(ReadOnlyTabularInline):
    model = Membership
    fields = ("user", "is_primary", "created_at")
    tab = True


@admin.register(Customer)
class CustomerAdmin(ScopedModelAdmin):
    list_display = ("number", "name", "verification_tag", "uscc", "owner", "tenant", "created_at")
    list_display_links = ("number", "name")
    list_select_related = ("owner", "tenant")
    list_filter = ("verification", "tenant", "owner", "is_active", "created_at")
    search_fields = ("number__istartswith", "name", "uscc__istartswith", "memberships__user__email")
    search_help_text = _("Number, name, credit code, e-mail, or a contact's phone or its tail")
    readonly_fields = ("number", "verification", "verified_at", "created_at")
    fields = (
        "number",
        "name",
        "uscc",
        "industry",
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

    class Media:
        js = ("customers/reveal.js",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        found, has_doubles = super().get_search_results(request, queryset, search_term)
        by_contact = customers_by_contact(request, search_term) if search_term else []
        if by_contact:
            return found.distinct() | queryset.filter(pk__in=by_contact).distinct(), False
        return found, has_doubles

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Who sells to a customer, and which subject he is, change by their own services."""
        fixed = ("tenant", "uscc") if obj else ()
        return (*super().get_readonly_fields(request, obj), *fixed)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        if not change:
            now = timezone.localtime()
            obj.number = next_number("C", on=now.date())
            obj.created_at = now
        super().save_model(request, obj, form, change)
