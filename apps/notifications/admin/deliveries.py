from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from apps.core.modeladmin import (
    AMBER,
    BLUE,
    GREEN,
    RED,
    ReadOnlyAdmin,
    service_action,
    status_column,
)
from apps.notifications import catalogue, services
from apps.notifications.enums import DeliveryPerm, DeliveryStatus
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
        "kind",
        "subject",
        "status_tag",
        "problem",
        "attempts",
        "sent_at",
    )
    list_filter = ("status", "channel", "template", "created_at")
    date_hierarchy = "created_at"
    search_fields = ("subject__icontains", "provider_id", "key")
    search_help_text = _("Subject, provider's id or key")
    fieldsets = (
        (None, {"fields": ("status_tag", "channel", "recipient_masked", "subject", "text")}),
        (
            _("Delivery"),
            {
                "fields": (
                    "kind",
                    "template",
                    "tenant",
                    "language",
                    "link",
                    "attempts",
                    "inquiries",
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
    actions = (
        service_action(
            _("Send again"),
            services.retry_delivery,
            arg="delivery",
            permission=DeliveryPerm.RETRY,
        ),
    )

    @admin.display(description=_("kind"), ordering="template")
    def kind(self, delivery: Delivery) -> Any:
        kind = catalogue.find(delivery.template)
        return kind.label if kind else delivery.template

    @admin.display(description=_("text"))
    def text(self, delivery: Delivery) -> str:
        """Never shown: it may hold a code, and is nobody's business but the recipient's."""
        return "••••••"
