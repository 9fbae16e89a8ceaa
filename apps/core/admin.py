from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.modeladmin import ReadOnlyAdmin
from apps.core.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what. Entries are chained by digests; `manage.py verify_audit` proves the chain."""

    list_display = ("at", "actor", "verb", "target_name", "change", "reason", "ip")
    list_display_links = ("at",)
    list_filter = ("verb", "at")
    date_hierarchy = "at"
    search_fields = ("target__istartswith", "target_name", "actor_name", "request_id")
    search_help_text = _("Thing, name, actor or request id")
    fields = (
        ("at", "actor_name", "on_behalf_of"),
        ("verb", "target", "target_name"),
        "reason",
        "before",
        "after",
        "facts",
        ("ip", "request_id"),
    )

    @display(description=_("actor"), ordering="actor_name")
    def actor(self, entry: AuditEntry) -> str:
        return entry.actor_name or str(_("System"))

    @display(description=_("change"))
    def change(self, entry: AuditEntry) -> str:
        changes = (
            f"{name}: {entry.before.get(name, '—')} → {value}"
            for name, value in entry.after.items()
        )
        return format_html("{}", "; ".join(changes))
