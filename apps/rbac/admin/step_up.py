"""Step-up in the admin: a page that asks for the second factor and goes back (SEC-2)."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from apps.core.errors import DomainError
from apps.rbac.errors import StepUpRequired
from apps.rbac.services import step_up as gate


class ConfirmForm(forms.Form):
    code = forms.CharField(
        label=_("Code of the authenticator app, or a recovery code"),
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )


class ConfirmByPasswordForm(forms.Form):
    password = forms.CharField(
        label=_("Your password"),
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
    )


def step_up_admin(action: str) -> Callable[..., Any]:
    """Decorate a method of a ModelAdmin: without a fresh second factor it leads to the page first.

    @step_up_admin("role-grant")
    def add_view(self, request, form_url="", extra_context=None): ...
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                gate.ensure_confirmed(
                    request.session,
                    user=request.user,
                    action=action,
                    now=timezone.now(),
                    without_mfa=True,
                )
            except StepUpRequired:
                query = urlencode({"action": action, "next": request.get_full_path()})
                return HttpResponseRedirect(f"{reverse('admin:rbac_step_up')}?{query}")
            return view(self, request, *args, **kwargs)

        return guarded

    return decorate


def confirm_view(request: HttpRequest) -> HttpResponse:
    """Ask, check, go back to where the person came from."""
    action = request.GET.get("action", "")
    target = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = reverse("admin:index")
    has_factor = gate.methods_of(request.user) != ["password"]
    form_class = ConfirmForm if has_factor else ConfirmByPasswordForm
    form = form_class(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            proof = gate.Proof(**form.cleaned_data)
            gate.confirm(
                request.session, user=request.user, action=action, proof=proof, now=timezone.now()
            )
        except DomainError as error:
            form.add_error(None, str(error.message))
        else:
            return HttpResponseRedirect(target)
    context = {**admin.site.each_context(request), "form": form, "title": _("Is it you?")}
    return TemplateResponse(request, "admin/rbac/step_up.html", context)
