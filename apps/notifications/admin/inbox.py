"""The inbox of whoever works here, and what he wants to hear of."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import DATETIME_CLASSES, UnfoldAdminSelectWidget

from apps.core.errors import DomainError
from apps.core.modeladmin import BLUE, GREY, ReadOnlyAdmin, service_action
from apps.core.retry import retry_txn
from apps.notifications import catalogue, services
from apps.notifications.enums import OUTGOING, Channel, Digest
from apps.notifications.models import Message
from apps.rbac.models import User


class UnreadFilter(admin.SimpleListFilter):
    title = _("read")
    parameter_name = "unread"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Unread")), ("0", _("Read"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() in {"0", "1"}:
            return queryset.filter(read_at__isnull=self.value() == "1")
        return queryset


class ClockInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M", attrs={"class": " ".join(DATETIME_CLASSES)})


class TimesForm(forms.Form):
    quiet_from = forms.TimeField(label=_("Quiet from"), required=False, widget=ClockInput)
    quiet_until = forms.TimeField(label=_("Quiet until"), required=False, widget=ClockInput)
    digest = forms.ChoiceField(
        label=_("Mails that can wait"), choices=Digest.choices, widget=UnfoldAdminSelectWidget
    )


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Each sees his own, whatever his roles; who has none has no business here."""

    list_display = ("state", "subject", "kind_label", "created_at")
    list_display_links = ("subject",)
    list_filter = (UnreadFilter, "created_at")
    search_fields = ("subject__icontains", "text__icontains")
    search_help_text = _("Words of the subject or the text")
    fields = ("subject", "text", "to_the_record", "kind_label", "created_at", "read_at")
    readonly_fields = ("to_the_record", "kind_label")
    list_before_template = "admin/notifications/inbox_links.html"
    actions = (service_action(_("Mark as read"), services.mark_read, arg="message"),)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        user = request.user
        works_here = user.is_active and user.is_staff and (user.is_superuser or user.grants)
        return bool(works_here) and (obj is None or obj.user_id == user.pk)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @display(description=_("state"), ordering="read_at", label={"new": BLUE, "read": GREY})
    def state(self, message: Message) -> tuple[str, Any]:
        return ("read", _("Read")) if message.read_at else ("new", _("Unread"))

    @admin.display(description=_("kind"), ordering="kind")
    def kind_label(self, message: Message) -> Any:
        kind = catalogue.find(message.kind)
        return kind.label if kind else message.kind

    @admin.display(description=_("record"))
    def to_the_record(self, message: Message) -> str:
        if not message.link:
            return "—"
        return format_html('<a class="kb-link" href="{}">{}</a>', message.link, _("Open"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("settings/", view(self.settings_view), name="notifications_message_settings"),
            path("read-all/", view(self.read_all_view), name="notifications_message_read_all"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Who opens it has read it."""
        message = self.get_object(request, object_id)
        if message is not None and not message.read_at and self.has_view_permission(request):
            retry_txn(services.mark_read)(message=message, actor=request.user, now=timezone.now())
        return super().change_view(request, object_id, form_url, extra_context)

    def read_all_view(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        retry_txn(services.mark_all_read)(actor=request.user, now=timezone.now())
        return HttpResponseRedirect(reverse("admin:notifications_message_changelist"))

    def settings_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        known = services.settings_of(user=request.user)
        times = {name: getattr(known, name) for name in ("quiet_from", "quiet_until", "digest")}
        form = TimesForm(request.POST or None, initial=times)
        if request.method == "POST" and form.is_valid():
            try:
                retry_txn(_save)(request.user, known, form.cleaned_data, set(request.POST))
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                self.message_user(request, _("Saved."), messages.SUCCESS)
                return HttpResponseRedirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Message settings"),
            "form": form,
            "settings": known,
        }
        return TemplateResponse(request, "admin/notifications/settings.html", context)


def _save(user: User, known: services.Settings, times: dict[str, Any], ticked: set[str]) -> None:
    """What was changed, and no more: an unticked box is absent."""
    now = timezone.now()
    services.set_times(
        quiet_from=times["quiet_from"],
        quiet_until=times["quiet_until"],
        digest=Digest(times["digest"]),
        actor=user,
        now=now,
    )
    for line in known.kinds:
        for choice in line.channels:
            is_on = f"{line.kind.code}|{choice.channel}" in ticked
            may = choice.channel in OUTGOING and choice.is_offered and not choice.is_locked
            if may and is_on != choice.is_on:
                services.set_preference(
                    kind=line.kind.code,
                    channel=Channel(choice.channel),
                    is_on=is_on,
                    actor=user,
                    now=now,
                )
