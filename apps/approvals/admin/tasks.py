"""Each person's own decisions: what stays readable when the approval no longer is (X-7)."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.approvals import selectors
from apps.approvals.admin import looks
from apps.approvals.enums import ApprovalPerm
from apps.approvals.models import Task
from apps.core.modeladmin import ReadOnlyAdmin, status_column


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    list_display = ("number", "kind_tag", "step", "status_tag", "note", "decided_at", "behalf")
    list_select_related = ("approval", "step", "on_behalf_of")
    list_filter = ("status", "decided_at")
    search_fields = ("approval__number__istartswith", "note__icontains")
    ordering = ("-decided_at", "-pk")
    fields = ("number", "kind_tag", "step", "status", "note", "decided_at", "decided_by", "behalf")
    readonly_fields = ("number", "kind_tag", "behalf")
    status_tag = status_column("status", looks.TASK_COLORS)

    def has_view_permission(self, request: HttpRequest, obj: Task | None = None) -> bool:
        if request.user.has_perm(ApprovalPerm.DECIDE):
            return True
        return request.user.is_authenticated and self._own(request).exists()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """His own, whoever he is: others' decisions stand on the page of the approval."""
        return super().get_queryset(request).filter(self._mine(request))

    def _own(self, request: HttpRequest) -> QuerySet:
        return Task.objects.visible_to(request.user).filter(self._mine(request))

    def _mine(self, request: HttpRequest) -> Q:
        return Q(decided_by=request.user.pk)

    @display(description=_("number"), ordering="approval__number")
    def number(self, task: Task) -> str:
        return task.approval.number

    @display(description=_("kind"), ordering="approval__kind")
    def kind_tag(self, task: Task) -> str:
        return selectors.kind_label(task.approval.kind)

    @display(description=_("on behalf of"))
    def behalf(self, task: Task) -> str:
        return str(task.on_behalf_of or "—")
