"""Who decides for whom while he is away."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from apps.approvals import kinds, selectors, services
from apps.approvals.enums import ApprovalPerm
from apps.approvals.models import Delegation
from apps.approvals.selectors.organization import deciders
from apps.core.errors import DomainError
from apps.core.modeladmin import GREEN, GREY, ScopedModelAdmin, service_action
from apps.rbac.models import User


def _moment(label: Any) -> forms.DateTimeField:
    widget = UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})
    return forms.DateTimeField(label=label, widget=widget)


class DelegationForm(forms.ModelForm):
    """A new delegation. The service makes the row."""

    starts_at = _moment(_("From"))
    ends_at = _moment(_("Until"))
    kinds = forms.MultipleChoiceField(
        label=_("Kinds"),
        required=False,
        help_text=_("None: all kinds."),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Delegation
        fields = ("person", "stand_in", "starts_at", "ends_at", "kinds", "reason")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kinds"].choices = [(kind.code, kind.label) for kind in kinds.all_kinds()]


@admin.register(Delegation)
class DelegationAdmin(ScopedModelAdmin):
    form = DelegationForm
    list_display = ("person", "stand_in", "starts_at", "ends_at", "state_tag", "kind_tags")
    list_select_related = ("person", "stand_in")
    list_filter = ("starts_at",)
    search_fields = (
        "person__display_name__icontains",
        "stand_in__display_name__icontains",
        "person__email__istartswith",
        "stand_in__email__istartswith",
    )
    actions = (
        service_action(
            _("End now"),
            services.end_delegation,
            arg="delegation",
            permission=ApprovalPerm.DELEGATE,
        ),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or self.has_add_permission(request)

    def get_fields(self, request: HttpRequest, obj: Delegation | None = None) -> Any:
        asked = ("person", "stand_in", "starts_at", "ends_at", "kinds", "reason")
        return asked if obj is None else (*asked[:4], "kind_tags", *asked[5:], "ended_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Delegation | None = None) -> Any:
        return () if obj is None else ("kind_tags",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        colleagues = deciders(request.user.tenant).distinct().order_by("display_name")
        if db_field.name == "person" and not request.user.has_perm(ApprovalPerm.DELEGATE_FOR):
            colleagues = User.objects.filter(pk=request.user.pk)
        kwargs["queryset"] = colleagues
        kwargs["widget"] = UnfoldAdminSelectWidget()
        kwargs["initial"] = request.user.pk if db_field.name == "person" else None
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().add_view(request, form_url, extra_context)
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Delegation, form: Any, change: bool) -> None:
        data = form.cleaned_data
        made = services.delegate(
            person=data["person"],
            stand_in=data["stand_in"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            kinds=data["kinds"],
            reason=data["reason"],
            actor=request.user,
            now=timezone.now(),
        )
        obj.pk = made.pk
        obj.refresh_from_db()

    @display(description=_("status"), label={True: GREEN, False: GREY})
    def state_tag(self, delegation: Delegation) -> tuple[bool, Any]:
        now = timezone.now()
        if delegation.ended_at:
            return False, _("ended early")
        if delegation.ends_at <= now:
            return False, _("over")
        return (True, _("in force")) if delegation.starts_at <= now else (False, _("to come"))

    @display(description=_("kinds"))
    def kind_tags(self, delegation: Delegation) -> Any:
        labels = [selectors.kind_label(code) for code in delegation.kinds]
        return ", ".join(labels) or _("all kinds")
