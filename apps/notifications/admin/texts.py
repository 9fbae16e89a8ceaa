"""The catalogue of messages, and the editor of their words."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from apps.core.errors import DomainError, Invalid
from apps.core.modeladmin import ReadOnlyAdmin
from apps.core.retry import retry_txn
from apps.notifications import catalogue, services
from apps.notifications.catalogue import LANGUAGES, MessageKind
from apps.notifications.enums import Channel, TextPerm
from apps.notifications.models import SmsTemplate, TemplateText
from apps.notifications.services import overview
from apps.rbac.enums import TenantKind


class WordsForm(forms.Form):
    subject = forms.CharField(label=_("Subject"), max_length=200, widget=UnfoldAdminTextInputWidget)
    text = forms.CharField(
        label=_("Text"),
        max_length=5000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 10}),
        help_text=_("An empty line begins a new paragraph."),
    )


class SmsForm(forms.Form):
    sign_name = forms.CharField(
        label=_("Signature"),
        max_length=50,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("As approved by the provider. Empty: that of the installation."),
    )
    code = forms.CharField(
        label=_("Template code"),
        max_length=50,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("As approved by the provider. Empty: no SMS, unless the settings name one."),
    )


@admin.register(TemplateText)
class TemplateTextAdmin(ReadOnlyAdmin):
    """Its list is the catalogue; a row exists only for what was edited."""

    fields = ("kind", "channel", "language", "subject", "text", "is_default", "changed_at")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        is_platform = request.user.tenant.kind == TenantKind.PLATFORM
        return is_platform and super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("sms/<str:code>/", view(self.sms_view), name="notifications_templatetext_sms"),
            path(
                "words/<str:code>/<str:channel>/<str:language>/",
                view(self.words_view),
                name="notifications_templatetext_words",
            ),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.GET:
            return super().changelist_view(request, extra_context)
        context = {"title": _("Texts of messages"), "lines": overview.overview()}
        return self._page(request, "catalogue.html", context)

    def words_view(
        self, request: HttpRequest, code: str, channel: str, language: str
    ) -> HttpResponse:
        """See the words with samples in them, change them, set them back."""
        kind = self._kind(request, code)
        if channel not in services.WORDED or language not in LANGUAGES:
            raise Http404
        draft = overview.draft_of(kind=kind, channel=channel, language=language)
        known = {"subject": draft.words.subject, "text": draft.words.text}
        form = WordsForm(request.POST if "text" in request.POST else None, initial=known)
        where = {"kind": kind.code, "channel": channel, "language": language}
        words = draft.words
        if request.method == "POST":
            self._ensure_editor(request)
            if "reset" in request.POST:
                self._write(request, services.reset_text, **where)
                return HttpResponseRedirect(request.path)
            try:
                if form.is_valid():
                    words = services.checked(kind=kind, **form.cleaned_data)
                    if "save" in request.POST:
                        self._write(request, services.edit_text, **where, **form.cleaned_data)
                        return HttpResponseRedirect(request.path)
            except Invalid as error:
                for field, text in (error.fields or {"text": str(error)}).items():
                    form.add_error(field, str(text))
        context = {
            "title": f"{kind.label} · {Channel(channel).label}",
            "kind": kind,
            "language_name": overview.LANGUAGE_NAMES[language],
            "placeholders": _placeholders(kind),
            "draft": draft,
            "form": form,
            "preview": overview.preview(kind=kind, words=words),
            "is_mail": channel == Channel.EMAIL,
        }
        return self._page(request, "words.html", context)

    def sms_view(self, request: HttpRequest, code: str) -> HttpResponse:
        kind = self._kind(request, code)
        if not kind.sms:
            raise Http404
        row = SmsTemplate.objects.filter(kind=kind.code).first()
        initial = {"sign_name": row.sign_name, "code": row.code} if row else {}
        form = SmsForm(request.POST or None, initial=initial)
        if request.method == "POST":
            self._ensure_editor(request)
            if form.is_valid():
                self._write(
                    request, services.edit_sms_template, kind=kind.code, **form.cleaned_data
                )
                return HttpResponseRedirect(request.path)
        context = {
            "title": f"{kind.label} · {Channel.SMS.label}",
            "kind": kind,
            "placeholders": [item for item in _placeholders(kind) if item["name"] in kind.sms],
            "form": form,
        }
        return self._page(request, "sms.html", context)

    def _kind(self, request: HttpRequest, code: str) -> MessageKind:
        if not self.has_view_permission(request):
            raise PermissionDenied
        kind = catalogue.find(code)
        if kind is None:
            raise Http404
        return kind

    def _ensure_editor(self, request: HttpRequest) -> None:
        if not request.user.has_perm(TextPerm.CHANGE):
            raise PermissionDenied

    def _write(self, request: HttpRequest, service: Any, **facts: Any) -> None:
        try:
            retry_txn(service)(**facts, actor=request.user, now=timezone.now())
        except DomainError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, _("Saved."), messages.SUCCESS)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        facts = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "may_change": request.user.has_perm(TextPerm.CHANGE),
            "list_url": reverse("admin:notifications_templatetext_changelist"),
            **context,
        }
        return TemplateResponse(request, f"admin/notifications/{name}", facts)


def _placeholders(kind: MessageKind) -> list[dict[str, Any]]:
    samples = kind.sample_facts()
    return [
        {"name": name, "written": f"{{{{{name}}}}}", "label": label, "sample": samples[name]}
        for name, label in kind.placeholders.items()
    ]
