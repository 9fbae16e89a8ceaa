from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.acts import all_labels, label_of
from apps.core.modeladmin import ReadOnlyAdmin
from apps.core.models import AuditEntry


class ActFilter(admin.SimpleListFilter):
    """By name, and from the list of names: no look at every row for its distinct acts."""

    title = _("act")
    parameter_name = "act"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return all_labels()

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        return queryset.filter(verb=chosen) if chosen else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what. Entries are chained by digests; `manage.py verify_audit` proves the chain."""

    list_display = ("at", "actor", "act", "target_name", "change", "reason", "ip")
    list_display_links = ("at",)
    list_filter = (ActFilter, "at")
    date_hierarchy = "at"
    search_fields = ("target__istartswith", "target_name", "actor_name", "request_id")
    search_help_text = _("Thing, name, actor or request id")
    readonly_fields = ("act_and_code",)
    fields = (
        ("at", "actor_name", "on_behalf_of"),
        ("act_and_code", "target", "target_name"),
        "reason",
        "before",
        "after",
        "facts",
        ("ip", "request_id"),
    )

    @display(description=_("actor"), ordering="actor_name")
    def actor(self, entry: AuditEntry) -> str:
        return entry.actor_name or str(_("System"))

    @display(description=_("act"), ordering="verb")
    def act(self, entry: AuditEntry) -> str:
        return label_of(entry.verb)

    @display(description=_("act"))
    def act_and_code(self, entry: AuditEntry) -> str:
        return f"{label_of(entry.verb)} ({entry.verb})"

    @display(description=_("change"))
    def change(self, entry: AuditEntry) -> str:
        changes = (
            f"{name}: {entry.before.get(name, '—')} → {value}"
            for name, value in entry.after.items()
        )
        return format_html("{}", "; ".join(changes))
