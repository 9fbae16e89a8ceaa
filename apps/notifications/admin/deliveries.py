from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from apps.core.modeladmin import AMBER, BLUE, GREEN, RED, ReadOnlyAdmin, status_column
from apps.notifications.enums import DeliveryStatus
from apps.notifications.models import Delivery

STATUS_COLORS = {
    DeliveryStatus.QUEUED: BLUE,
    DeliveryStatus.SENT: GREEN,
    DeliveryStatus.FAILED: RED,
    DeliveryStatus.UNKNOWN: AMBER,
}


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "channel",
        "recipient_masked",
        "template",
        "subject",
        "status_tag",
        "attempts",
        "sent_at",
    )
    list_filter = ("status", "channel", "template")
    search_fields = ("subject__icontains", "provider_id", "key")
    fieldsets = (
        (None, {"fields": ("status_tag", "channel", "recipient_masked", "subject", "text")}),
        (
            _("Delivery"),
            {
                "fields": (
                    "template",
                    "tenant",
                    "attempts",
                    "next_attempt_at",
                    "provider_id",
                    "problem",
                    "created_at",
                    "sent_at",
                    "failed_at",
                    "key",
                )
            },
        ),
    )
    status_tag = status_column("status", STATUS_COLORS)

    @admin.display(description=_("text"))
    def text(self, delivery: Delivery) -> str:
        """Never shown: it may hold a code, and is nobody's business but the recipient's."""
        return "••••••"
