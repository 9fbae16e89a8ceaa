"""Contacts in the admin. A phone number is masked until somebody clicks the eye (CUS-5)."""

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from import_export.fields import Field
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from apps.core.modeladmin import (
    GREEN,
    GREY,
    ReadOnlyTabularInline,
    service_action,
)
from apps.core.serviceforms import (
    RevealAdmin,
    ServiceForm,
    ServiceFormAdmin,
    masked_with_eye,
)
from apps.core.spreadsheets.resources import SafeExportMixin, ScopedResource
from apps.customers import services
from apps.customers.enums import ContactPerm, ContactRole
from apps.customers.models import Contact
from apps.rbac.models import User

_ONLY_DIGITS = re.compile(r"^[\s+()\-\d]+$")


def phone_with_eye(contact: Contact) -> str:
    """The masked number, and the button that shows the whole and leaves a trace."""
    if not contact.phone_masked:
        return "—"
    return masked_with_eye(
        contact.phone_masked,
        address=reverse("admin:customers_contact_reveal", args=[contact.pk]),
        label=_("Show the phone number of {name}").format(name=contact.name),
    )


class ContactForm(ServiceForm):
    """The phone number goes in and does not come out."""

    roles = forms.MultipleChoiceField(
        label=_("Contact roles"),
        choices=ContactRole.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=32,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=_("Leave empty to keep the stored number."),
    )
    without_phone = forms.BooleanField(label=_("Remove the phone number"), required=False)
    user = forms.ModelChoiceField(
        label=_("Portal account"),
        queryset=User.objects.none(),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = Contact
        fields = ("customer", "name", "roles", "email", "user")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["phone"] = ""
        if self.instance.pk and "user" in self.fields:
            members = User.objects.filter(memberships__customer=self.instance.customer_id)
            self.fields["user"].queryset = members

    def facts(self) -> services.ContactFacts:
        data = self.cleaned_data
        phone = "" if data.get("without_phone") else data["phone"] or None
        return services.ContactFacts(
            name=data["name"],
            roles=data["roles"],
            email=data["email"],
            phone=phone,
            user=data.get("user"),
        )


class ContactResource(ScopedResource):
    """Numbers leave the house masked only."""

    phone_masked = Field(attribute="phone_masked", column_name=_("phone"))
    roles = Field(attribute="get_roles_display", column_name=_("contact roles"))

    class Meta:
        model = Contact
        fields = (
            "customer__number",
            "customer__name",
            "name",
            "roles",
            "email",
            "phone_masked",
            "is_active",
            "created_at",
        )
        export_order = fields


class RoleFilter(admin.SimpleListFilter):
    title = _("contact roles")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return ContactRole.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        return queryset.with_role(chosen) if chosen in ContactRole.values else queryset


class ContactPage(ServiceFormAdmin, RevealAdmin):
    """How one contact is shown and written."""

    form = ContactForm
    reveal = services.reveal_phone
    reveal_arg = "contact"
    fieldsets = (
        (None, {"fields": ("customer", "name", "roles", "email", "user")}),
        (_("Phone"), {"fields": ("phone_shown", "phone", "without_phone")}),
        (_("More"), {"fields": ("is_active", "created_at", "elsewhere")}),
    )
    facts_of_a_row = ("is_active", "created_at", "elsewhere")
    readonly_fields = ("phone_shown", *facts_of_a_row)
    autocomplete_fields = ("customer",)

    class Media:
        js = ("core/reveal.js",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            left_out = {"user", "phone_shown", "without_phone", *self.facts_of_a_row}
        elif not self.has_change_permission(request, obj):
            left_out = {"phone", "without_phone"}
        else:
            left_out = set()
        parts = (
            (title, {"fields": tuple(name for name in part["fields"] if name not in left_out)})
            for title, part in self.fieldsets
        )
        return tuple(part for part in parts if part[1]["fields"])

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = ("customer",) if obj else ()
        return (*super().get_readonly_fields(request, obj), *fixed)

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        now, facts = timezone.now(), form.facts()
        if change:
            saved = services.change_contact(contact=obj, facts=facts, actor=request.user, now=now)
        else:
            customer = form.cleaned_data["customer"]
            saved = services.add_contact(
                customer=customer, facts=facts, actor=request.user, now=now
            )
        obj.pk = saved.pk
        obj.refresh_from_db()

    @display(description=_("phone"))
    def phone_shown(self, contact: Contact) -> str:
        return phone_with_eye(contact) if contact.pk else "—"

    @display(description=_("Also at"))
    def elsewhere(self, contact: Contact) -> str:
        """The same person at other customers that this staff member may see."""
        rows = [
            (reverse("admin:customers_contact_change", args=[other.pk]), other.customer.name)
            for other in getattr(contact, "others", [])
        ]
        links = format_html_join("、", '<a class="kb-link" href="{}">{}</a>', rows)
        return links or "—"


@admin.register(Contact)
class ContactAdmin(SafeExportMixin, ContactPage):
    resource_classes = (ContactResource,)
    list_display = ("name", "customer", "roles_tag", "email", "phone_shown", "user", "active_tag")
    list_select_related = ("customer", "user")
    list_filter = (RoleFilter, "is_active", "customer__tenant", "created_at")
    search_fields = (
        "name__icontains",
        "email__istartswith",
        "customer__name__icontains",
        "customer__number__istartswith",
        "phone_index__matches",
        "phone_tail__matches",
    )
    search_help_text = _("Name, e-mail, customer, whole phone number or its last four digits")
    actions = (
        service_action(
            _("Deactivate"),
            services.deactivate_contact,
            arg="contact",
            permission=ContactPerm.CHANGE,
        ),
        service_action(
            _("Restore"), services.restore_contact, arg="contact", permission=ContactPerm.CHANGE
        ),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        return super().get_search_results(request, queryset, as_one_number(search_term))

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        contact = super().get_object(request, object_id, from_field)
        if contact is not None:
            rows = Contact.objects.visible_to(request.user).select_related("customer")
            contact.others = rows.same_person_as(contact)
        return contact

    @display(description=_("contact roles"))
    def roles_tag(self, contact: Contact) -> str:
        return contact.get_roles_display()

    @display(description=_("status"), ordering="is_active", label={True: GREEN, False: GREY})
    def active_tag(self, contact: Contact) -> tuple[bool, Any]:
        return contact.is_active, _("In use") if contact.is_active else _("Deactivated")


class ContactInline(ReadOnlyTabularInline):
    model = Contact
    fields = ("name", "roles_tag", "email", "phone_shown", "is_active")
    tab = True

    @display(description=_("contact roles"))
    def roles_tag(self, contact: Contact) -> str:
        return contact.get_roles_display()

    @display(description=_("phone"))
    def phone_shown(self, contact: Contact) -> str:
        return phone_with_eye(contact) if contact.pk else "—"


def as_one_number(term: str) -> str:
    """ "138 0013 8000" is one word to search for, not three."""
    return re.sub(r"\s", "", term) if _ONLY_DIGITS.match(term) else term


def customers_by_contact(request: HttpRequest, term: str) -> list[int]:
    """The customers one of whose contacts, visible to this person, has this number or address."""
    rows = Contact.objects.visible_to(request.user)
    found = rows.with_phone(as_one_number(term)) | rows.filter(email__iexact=term.strip())
    return list(found.values_list("customer_id", flat=True)[:200])
