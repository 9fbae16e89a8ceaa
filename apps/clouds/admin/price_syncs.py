"""Fetched price lists: how far they are, and what became of their lines."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.clouds.enums import PriceSyncStatus
from apps.clouds.models import PriceSync
from apps.core.modeladmin import BLUE, GREEN, GREY, RED, ReadOnlyAdmin, status_column

COLORS = {
    PriceSyncStatus.WAITING: GREY,
    PriceSyncStatus.RUNNING: BLUE,
    PriceSyncStatus.DONE: GREEN,
    PriceSyncStatus.FAILED: RED,
}


@admin.register(PriceSync)
class PriceSyncAdmin(ReadOnlyAdmin):
    list_display = (
        "vendor",
        "status_tag",
        "percent",
        "proposed",
        "automatic",
        "same",
        "unknown",
        "as_of",
        "started_by",
        "created_at",
    )
    list_select_related = ("vendor", "started_by")
    list_filter = ("status", "vendor", "tenant", "created_at")
    search_fields = ("vendor__name", "account__name")
    fields = (
        ("vendor", "account", "tenant"),
        ("status", "percent", "as_of"),
        ("lines_total", "lines_done"),
        ("proposed", "automatic", "same"),
        ("unknown", "unknown_skus"),
        "differences",
        "problem",
        ("started_by", "created_at", "started_at", "finished_at", "attempts"),
    )
    readonly_fields = ("percent", "differences")
    status_tag = status_column("status", COLORS)

    @display(description=_("progress"))
    def percent(self, sync: PriceSync) -> str:
        return f"{sync.progress} %"

    @display(description=_("Differences"))
    def differences(self, sync: PriceSync) -> Any:
        """They are decided where all price changes are."""
        query = f"source__exact=vendor&sku__product__vendor__id__exact={sync.vendor_id}"
        address = reverse("admin:products_pricechange_changelist")
        return format_html(
            '<a class="kb-link" href="{}?{}">{}</a>', address, query, _("Open the price changes")
        )
