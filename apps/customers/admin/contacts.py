"""Contacts in the admin. A phone number is masked until somebody clicks the eye (CUS-5)."""

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from import_export.fields import Field
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from apps.core.errors import DomainError, Invalid
from apps.core.modeladmin import (
    GREEN,
    GREY,
    ReadOnlyTabularInline,
    ScopedModelAdmin,
    service_action,
)
from apps.core.retry import retry_txn
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
    return format_html(
        '<span class="kb-secret"><span data-secret>{}</span> <button type="button" '
        'data-reveal="{}" aria-label="{}" title="{}">'
        '<span class="material-symbols-outlined" aria-hidden="true">visibility</span>'
        "</button></span>",
        contact.phone_masked,
        reverse("admin:customers_contact_reveal", args=[contact.pk]),
        _("Show the phone number of {name}").format(name=contact.name),
        _("Shows the whole number; that you looked is recorded."),
    )


class ContactForm(forms.ModelForm):
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
    refusal: DomainError | None = None  # what a service said to the same input a moment ago

    class Meta:
        model = Contact
        fields = ("customer", "name", "roles", "email", "user")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["phone"] = ""
        if self.instance.pk and "user" in self.fields:
            members = User.objects.filter(memberships__customer=self.instance.customer_id)
            self.fields["user"].queryset = members

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.refusal is not None:
            told = self.refusal.fields if isinstance(self.refusal, Invalid) else {}
            for name, sentence in told.items():
                self.add_error(name if name in self.fields else None, str(sentence))
            if not told:
                self.add_error(None, str(self.refusal))
        return data

    def _post_clean(self) -> None:
        """The service writes the row; the instance keeps what is stored."""

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


class ContactPage(ScopedModelAdmin):
    """How one contact is shown and written."""

    form = ContactForm
    fieldsets = (
        (None, {"fields": ("customer", "name", "roles", "email", "user")}),
        (_("Phone"), {"fields": ("phone_shown", "phone", "without_phone")}),
        (_("More"), {"fields": ("is_active", "created_at", "elsewhere")}),
    )
    facts_of_a_row = ("is_active", "created_at", "elsewhere")
    readonly_fields = ("phone_shown", *facts_of_a_row)
    autocomplete_fields = ("customer",)

    class Media:
        js = ("customers/reveal.js",)

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
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:  # nothing was saved: the same form again, with the reason
            request.refusal = error  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

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

    def get_urls(self) -> list[URLPattern]:
        view = require_POST(never_cache(self.reveal_view))
        name = "customers_contact_reveal"
        own = [path("<int:pk>/reveal/", self.admin_site.admin_view(view), name=name)]
        return [*own, *super().get_urls()]

    def reveal_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        contact = self.get_queryset(request).filter(pk=pk).first()
        if contact is None:
            raise Http404
        try:
            phone = retry_txn(services.reveal_phone)(
                contact=contact, actor=request.user, now=timezone.now()
            )
        except DomainError as error:
            return JsonResponse({"problem": str(error)}, status=error.status)
        return JsonResponse({"phone": phone})

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
