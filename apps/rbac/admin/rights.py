"""The page that answers "why can, or can't, X do Y" (RBAC-1)."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextInputWidget

from apps.rbac.enums import RbacPerm
from apps.rbac.models import User
from apps.rbac.scoping import visible
from apps.rbac.selectors.labels import VERBS, code_of, label_of, matrix_of
from apps.rbac.selectors.rights import thing_named, why


class PermissionChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Permission) -> str:
        return label_of(obj)


class QuestionForm(forms.Form):
    user = forms.CharField(
        label=_("User (e-mail)"), widget=UnfoldAdminTextInputWidget(attrs={"type": "search"})
    )
    permission = PermissionChoiceField(
        label=_("Permission"),
        queryset=Permission.objects.none(),
        required=False,
        widget=UnfoldAdminSelect2Widget,
    )
    thing = forms.CharField(
        label=_("On which one (number or id)"), required=False, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, asking: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asking = asking
        self.fields["permission"].queryset = our_permissions()

    def clean_user(self) -> User:
        user = User.objects.visible_to(self.asking).filter(email=self.cleaned_data["user"]).first()
        if user is None:
            raise forms.ValidationError(_("There is no such user."))
        return user

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        text, permission = cleaned.get("thing"), cleaned.get("permission")
        if not text:
            return {**cleaned, "thing": None}
        model = permission.content_type.model_class() if permission else None
        thing = thing_named(model, text) if model else None
        if thing is None or not visible(model, self.asking).filter(pk=thing.pk).exists():
            self.add_error("thing", _("There is no such thing."))
        return {**cleaned, "thing": thing}


def our_permissions() -> models.QuerySet[Permission]:
    """Permissions on models of Kboss; those of libraries mean nothing here."""
    return (
        Permission.objects.select_related("content_type")
        .exclude(content_type__model__startswith="historical")
        .filter(content_type__app_label__in=_our_apps())
    )


def rights_view(request: HttpRequest) -> HttpResponse:
    """The question as a form, the answer below, and all that the user may do."""
    if not request.user.has_perms([RbacPerm.VIEW_USER, RbacPerm.VIEW_ROLE]):
        raise PermissionDenied
    form = QuestionForm(request.user, request.GET or None)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "form": form,
        "title": _("Effective permissions"),
    }
    if request.GET and form.is_valid():
        user, permission = form.cleaned_data["user"], form.cleaned_data["permission"]
        context |= {"person": user, "roles": list(user.roles.all())}
        if permission:
            thing = form.cleaned_data["thing"]
            context["permission"] = label_of(permission)
            context["verdict"] = why(user=user, permission=code_of(permission), thing=thing)
        held = [p for p in our_permissions() if user.has_perm(code_of(p))]
        context |= {"matrix": matrix_of(held), "verbs": VERBS}
    return TemplateResponse(request, "admin/rbac/rights.html", context)


def _our_apps() -> list[str]:
    return [config.label for config in apps.get_app_configs() if config.name.startswith("apps.")]
