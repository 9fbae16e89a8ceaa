from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget

from apps.clouds import services
from apps.clouds.adapters.registry import allowed_endpoint
from apps.clouds.enums import CloudAccountPerm
from apps.clouds.models import CloudAccount
from apps.core.errors import DomainError
from apps.core.modeladmin import GREEN, GREY, RED, ScopedModelAdmin, service_action


class CloudAccountForm(forms.ModelForm):
    """The secret goes in and never comes out."""

    new_secret = forms.CharField(
        label=_("access key secret"),
        required=False,
        strip=True,
        max_length=256,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave empty to keep the stored one."),
    )

    endpoint = forms.URLField(
        label=_("address"),
        required=False,
        assume_scheme="https",
        help_text=_("Empty means the cloud's usual one."),
    )

    class Meta:
        model = CloudAccount
        fields = ("tenant", "vendor", "driver", "name", "access_key_id", "endpoint", "is_active")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        secret = data.get("new_secret")
        is_moved = {"access_key_id", "endpoint", "driver"} & set(self.changed_data)
        if not secret and (self.instance._state.adding or is_moved):
            # Whoever redirects an account must know its secret: ours is not signed for strangers.
            self.add_error("new_secret", _("Enter the secret that belongs to this key."))
        try:
            allowed_endpoint(data.get("driver", ""), data.get("endpoint", ""))
        except DomainError as error:
            self.add_error("endpoint", str(error))
        return data

    def save(self, commit: bool = True) -> CloudAccount:
        if secret := self.cleaned_data.get("new_secret"):
            self.instance.secret = secret
        return super().save(commit)


@admin.register(CloudAccount)
class CloudAccountAdmin(ScopedModelAdmin):
    form = CloudAccountForm
    list_display = ("name", "vendor", "tenant", "access_key_id", "connection", "tested_at")
    list_select_related = ("vendor", "tenant")
    list_filter = ("vendor", "tenant", "is_active")
    search_fields = ("name__icontains", "access_key_id__istartswith")
    readonly_fields = ("secret_tail", "connection", "tested_at", "test_problem", "synced_at")
    fieldsets = (
        (None, {"fields": ("name", "tenant", "vendor", "driver", "is_active")}),
        (_("Access"), {"fields": ("access_key_id", "new_secret", "secret_tail", "endpoint")}),
        (
            _("Connection"),
            {"fields": ("connection", "tested_at", "test_problem", "synced_at")},
        ),
    )
    actions = (
        "test_connection",
        service_action(
            _("Fetch the price list"),
            services.request_price_sync,
            "account",
            CloudAccountPerm.SYNC_PRICES,
        ),
    )

    @display(description=_("secret ends with"))
    def secret_tail(self, account: CloudAccount) -> str:
        return account.secret_tail if account.pk else "—"

    @display(
        description=_("connection"),
        label={"ok": GREEN, "problem": RED, "untested": GREY, "off": GREY},
    )
    def connection(self, account: CloudAccount) -> tuple[str, Any]:
        if not account.is_active:
            return "off", _("Switched off")
        if account.tested_at is None:
            return "untested", _("Not tested")
        return ("problem", _("Problem")) if account.test_problem else ("ok", _("Connected"))

    @admin.action(description=_("Test the connection"))
    def test_connection(self, request: HttpRequest, queryset: QuerySet[CloudAccount]) -> None:
        for account in queryset.select_related("vendor", "tenant"):
            try:
                problem = services.test_connection(
                    account=account, actor=request.user, now=timezone.now()
                )
            except DomainError as error:
                problem = str(error)
            level = messages.ERROR if problem else messages.SUCCESS
            text = _("{account}: {outcome}").format(
                account=account, outcome=problem or _("connected")
            )
            self.message_user(request, text, level)

    test_connection.required_permission = CloudAccountPerm.TEST
