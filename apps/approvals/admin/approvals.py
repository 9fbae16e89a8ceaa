"""The list of approvals, and the page on which they are decided."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.approvals import kinds, selectors
from apps.approvals.admin import board, boxes, bulk, decision, looks, verbs
from apps.approvals.models import Approval, Attachment, Task
from apps.approvals.selectors.seals import sealed_document
from apps.core.errors import DomainError
from apps.core.modeladmin import ReadOnlyAdmin, status_column
from apps.core.retry import retry_txn
from apps.rbac.errors import StepUpRequired
from apps.rbac.services import step_up


class KindFilter(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "code"  # not the field's name, or lookups on it would be allowed

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(kind.code, kind.label) for kind in kinds.all_kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    """Everybody's door to what waits for him, and to what he asked for."""

    list_before_template = "admin/approvals/boxes.html"
    list_display = (
        "what",
        "status_tag",
        "amount",
        "held_by",
        "kind_tag",
        "applicant",
        "started",
    )
    list_display_links = ("what",)
    list_select_related = ("applicant",)
    list_filter = (KindFilter, "status", "tenant", "started_at")
    search_fields = (
        "number__istartswith",
        "title__icontains",
        "applicant__display_name__icontains",
        "applicant__email__istartswith",
        "applicant__phone__endswith",
    )
    search_help_text = _("Number, title, applicant's name, e-mail or last digits of the mobile")
    actions = ("approve_selected",)
    list_per_page = 20  # what a person decides in a sitting; the page is read many times a day
    status_tag = status_column("status", looks.STATUS_COLORS)

    def has_view_permission(self, request: HttpRequest, obj: Approval | None = None) -> bool:
        # An approver needs no role to read what waits for him: the rows decide.
        if super().has_view_permission(request, obj):
            return True
        return request.user.is_authenticated and Approval.objects.visible_to(request.user).exists()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[boxes.BoxChangeList]:
        return boxes.BoxChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        queryset = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name.endswith("_changelist"):
            box = boxes.box_of(request)
            if box in boxes.ROWS:
                mine = boxes.ROWS[box](request.user)
                queryset = Approval.objects.filter(pk__in=mine).order_by(*queryset.query.order_by)
            tasks = Task.objects.open().select_related("assignee", "step")
            queryset = queryset.prefetch_related(
                Prefetch("tasks", queryset=tasks, to_attr="open_tasks")
            )
        return queryset

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        name = "approvals_approval"
        return [
            path("waiting/", guard(self.board_view), name=f"{name}_board"),
            path("times/", guard(self.times_view), name=f"{name}_times"),
            path("<int:pk>/act/<slug:verb>/", guard(self.act_view), name=f"{name}_act"),
            path("<int:pk>/change/state/", guard(self.state_view), name=f"{name}_state"),
            path("<int:pk>/files/<int:file>/", guard(self.file_view), name=f"{name}_file"),
            path("<int:pk>/sealed/", guard(self.sealed_view), name=f"{name}_sealed"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        approval = self.get_object(request, object_id)
        if approval is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method == "POST":
            return HttpResponse(status=405)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": approval,
            "title": approval.number,
            "show_back_button": True,
            "page": decision.page_of(request, approval),
        }
        return TemplateResponse(request, "admin/approvals/decision.html", context)

    def act_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """One verb, posted from the page; the page again with what was done or why not."""
        approval = self._known(request, pk)
        if request.method == "POST":
            form = verbs.form_of(verb, request, approval, data=request.POST, files=request.FILES)
            if form is None:
                raise Http404
            if verb == "approve" and kinds.get(approval.kind).step_up:
                return self._act_surely(request, pk, approval, form)
            self._act(request, approval, form)
        return self._after(request, pk)

    def _act_surely(
        self, request: HttpRequest, pk: int, approval: Approval, form: verbs.VerbForm
    ) -> HttpResponse:
        """After the second factor; the page that asks for it leads back to the decision."""
        action = kinds.get(approval.kind).step_up
        try:
            step_up.ensure_confirmed(
                request.session,
                user=request.user,
                action=action,
                now=timezone.now(),
                without_mfa=True,
            )
        except StepUpRequired:
            back = reverse("admin:approvals_approval_change", args=[pk])
            query = urlencode({"action": action, "next": back})
            return HttpResponseRedirect(f"{reverse('admin:rbac_step_up')}?{query}")
        self._act(request, approval, form)
        return self._after(request, pk)

    def _after(self, request: HttpRequest, pk: int) -> HttpResponse:
        if Approval.objects.visible_to(request.user).filter(pk=pk).exists():
            return HttpResponseRedirect(reverse("admin:approvals_approval_change", args=[pk]))
        # His task was all that let him read it.
        return HttpResponseRedirect(reverse("admin:index"))

    def _act(self, request: HttpRequest, approval: Approval, form: verbs.VerbForm) -> None:
        if not form.is_valid():
            for errors in form.errors.values():
                messages.error(request, " ".join(map(str, errors)))
            return
        try:
            retry_txn(form.run)(approval=approval, actor=request.user, now=timezone.now())
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"{approval.number}: {form.done}")

    def board_view(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, "board", board.board(request))

    def times_view(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, "times", board.times(request))

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        base = self.admin_site.each_context(request)
        return TemplateResponse(request, f"admin/approvals/{template}.html", {**base, **context})

    def state_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """What the page asks every few seconds: whether it is still up to date."""
        return JsonResponse({"stamp": decision.stamp_of(self._visible(request, pk))})

    def file_view(self, request: HttpRequest, pk: int, file: int) -> FileResponse:
        found = Attachment.objects.filter(approval=self._visible(request, pk), pk=file).first()
        if found is None:
            raise Http404
        return FileResponse(found.file.open("rb"), as_attachment=True, filename=found.name)

    def sealed_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The sealed form, as it was made."""
        document = sealed_document(self._visible(request, pk))
        if document is None:
            raise Http404
        headers = {"Content-Disposition": f'inline; filename="{document.file_name}"'}
        return HttpResponse(bytes(document.pdf), content_type="application/pdf", headers=headers)

    def _known(self, request: HttpRequest, pk: int) -> Approval:
        """What he may read or had a part in: he hears that somebody was faster."""
        own = Task.objects.visible_to(request.user).filter(approval=pk)
        found = self.get_object(request, str(pk))
        if found is None and own.exists():
            found = Approval.objects.get(pk=pk)
        if found is None:
            raise Http404
        return found

    def _visible(self, request: HttpRequest, pk: int) -> Approval:
        approval = self.get_object(request, str(pk))
        if approval is None:
            raise Http404
        return approval

    @admin.action(description=_("Approve selected"))
    def approve_selected(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        """First what would happen, then, confirmed, what did."""
        return bulk.approve(self, request, queryset)

    @display(description=_("Request"), ordering="number")
    def what(self, approval: Approval) -> str:
        small = '{}<br><span class="ka-muted ka-small">{}</span>'
        return format_html(small, approval.title, approval.number)

    @display(description=_("kind"), ordering="kind")
    def kind_tag(self, approval: Approval) -> str:
        return selectors.kind_label(approval.kind)

    @display(description=_("amount"))
    def amount(self, approval: Approval) -> str:
        return format_html('<span class="kb-money">{}</span>', looks.amount_of(approval) or "—")

    @display(description=_("held by"))
    def held_by(self, approval: Approval) -> str:
        open_tasks = approval.open_tasks
        if not open_tasks:
            return "—"
        names = "、".join(dict.fromkeys(str(task.assignee) for task in open_tasks))
        return f"{open_tasks[0].step.label} · {names}"

    @display(description=_("started"), ordering="started_at")
    def started(self, approval: Approval) -> str:
        exact = timezone.localtime(approval.started_at).strftime("%Y-%m-%d %H:%M:%S")
        now = timezone.now()
        if now - approval.started_at > timedelta(days=30):
            return exact[:16]
        text = _("%(time)s ago") % {"time": timesince(approval.started_at, now, depth=1)}
        return format_html('<time title="{}">{}</time>', exact, text)
