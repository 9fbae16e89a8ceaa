"""Flows in the admin: versions, the editor with its drawing, publication."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from apps.approvals import kinds, selectors, services
from apps.approvals.admin import drawing, looks, simulator
from apps.approvals.admin.flow_forms import NodeFormSet, Vocabulary, initial_of
from apps.approvals.admin.vocabulary import vocabulary_of
from apps.approvals.engine.graph import Graph, GraphIsMalformed, from_json
from apps.approvals.enums import ApprovalPerm, ApprovalStatus, VersionStatus
from apps.approvals.models import FlowDefinition, FlowVersion
from apps.core.errors import DomainError
from apps.core.modeladmin import ScopedModelAdmin
from apps.core.retry import retry_txn

RUNNING = Count("approvals", filter=Q(approvals__status=ApprovalStatus.RUNNING))


class FlowForm(forms.ModelForm):
    """A new flow: its kind, and whose it is. The service makes the row."""

    kind = forms.ChoiceField(label=_("Kind"), widget=UnfoldAdminSelectWidget)

    class Meta:
        model = FlowDefinition
        fields = ("kind", "tenant")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].choices = [(kind.code, kind.label) for kind in kinds.all_kinds()]


@admin.register(FlowDefinition)
class FlowDefinitionAdmin(ScopedModelAdmin):
    form = FlowForm
    list_display = ("kind_tag", "whose", "published", "draft_tag", "in_progress")
    list_display_links = ("kind_tag",)
    list_filter = ("tenant",)
    search_fields = ("kind__icontains",)
    fields = ("kind", "tenant")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        drafts = Count("versions", filter=Q(versions__status=VersionStatus.DRAFT), distinct=True)
        running = Count(
            "versions__approvals",
            filter=Q(versions__approvals__status=ApprovalStatus.RUNNING),
            distinct=True,
        )
        rows = super().get_queryset(request).select_related("tenant", "current")
        return rows.annotate(drafts=drafts, running=running)

    def has_change_permission(
        self, request: HttpRequest, obj: FlowDefinition | None = None
    ) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        editable = FlowDefinition.objects.editable_by(request.user)
        return obj is None or editable.filter(pk=obj.pk).exists()

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        name = "approvals_flowdefinition"
        return [
            path("simulator/", guard(self.simulator_view), name=f"{name}_simulator"),
            path("<int:pk>/draft/", guard(self.draft_view), name=f"{name}_draft"),
            path("<int:pk>/v/<int:number>/", guard(self.version_view), name=f"{name}_version"),
            path("<int:pk>/preview/", guard(self.preview_view), name=f"{name}_preview"),
            *super().get_urls(),
        ]

    def save_model(
        self, request: HttpRequest, obj: FlowDefinition, form: Any, change: bool
    ) -> None:
        data = form.cleaned_data
        made = services.create_flow(
            kind=data["kind"], tenant=data["tenant"], actor=request.user, now=timezone.now()
        )
        obj.pk = made.pk
        obj.refresh_from_db()

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().add_view(request, form_url, extra_context)
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        return HttpResponseRedirect(_address("change", obj.pk))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        definition = self.get_object(request, object_id)
        if definition is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method == "POST":
            return HttpResponse(status=405)
        return self._page(
            request, definition, "definition", page=self._versions(request, definition)
        )

    def _versions(self, request: HttpRequest, definition: FlowDefinition) -> dict[str, Any]:
        rows = definition.versions.select_related("published_by").annotate(running=RUNNING)
        versions = [
            {
                "row": row,
                "tone": looks.VERSION_TONES.get(row.status, looks.DRAFT),
                "is_draft": row.status == VersionStatus.DRAFT,
                "link": _address("version", definition.pk, row.number),
            }
            for row in rows.order_by("-number")
        ]
        current = definition.current
        vocabulary = vocabulary_of(definition, current.graph if current else None)
        return {
            "kind": selectors.kind_label(definition.kind),
            "tenant": definition.tenant or _("Default of all tenants"),
            "versions": versions,
            "has_draft": any(version["is_draft"] for version in versions),
            "may_edit": self.has_change_permission(request, definition),
            "draft": _address("draft", definition.pk),
            "simulator": _simulator_of(definition),
            "shown": _("Published: %(version)s") % {"version": current}
            if current
            else _("Approval flow"),
            "flow": drawing.plan(current.graph, vocabulary.names) if current else None,
            "facts": [label for name, label in vocabulary.fields if name],
            "involves_money": kinds.get(definition.kind).involves_money,
        }

    def draft_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The draft of a flow; if there is none, a copy of what is published."""
        definition = self._editable(request, pk)
        draft = definition.versions.filter(status=VersionStatus.DRAFT).first()
        if draft is None and request.method == "POST":
            current = definition.current
            graph = current.graph_data if current else _default_graph(definition)
            draft = services.save_draft(
                definition=definition, graph=graph, actor=request.user, now=timezone.now()
            )
        if draft is None:
            return HttpResponseRedirect(_address("change", pk))
        return HttpResponseRedirect(_address("version", pk, draft.number))

    def version_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """A version to look at; a draft to edit, for who may."""
        definition = self._visible(request, pk)
        version = definition.versions.filter(number=number).first()
        if version is None:
            raise Http404
        may_edit = self.has_change_permission(request, definition)
        if version.status != VersionStatus.DRAFT or not may_edit:
            return self._page(request, definition, "editor", page=_drawn(version))
        if request.method == "POST":
            return self._save(request, version)
        vocabulary = vocabulary_of(definition, _graph(version))
        initial = initial_of(_graph(version), vocabulary.names)
        formset = _formset(vocabulary, initial=initial)
        return self._page(request, definition, "editor", page=_edited(version, formset))

    def _save(self, request: HttpRequest, version: FlowVersion) -> HttpResponse:
        definition = version.definition
        formset = _formset(vocabulary_of(definition, _graph(version)), data=request.POST)
        problems = []
        if formset.is_valid():
            try:
                retry_txn(_keep)(request, version, formset.data_of_flow())
            except DomainError as error:
                problems = [str(error)]
            else:
                return HttpResponseRedirect(_address("change", definition.pk))
        page = {**_edited(version, formset), "problems": problems}
        return self._page(request, definition, "editor", page=page)

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The drawing of what is in the form now. Saves nothing."""
        definition = self._editable(request, pk)
        vocabulary = vocabulary_of(definition)
        formset = _formset(vocabulary, data=request.POST)
        formset.is_valid()
        try:
            graph = from_json(formset.data_of_flow(), vocabulary.types)
        except GraphIsMalformed:
            return HttpResponse(status=204)
        flow = drawing.plan(graph, vocabulary.names)
        return TemplateResponse(request, "admin/approvals/flow.html", {"flow": flow})

    def simulator_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(ApprovalPerm.VIEW_FLOW):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Simulator of flows"),
            **simulator.answer(request),
        }
        return TemplateResponse(request, "admin/approvals/simulator.html", context)

    def _page(
        self, request: HttpRequest, definition: FlowDefinition, template: str, **more: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": definition,
            "title": str(definition),
            "show_back_button": True,
            **more,
        }
        return TemplateResponse(request, f"admin/approvals/{template}.html", context)

    def _visible(self, request: HttpRequest, pk: int) -> FlowDefinition:
        definition = self.get_object(request, str(pk))
        if definition is None:
            raise Http404
        return definition

    def _editable(self, request: HttpRequest, pk: int) -> FlowDefinition:
        definition = self._visible(request, pk)
        if not self.has_change_permission(request, definition):
            raise PermissionDenied
        return definition

    @display(description=_("kind"), ordering="kind")
    def kind_tag(self, definition: FlowDefinition) -> str:
        return selectors.kind_label(definition.kind)

    @display(description=_("tenant"), ordering="tenant")
    def whose(self, definition: FlowDefinition) -> Any:
        return definition.tenant or _("Default of all tenants")

    @display(description=_("published"))
    def published(self, definition: FlowDefinition) -> str:
        return str(definition.current or "—")

    @display(description=_("draft"), label={True: "warning", False: "default"})
    def draft_tag(self, definition: FlowDefinition) -> tuple[bool, Any]:
        return bool(definition.drafts), _("being edited") if definition.drafts else "—"

    @display(description=_("in progress"))
    def in_progress(self, definition: FlowDefinition) -> int:
        return definition.running


def _address(name: str, *args: object) -> str:
    return reverse(f"admin:approvals_flowdefinition_{name}", args=args)


def _simulator_of(definition: FlowDefinition, version: FlowVersion | None = None) -> str:
    chosen = f"&version={version.pk}" if version else ""
    return f"{_address('simulator')}?kind={definition.kind}{chosen}"


def _default_graph(definition: FlowDefinition) -> dict[str, Any]:
    return kinds.get(definition.kind).default_graph.to_json()


def _graph(version: FlowVersion) -> Graph:
    try:
        return version.graph
    except GraphIsMalformed:
        return Graph()


def _formset(vocabulary: Vocabulary, **given: Any) -> Any:
    return NodeFormSet(prefix="nodes", form_kwargs={"vocabulary": vocabulary}, **given)


def _edited(version: FlowVersion, formset: Any) -> dict[str, Any]:
    definition = version.definition
    return {
        **_drawn(version),
        "formset": formset,
        "preview": _address("preview", definition.pk),
    }


def _drawn(version: FlowVersion) -> dict[str, Any]:
    definition, graph = version.definition, _graph(version)
    return {
        "kind": selectors.kind_label(definition.kind),
        "title": _("Version %(number)d") % {"number": version.number},
        "status": {
            "label": version.get_status_display(),
            "tone": looks.VERSION_TONES.get(version.status, looks.DRAFT),
        },
        "flow": drawing.plan(graph, vocabulary_of(definition, graph).names),
        "simulator": _simulator_of(definition, version),
        "back": _address("change", definition.pk),
    }


def _keep(request: HttpRequest, version: FlowVersion, data: dict[str, Any]) -> None:
    """Save the draft, and publish it if that button was pressed."""
    now = timezone.now()
    saved = services.save_draft(
        definition=version.definition, graph=data, actor=request.user, now=now
    )
    if request.POST.get("do") == "publish":
        services.publish_version(version=saved, actor=request.user, now=now)
        messages.success(request, _("Version %(number)d is published.") % {"number": saved.number})
    else:
        messages.success(request, _("The draft is saved."))
