"""The calendar of work: holidays that the installed library does not know, or knows otherwise."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.approvals import working_time
from apps.approvals.models import CalendarDay
from apps.core.modeladmin import ScopedModelAdmin
from apps.rbac.enums import TenantKind


@admin.register(CalendarDay)
class CalendarDayAdmin(ScopedModelAdmin):
    deletable = True
    list_display = ("day", "name", "is_working")
    list_filter = ("is_working",)
    search_fields = ("name__icontains",)
    date_hierarchy = "day"
    fields = ("day", "name", "is_working")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        warning = working_time.calendar_warning(timezone.localdate())
        if warning:
            messages.warning(request, warning)
        return super().changelist_view(request, extra_context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and _keeps_it(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and _keeps_it(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _keeps_it(request)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        transaction.on_commit(working_time.forget_own_days)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        transaction.on_commit(working_time.forget_own_days)


def _keeps_it(request: HttpRequest) -> bool:
    """One calendar for all: the platform's staff keep it."""
    return request.user.is_superuser or request.user.tenant.kind == TenantKind.PLATFORM
