from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget

from apps.core.modeladmin import ReadOnlyTabularInline, ScopedModelAdmin
from apps.rbac.admin.rights import rights_view
from apps.rbac.admin.step_up import confirm_view
from apps.rbac.enums import RbacPerm
from apps.rbac.models import User, UserRole
from apps.rbac.phones import MobileField
from apps.rbac.selectors.accounts import FACTORS, factors_of

FIXED = ("email", "phone", "kind", "tenant")  # an address that staff may change is a way in


class UserForm(forms.ModelForm):
    language = forms.ChoiceField(
        label=_("language"), choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = User
        fields = (*FIXED, "display_name", "department", "superior", "language", "is_active")

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    def clean_phone(self) -> str | None:
        return MobileField(required=False).clean(self.cleaned_data["phone"]) or None


class UserRoleInline(ReadOnlyTabularInline):
    """What he holds; it changes by role grants alone."""

    model = UserRole
    fields = ("role", "granted_at")
    readonly_fields = fields
    tab = True


@admin.register(User)
class UserAdmin(ScopedModelAdmin):
    form = UserForm
    list_display = (
        "email",
        "display_name",
        "kind",
        "tenant",
        "department",
        "role_names",
        "mfa_tag",
        "is_active",
        "last_login",
    )
    list_select_related = ("tenant", "department")
    list_filter = ("kind", "tenant", "department", "is_active", "last_login")
    search_fields = ("email__istartswith", "display_name", "phone__endswith")
    search_help_text = _("E-mail, name or the end of the mobile number")
    ordering = ("-pk",)
    autocomplete_fields = ("tenant", "department", "superior")
    fieldsets = (
        (None, {"fields": ("display_name", "email", "phone", "kind", "language", "is_active")}),
        (_("Organization"), {"fields": ("tenant", "department", "superior")}),
        (_("Sign-in"), {"fields": ("second_factors", "last_login", "created_at")}),
    )
    readonly_fields = ("second_factors", "last_login", "created_at")
    inlines = (UserRoleInline,)
    actions_detail = ("effective_permissions", "request_role")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
        return (
            super()
            .get_queryset(request)
            .annotate(has_factor=Exists(factors))
            .prefetch_related("roles")
        )

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("effective-permissions/", guard(rights_view), name="rbac_effective_permissions"),
            path("step-up/", guard(confirm_view), name="rbac_step_up"),
            *super().get_urls(),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        names = super().get_readonly_fields(request, obj)
        if obj is None:
            return names
        own = ("department", "superior", "is_active") if obj.pk == request.user.pk else ()
        return (*names, *FIXED, *own)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_request_role_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return request.user.has_perm(RbacPerm.REQUEST_GRANT)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()  # he sets his own by a code to his address
        super().save_model(request, obj, form, change)

    @display(description=_("roles"))
    def role_names(self, user: User) -> str:
        return "、".join(str(role) for role in user.roles.all()) or "—"

    @display(description=_("two-factor"), label={True: "success", False: "warning"})
    def mfa_tag(self, user: User) -> tuple[bool, Any]:
        has_factor = getattr(user, "has_factor", False)
        return has_factor, _("Set up") if has_factor else _("Missing")

    @display(description=_("two-factor"))
    def second_factors(self, user: User) -> str:
        words = dict(Authenticator.Type.choices)
        return "、".join(str(words[name]) for name in factors_of(user)) or str(_("Missing"))

    @action(description=_("Effective permissions"), url_path="why", icon="policy")
    def effective_permissions(self, request: HttpRequest, object_id: str) -> HttpResponse:
        user = self.get_object(request, object_id)
        email = user.email if user else ""
        page = reverse("admin:rbac_effective_permissions")
        return HttpResponseRedirect(f"{page}?user={email}")

    @action(
        description=_("Request a role"),
        url_path="request-role",
        icon="how_to_reg",
        permissions=["request_role"],  # a method: the name would be looked up in the database
    )
    def request_role(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse('admin:rbac_rolegrant_add')}?user={object_id}")
