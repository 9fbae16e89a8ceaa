"""What operations set up for DingTalk, and what passed between it and us."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from apps.core.errors import DomainError
from apps.core.modeladmin import (
    BLUE,
    GREEN,
    GREY,
    RED,
    ReadOnlyAdmin,
    ScopedModelAdmin,
    ScopedTabularInline,
    status_column,
)
from apps.notifications.dingtalk.crypto import is_aes_key
from apps.notifications.dingtalk.ports import forms as process_forms
from apps.notifications.dingtalk.states import DingtalkInstanceStatus, DingtalkPerm
from apps.notifications.models import (
    DingtalkDepartment,
    DingtalkEvent,
    DingtalkInstance,
    DingtalkProcess,
    DingtalkSettings,
    DingtalkUser,
)
from apps.notifications.selectors.dingtalk import unmapped
from apps.notifications.services import dingtalk as services
from apps.notifications.services.dingtalk_people import sync_people

MOST_LISTED = 200
INSTANCE_COLORS = {
    DingtalkInstanceStatus.WAITING: GREY,
    DingtalkInstanceStatus.STARTED: BLUE,
    DingtalkInstanceStatus.CLOSED: GREEN,
    DingtalkInstanceStatus.FAILED: RED,
}


def secret_field(label: Any) -> forms.CharField:
    """It goes in and never comes out."""
    return forms.CharField(
        label=label,
        required=False,
        strip=True,
        max_length=256,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave empty to keep the stored one."),
    )


class DingtalkSettingsForm(forms.ModelForm):
    new_app_secret = secret_field(_("AppSecret"))
    new_callback_token = secret_field(_("Callback token"))
    new_callback_aes_key = secret_field(_("Callback AES key"))

    class Meta:
        model = DingtalkSettings
        fields = ("tenant", "app_key", "agent_id", "originator_userid", "is_active")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        is_other = self.instance._state.adding or "app_key" in self.changed_data
        if is_other and not data.get("new_app_secret"):
            self.add_error("new_app_secret", _("Enter the secret that belongs to this key."))
        aes_key = data.get("new_callback_aes_key")
        if aes_key and not is_aes_key(aes_key):
            self.add_error("new_callback_aes_key", _("The AES key has 43 letters and digits."))
        return data

    def save(self, commit: bool = True) -> DingtalkSettings:
        for name in ("app_secret", "callback_token", "callback_aes_key"):
            if secret := self.cleaned_data.get(f"new_{name}"):
                setattr(self.instance, name, secret)
        return super().save(commit)


class DingtalkProcessForm(forms.ModelForm):
    kind = forms.ChoiceField(label=_("kind of approval"), widget=UnfoldAdminSelectWidget)

    class Meta:
        model = DingtalkProcess
        fields = ("kind", "process_code")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = {form.kind: form.label for form in process_forms().values()}
        if self.instance.kind:
            choices.setdefault(self.instance.kind, self.instance.kind)
        self.fields["kind"].choices = [("", "—"), *choices.items()]


class DingtalkProcessInline(ScopedTabularInline):
    model = DingtalkProcess
    form = DingtalkProcessForm
    fields = ("kind", "process_code")
    show_change_link = False
    show_title = False


@admin.register(DingtalkSettings)
class DingtalkSettingsAdmin(ScopedModelAdmin):
    form = DingtalkSettingsForm
    inlines = (DingtalkProcessInline,)
    change_form_outer_before_template = "admin/notifications/dingtalk_checks.html"
    list_display = ("tenant", "app_key", "agent_id", "connection", "tested_at", "people_synced_at")
    list_select_related = ("tenant",)
    readonly_fields = ("secret_tails", "callback_address")
    fieldsets = (
        (None, {"fields": ("tenant", "is_active")}),
        (
            _("Application"),
            {
                "fields": (
                    "app_key",
                    "new_app_secret",
                    "agent_id",
                    "originator_userid",
                )
            },
        ),
        (
            _("HTTP callback"),
            {"fields": ("callback_address", "new_callback_token", "new_callback_aes_key")},
        ),
        (_("Stored secrets"), {"fields": ("secret_tails",)}),
    )

    @display(description=_("secrets end with"))
    def secret_tails(self, settings: DingtalkSettings) -> str:
        tails = settings.secret_tails if settings.pk else {}
        return " · ".join(f"{name} {tail}" for name, tail in tails.items()) or "—"

    @display(description=_("address of the callback"))
    def callback_address(self, settings: DingtalkSettings) -> str:
        if not settings.pk:
            return "—"
        return services.callback_address(settings=settings)

    @display(
        description=_("connection"),
        label={"ok": GREEN, "problem": RED, "untested": GREY, "off": GREY},
    )
    def connection(self, settings: DingtalkSettings) -> tuple[str, Any]:
        if not settings.is_active:
            return "off", _("Switched off")
        if settings.tested_at is None:
            return "untested", _("Not tested")
        return ("problem", _("Problem")) if settings.test_problem else ("ok", _("Connected"))

    def get_urls(self) -> list[URLPattern]:
        check = self.admin_site.admin_view(require_POST(self.check_view))
        name = "notifications_dingtalksettings_check"
        return [path("<int:pk>/check/", check, name=name), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        settings = self.get_object(request, object_id)
        report = _report(settings, request) if settings is not None else None
        context = {**(extra_context or {}), "report": report}
        return super().change_view(request, object_id, form_url, context)

    def check_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One button of the report; the services ask for the permission."""
        settings = self.get_queryset(request).select_related("tenant").filter(pk=pk).first()
        act = ACTS.get(request.POST.get("act", ""))
        if settings is None or act is None:
            raise Http404
        try:
            level, text = act(settings, request)
        except DomainError as error:
            level, text = messages.ERROR, str(error)
        self.message_user(request, text, level)
        return HttpResponseRedirect(
            reverse("admin:notifications_dingtalksettings_change", args=[pk])
        )


def _report(settings: DingtalkSettings, request: HttpRequest) -> dict[str, Any]:
    """Each kind with its form, and whom DingTalk does not reach."""
    codes = {process.kind: process for process in settings.processes.all()}
    missing = unmapped(settings)
    return {
        "settings": settings,
        "kinds": [(form, codes.get(form.kind)) for form in process_forms().values()],
        "people": missing.people[:MOST_LISTED],
        "people_count": len(missing.people),
        "departments": missing.departments[:MOST_LISTED],
        "may_test": request.user.has_perm(DingtalkPerm.TEST),
        "may_change": request.user.has_perm(DingtalkPerm.CHANGE_SETTINGS),
    }


# --- the buttons


def _test_connection(settings: DingtalkSettings, request: HttpRequest) -> tuple[int, Any]:
    problem = services.test_connection(settings=settings, actor=request.user, now=timezone.now())
    return (messages.ERROR, problem) if problem else (messages.SUCCESS, _("DingTalk answers."))


def _test_process(settings: DingtalkSettings, request: HttpRequest) -> tuple[int, Any]:
    process = settings.processes.filter(pk=request.POST.get("process") or 0).first()
    if process is None:
        raise Http404
    problem = services.test_process(process=process, actor=request.user, now=timezone.now())
    return (messages.ERROR, problem) if problem else (messages.SUCCESS, _("The form fits."))


def _create_forms(settings: DingtalkSettings, request: HttpRequest) -> tuple[int, Any]:
    created = services.create_forms(settings=settings, actor=request.user)
    return messages.SUCCESS, _("Forms created: {n}.").format(n=len(created))


def _sync_people(settings: DingtalkSettings, request: HttpRequest) -> tuple[int, Any]:
    matched = sync_people(settings=settings, actor=request.user, now=timezone.now())
    text = _("Found anew: {people} people, {departments} departments.")
    return messages.SUCCESS, text.format(people=matched.people, departments=matched.departments)


ACTS: dict[str, Callable[[DingtalkSettings, HttpRequest], tuple[int, Any]]] = {
    "connection": _test_connection,
    "process": _test_process,
    "forms": _create_forms,
    "people": _sync_people,
}


class DingtalkUserForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        """A person is known at the DingTalk that serves his tenant."""
        data = super().clean() or self.cleaned_data
        user, settings = data.get("user"), data.get("settings")
        if user and settings and not user.tenant.path.startswith(settings.tenant.path):
            self.add_error("user", _("This DingTalk does not serve the tenant of this user."))
        return data


@admin.register(DingtalkUser)
class DingtalkUserAdmin(ScopedModelAdmin):
    form = DingtalkUserForm
    deletable = True
    list_display = ("user", "userid", "unionid", "settings")
    list_select_related = ("user", "settings__tenant")
    list_filter = ("settings",)
    search_fields = ("user__display_name__icontains", "userid")
    autocomplete_fields = ("user",)
    fields = ("settings", "user", "userid", "unionid")


@admin.register(DingtalkDepartment)
class DingtalkDepartmentAdmin(ScopedModelAdmin):
    deletable = True
    list_display = ("department", "dept_id", "settings")
    list_select_related = ("department", "settings__tenant")
    list_filter = ("settings",)
    search_fields = ("department__name__icontains",)
    fields = ("settings", "department", "dept_id")


@admin.register(DingtalkEvent)
class DingtalkEventAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "kind", "door", "process_instance_id", "settings")
    list_select_related = ("settings__tenant",)
    list_filter = ("kind", "door", "settings")
    search_fields = ("process_instance_id", "event_id")
    fields = (
        "settings",
        "kind",
        "door",
        "received_at",
        "process_instance_id",
        "event_id",
        "content",
    )


@admin.register(DingtalkInstance)
class DingtalkInstanceAdmin(ReadOnlyAdmin):
    list_display = (
        "subject",
        "round",
        "status_tag",
        "created_at",
        "started_at",
        "closed_at",
        "problem",
    )
    list_display_links = ("round",)
    list_select_related = ("settings__tenant",)
    list_filter = ("status", "settings")
    search_fields = ("number", "process_instance_id")
    fields = (
        "subject",
        "round",
        "status_tag",
        "settings",
        "process_code",
        "process_instance_id",
        ("created_at", "started_at", "closed_at"),
        ("attempts", "next_attempt_at"),
        "problem",
    )
    status_tag = status_column("status", INSTANCE_COLORS)

    @display(description=_("number"), ordering="number")
    def subject(self, instance: DingtalkInstance) -> str:
        address = _page_of(instance)
        if not address:
            return instance.number
        return format_html('<a class="kb-link" href="{}">{}</a>', address, instance.number)


def _page_of(instance: Model) -> str:
    name = instance.subject_label.lower().replace(".", "_")
    try:
        return reverse(f"admin:{name}_change", args=[instance.subject_pk])
    except NoReverseMatch:
        return ""
