"""“For this form the path is …”, before anything is submitted."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.approvals import kinds, selectors
from apps.approvals.admin import drawing
from apps.approvals.admin.form_fields import INPUT, fields_of, plain
from apps.approvals.admin.vocabulary import names_of
from apps.approvals.admin.words import condition_text
from apps.approvals.kinds import Kind
from apps.approvals.models import FlowVersion
from apps.core.errors import DomainError, Invalid
from apps.rbac.models import Tenant, User


class QuestionForm(forms.Form):
    """The kind, who applies, and the fields of that kind's form."""

    kind = forms.ChoiceField(label=_("Kind"), widget=forms.Select(attrs=INPUT))
    applicant = forms.ModelChoiceField(
        User.objects.none(), label=_("Applicant"), widget=forms.Select(attrs=INPUT)
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, asking: User, kind: Kind | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].choices = [(one.code, one.label) for one in kinds.all_kinds()]
        self.fields["applicant"].queryset = applicants(asking)
        if kind:
            self.fields |= fields_of(kind, asking)
        else:
            del self.fields["applicant"]


def applicants(asking: User) -> QuerySet[User]:
    """Who may be imagined as the applicant: the asker himself, and whom he may see."""
    seen = User.objects.visible_to(asking) | User.objects.filter(pk=asking.pk)
    return seen.filter(is_active=True).order_by("kind", "display_name").distinct()


def answer(request: HttpRequest) -> dict[str, Any]:
    """What the page shows: the form, and when it is filled the path or why there is none."""
    asking = request.user
    known = {kind.code: kind for kind in kinds.all_kinds()}
    kind = known.get(request.GET.get("kind", ""))
    is_asked = kind is not None and "applicant" in request.GET
    version = _version(request, kind)
    initial = {"kind": kind.code if kind else None, "applicant": asking.pk}
    initial["version"] = version.pk if version else ""
    data = request.GET if is_asked else None
    form = QuestionForm(data, initial=initial, asking=asking, kind=kind)
    context: dict[str, Any] = {"form": form, "has_kind": kind is not None, "version": version}
    if kind is None or not is_asked or not form.is_valid():
        return context
    applicant = form.cleaned_data["applicant"]
    asked = plain(form.cleaned_data, kind)
    graph = version.graph_data if version else None
    try:
        nodes = selectors.simulate(kind=kind.code, form=asked, applicant=applicant, graph=graph)
    except Invalid as error:
        for name, sentence in error.fields.items():
            form.add_error(name if name in form.fields else None, sentence)
        return {**context, "problem": str(error)}
    except DomainError as error:
        return {**context, "problem": str(error)}
    conditions = _conditions(kind, applicant.tenant, version)
    return {**context, "flow": drawing.foreseen(nodes, conditions)}


def _version(request: HttpRequest, kind: Kind | None) -> FlowVersion | None:
    """The version that the address asks for, a draft perhaps; otherwise the one in force."""
    wanted = request.GET.get("version", "")
    if kind is None or not wanted.isdecimal():
        return None
    versions = FlowVersion.objects.visible_to(request.user).filter(definition__kind=kind.code)
    return versions.filter(pk=wanted).first()


def _conditions(kind: Kind, tenant: Tenant, version: FlowVersion | None) -> dict[str, str]:
    """The condition of each node in words, by its key."""
    version = version or selectors.flow_of(kind.code, tenant)
    graph = version.graph if version else kind.default_graph
    names = names_of(kind, tenant, {})
    return {node.key: condition_text(node.condition, names) for node in graph.nodes}
