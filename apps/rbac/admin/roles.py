from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from apps.core.modeladmin import ScopedModelAdmin
from apps.rbac.enums import STANDARD_ROLES
from apps.rbac.models import Role
from apps.rbac.selectors.labels import VERBS, matrix_of

# What a role reaches is part of what it allows: it is chosen once, while it allows nothing.
FIXED = ("code", "kind", "data_scope", "departments", "tenant")


@admin.register(Role)
class RoleAdmin(ScopedModelAdmin):
    list_display = (
        "role_name",
        "code",
        "kind",
        "data_scope",
        "tenant",
        "holders",
        "permissions_held",
    )
    list_display_links = ("role_name", "code")
    list_select_related = ("tenant",)
    list_filter = ("kind", "data_scope", "tenant")
    search_fields = ("name", "code")
    search_help_text = _("Name or code")
    autocomplete_fields = ("tenant", "departments")
    fieldsets = (
        (None, {"fields": ("name", "code", "kind", "tenant", "data_scope", "departments")}),
        (_("Permissions"), {"fields": ("matrix",), "classes": ("tab",)}),
    )
    readonly_fields = ("matrix",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Role]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                user_count=Count("user_roles", distinct=True),
                permission_count=Count("role_permissions", distinct=True),
            )
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Role | None = None) -> Any:
        names = super().get_readonly_fields(request, obj)
        if obj is None:
            return names
        standard = ("name",) if obj.code in STANDARD_ROLES else ()
        return (*names, *FIXED, *standard)

    def has_change_permission(self, request: HttpRequest, obj: Role | None = None) -> bool:
        """A role of all tenants is not one tenant's to rename."""
        if obj is not None and obj.tenant_id is None and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "tenant" in form.base_fields and not request.user.is_superuser:
            form.base_fields["tenant"].required = True
        return form

    @display(description=_("name"), ordering="name")
    def role_name(self, role: Role) -> str:
        return str(role)

    @display(description=pgettext_lazy("count", "users"), ordering="user_count")
    def holders(self, role: Role) -> int:
        return role.user_count

    @display(description=pgettext_lazy("count", "permissions"), ordering="permission_count")
    def permissions_held(self, role: Role) -> int:
        return role.permission_count

    @display(description=_("What holders may do"))
    def matrix(self, role: Role) -> SafeString:
        held = role.permissions.select_related("content_type") if role.pk else []
        context = {"matrix": matrix_of(held), "verbs": VERBS}
        return render_to_string("admin/rbac/matrix.html", context)
