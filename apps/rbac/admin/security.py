from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.modeladmin import GREEN, RED, ReadOnlyAdmin, service_action
from apps.rbac.enums import RbacPerm, SignInOutcome
from apps.rbac.models import ApiToken, KnownDevice, SignInEvent
from apps.rbac.services import tokens

OUTCOMES = {SignInOutcome.SUCCESS: GREEN, SignInOutcome.FAILURE: RED}


@admin.register(SignInEvent)
class SignInEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "login", "user", "outcome_tag", "reason", "method", "ip", "is_new_device")
    list_select_related = ("user",)
    list_filter = ("outcome", "reason", "is_new_device", "at")
    search_fields = ("login__istartswith", "ip__istartswith")
    search_help_text = _("The name that was typed, or the IP address")
    fields = (
        "at",
        "login",
        "user",
        "outcome",
        "reason",
        "method",
        "ip",
        "user_agent",
        "device",
        "is_new_device",
    )

    @display(description=_("outcome"), ordering="outcome", label=OUTCOMES)
    def outcome_tag(self, event: SignInEvent) -> tuple[str, str]:
        return event.outcome, event.get_outcome_display()


@admin.register(KnownDevice)
class KnownDeviceAdmin(ReadOnlyAdmin):
    list_display = ("user", "user_agent", "first_seen_at", "last_seen_at", "last_ip")
    list_select_related = ("user",)
    list_filter = ("last_seen_at",)
    search_fields = ("user__email__istartswith", "last_ip__istartswith")
    fields = list_display


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = (
        "user",
        "name",
        "prefix",
        "scope_list",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    list_display_links = ("name",)
    list_select_related = ("user",)
    list_filter = ("revoked_at", "expires_at", "last_used_at")
    search_fields = ("user__email__istartswith", "name", "prefix__startswith")
    fields = list_display
    actions = (
        service_action(
            _("Revoke"), tokens.revoke_token, arg="token", permission=RbacPerm.REVOKE_TOKEN
        ),
    )

    @display(description=_("scopes"))
    def scope_list(self, token: ApiToken) -> str:
        return "、".join(token.scopes)
