"""Buttons of the admin that ask for an approval: “Request …” on the page of what it is about.

    class WalletBalanceAdmin(RequestsApproval, …):
        requests = (
            Request("credit-limit", _("Another credit limit"), CreditLimitForm,
                    services.request_credit_limit, arg="wallet", permission=WalletPerm.REQUEST),
        )

The form's fields go to the service by their names, with `actor` and `now`; a request without `arg`
stands above the list. An app above may add its own to the page of an app below: `offer`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.approvals.enums import ApprovalPerm
from apps.approvals.models import Approval
from apps.core.errors import DomainError, Invalid
from apps.core.modeladmin import ScopedModelAdmin, scoped
from apps.core.retry import retry_txn

WIDGETS: tuple[tuple[type[forms.Field], type[forms.Widget]], ...] = (
    (forms.DecimalField, UnfoldAdminDecimalFieldWidget),
    (forms.IntegerField, UnfoldAdminIntegerFieldWidget),
    (forms.EmailField, UnfoldAdminEmailInputWidget),
    (forms.DateField, UnfoldAdminSingleDateWidget),
    (forms.FileField, UnfoldAdminFileFieldWidget),
    (forms.ChoiceField, UnfoldAdminSelectWidget),
    (forms.ModelChoiceField, UnfoldAdminSelectWidget),
    (forms.CharField, UnfoldAdminTextInputWidget),
)


class RequestForm(forms.Form):
    """What is asked for, and why. `thing` is the row whose page asked, if there is one."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4})
    )
    attachment = forms.FileField(
        label=_("Attachment"), required=False, help_text=_("Contract, receipt or the like.")
    )

    def __init__(self, *args: Any, request: HttpRequest, thing: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.thing = request, thing
        self.prepare()
        self.order_fields([name for name in self.fields if name not in {"reason", "attachment"}])
        for field in self.fields.values():
            if isinstance(field.widget, UnfoldAdminTextareaWidget | AutocompleteSelect):
                continue
            kind = next(widget for known, widget in WIDGETS if isinstance(field, known))
            field.widget = kind(attrs=field.widget.attrs)
            if isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
                field.widget.choices = field.choices
            field.widget.is_required = field.required

    def prepare(self) -> None:
        """Fill in querysets and initial values."""

    def search(self, name: str, of: Any) -> None:
        """Let the rows of the field `name` be searched as in the admin's forms: a list of all
        would be too long. `of` is a foreign key to the same model."""
        field = self.fields[name]
        field.queryset = scoped(of.related_model, self.request)
        field.widget = AutocompleteSelect(of, admin.site)
        field.widget.choices = field.choices


@dataclass(frozen=True)
class Request:
    """A button, its form and the service that submits. `problem` says why it is grey, or ""."""

    name: str
    label: Any
    form: type[RequestForm]
    service: Callable[..., Approval]
    permission: str
    arg: str = ""
    problem: Callable[[Any], str] | None = None
    intro: Any = ""


_offered: dict[str, tuple[Request, ...]] = {}


def offer(label: str, *requests: Request) -> None:
    """Add buttons to the page of a model (`customers.Customer`) that knows nothing of them."""
    _offered[label] = (*_offered.get(label, ()), *requests)


class RequestsApproval(ScopedModelAdmin):
    """Put it first among the bases of an admin page."""

    requests: ClassVar[Sequence[Request]] = ()
    change_form_before_template = "admin/approvals/requests.html"

    def get_urls(self) -> list[Any]:
        wrap, opts = self.admin_site.admin_view, self.model._meta
        name = f"{opts.app_label}_{opts.model_name}_request"
        of_list = path("request/<slug:which>/", wrap(self.list_request_view), name=f"{name}_new")
        of_row = path("<path:object_id>/request/<slug:which>/", wrap(self.request_view), name=name)
        return [of_list, of_row, *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {**(extra_context or {}), "approval_requests": []}
        thing = self.get_object(request, unquote(object_id)) if object_id else None
        if thing is not None and request.method == "GET":
            context["approval_requests"] = self._buttons(request, thing)
        return super().changeform_view(request, object_id, form_url, context)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {**(extra_context or {}), "approval_requests": self._buttons(request, None)}
        return super().changelist_view(request, context)

    def list_request_view(self, request: HttpRequest, which: str) -> HttpResponse:
        return self._ask(request, self._request(request, which, of_row=False), None)

    def request_view(self, request: HttpRequest, object_id: str, which: str) -> HttpResponse:
        asked = self._request(request, which, of_row=True)
        thing = self.get_object(request, unquote(object_id))
        if thing is None:
            raise Http404
        return self._ask(request, asked, thing)

    def _request(self, request: HttpRequest, which: str, *, of_row: bool) -> Request:
        found = [
            one for one in self._all_requests() if one.name == which and bool(one.arg) == of_row
        ]
        if not found:
            raise Http404
        if not self._may(request, found[0]) or not self.has_view_permission(request):
            raise PermissionDenied
        return found[0]

    def _all_requests(self) -> Sequence[Request]:
        return (*self.requests, *_offered.get(self.model._meta.label, ()))

    def _may(self, request: HttpRequest, asked: Request) -> bool:
        return request.user.has_perms([asked.permission, ApprovalPerm.SUBMIT])

    def _buttons(self, request: HttpRequest, thing: Model | None) -> list[dict[str, Any]]:
        offered = [one for one in self._all_requests() if bool(one.arg) == (thing is not None)]
        return [
            {
                "label": one.label,
                "url": self._url(one, thing),
                "problem": one.problem(thing) if one.problem else "",
            }
            for one in offered
            if self._may(request, one)
        ]

    def _url(self, asked: Request, thing: Model | None) -> str:
        opts = self.model._meta
        name = f"admin:{opts.app_label}_{opts.model_name}_request"
        if thing is None:
            return reverse(f"{name}_new", args=[asked.name])
        return reverse(name, args=[thing.pk, asked.name])

    def _ask(self, request: HttpRequest, asked: Request, thing: Model | None) -> HttpResponse:
        problem = asked.problem(thing) if asked.problem else ""
        form = asked.form(request.POST or None, request.FILES or None, request=request, thing=thing)
        if request.method == "POST" and not problem and form.is_valid():
            approval = self._submit(request, asked, thing, form)
            if approval is not None:
                self.message_user(
                    request,
                    gettext("%(number)s has been submitted.") % {"number": approval.number},
                    messages.SUCCESS,
                )
                target = reverse("admin:approvals_approval_change", args=[approval.pk])
                return HttpResponseRedirect(target)
        context = {
            **self.admin_site.each_context(request),
            "title": asked.label,
            "subtitle": str(thing) if thing else "",
            "opts": self.model._meta,
            "asked": asked,
            "problem": problem,
            "form": form,
        }
        return TemplateResponse(request, "admin/approvals/request.html", context)

    def _submit(
        self, request: HttpRequest, asked: Request, thing: Model | None, form: RequestForm
    ) -> Approval | None:
        values = dict(form.cleaned_data)
        attachment = values.pop("attachment", None)
        values |= {asked.arg: thing} if asked.arg else {}
        try:
            return retry_txn(asked.service)(
                **values,
                attachments=[attachment] if attachment else [],
                actor=request.user,
                now=timezone.now(),
            )
        except DomainError as error:
            _tell(form, error)
            return None


def _tell(form: RequestForm, error: DomainError) -> None:
    """A refusal stands at the field that it is about, or above the form."""
    fields = error.fields if isinstance(error, Invalid) else {}
    for name, sentence in fields.items():
        form.add_error(name if name in form.fields else None, str(sentence))
    if not fields:
        form.add_error(None, str(error))
