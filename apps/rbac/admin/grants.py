from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import Permission
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.errors import DomainError
from apps.core.modeladmin import (
    AMBER,
    GREEN,
    GREY,
    RED,
    ScopedModelAdmin,
    service_action,
    status_column,
)
from apps.rbac.admin.rights import PermissionChoiceField, our_permissions
from apps.rbac.admin.step_up import step_up_admin
from apps.rbac.enums import RbacPerm, RequestStatus
from apps.rbac.models import RoleGrant, RolePermissionChange
from apps.rbac.selectors.labels import label_of
from apps.rbac.services import grants

COLORS = {
    RequestStatus.PENDING: AMBER,
    RequestStatus.APPROVED: GREEN,
    RequestStatus.REJECTED: RED,
    RequestStatus.WITHDRAWN: GREY,
}
STEP_UP = "role-grant"


def decision(label: Any, service: Callable[..., Any], arg: str, permission: str) -> Any:
    """A service action that asks for the second factor first."""
    run = service_action(label, service, arg=arg, permission=permission)
    guarded = step_up_admin(STEP_UP)(run)
    guarded.short_description = label
    guarded.required_permission = permission
    return guarded


class RequestAdmin(ScopedModelAdmin):
    """Requests are made here, decided by an action, and never edited."""

    asking = ""  # the permission to make one
    list_filter = ("status", "kind", "requested_at")
    status_tag = status_column("status", COLORS)
    date_hierarchy = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.asking)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @step_up_admin(STEP_UP)
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().add_view(request, form_url, extra_context)
        except DomainError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        made = self.make(actor=request.user, now=timezone.now(), **form.cleaned_data)
        obj.pk = made.pk
        obj.refresh_from_db()

    def make(self, **asked: Any) -> Any:
        raise NotImplementedError


@admin.register(RoleGrant)
class RoleGrantAdmin(RequestAdmin):
    asking = RbacPerm.REQUEST_GRANT
    list_display = (
        "user",
        "role",
        "kind",
        "status_tag",
        "requested_by",
        "requested_at",
        "decided_by",
        "decided_at",
    )
    list_select_related = ("user", "role", "requested_by", "decided_by")
    list_filter = ("status", "kind", "role", "requested_at")
    search_fields = ("user__email", "user__display_name", "role__code", "role__name")
    autocomplete_fields = ("user", "role")
    actions = (
        decision(_("Approve"), grants.approve_grant, "grant", RbacPerm.DECIDE_GRANT),
        decision(_("Reject"), grants.reject_grant, "grant", RbacPerm.DECIDE_GRANT),
        decision(_("Withdraw"), grants.withdraw_grant, "grant", RbacPerm.REQUEST_GRANT),
    )

    def get_fields(self, request: HttpRequest, obj: RoleGrant | None = None) -> Any:
        asked = ("user", "role", "kind", "reason")
        decided = ("status_tag", "requested_by", "requested_at", "decided_by", "decided_at")
        return (*asked, *decided) if obj else asked

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("status_tag",) if obj else ()

    def make(self, **asked: Any) -> RoleGrant:
        return grants.request_role(**asked)


@admin.register(RolePermissionChange)
class RolePermissionChangeAdmin(RequestAdmin):
    asking = RbacPerm.REQUEST_PERMISSION_CHANGE
    list_display = (
        "role",
        "permission_label",
        "kind",
        "status_tag",
        "requested_by",
        "requested_at",
        "decided_by",
        "decided_at",
    )
    list_select_related = ("role", "permission__content_type", "requested_by", "decided_by")
    list_filter = ("status", "kind", "role", "requested_at")
    search_fields = ("role__code", "role__name", "permission__codename")
    autocomplete_fields = ("role",)
    actions = (
        decision(
            _("Approve"),
            grants.approve_permission_change,
            "change",
            RbacPerm.DECIDE_PERMISSION_CHANGE,
        ),
        decision(
            _("Reject"),
            grants.reject_permission_change,
            "change",
            RbacPerm.DECIDE_PERMISSION_CHANGE,
        ),
        decision(
            _("Withdraw"),
            grants.withdraw_permission_change,
            "change",
            RbacPerm.REQUEST_PERMISSION_CHANGE,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: RolePermissionChange | None = None) -> Any:
        if obj is None:
            return ("role", "permission", "kind", "reason")
        asked = ("role", "permission_label", "kind", "reason")
        return (*asked, "status_tag", "requested_by", "requested_at", "decided_by", "decided_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("status_tag", "permission_label") if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Permission:
            kwargs["form_class"] = PermissionChoiceField
            kwargs["queryset"] = our_permissions()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @display(description=_("permission"), ordering="permission__codename")
    def permission_label(self, change: RolePermissionChange) -> str:
        return label_of(change.permission)

    def make(self, **asked: Any) -> RolePermissionChange:
        return grants.request_permission_change(**asked)
