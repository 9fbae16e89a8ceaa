from django.contrib import admin

from apps.core.modeladmin import AMBER, GREEN, GREY, status_column
from apps.products.admin.bases import WrittenOnceAdmin
from apps.products.enums import ReservationStatus
from apps.products.models import StockReservation

RESERVATION_COLORS = {
    ReservationStatus.RESERVED: AMBER,
    ReservationStatus.COMMITTED: GREEN,
    ReservationStatus.RELEASED: GREY,
}


@admin.register(StockReservation)
class StockReservationAdmin(WrittenOnceAdmin):
    list_display = ("key", "sku", "quantity", "status_tag", "is_counted", "created_at")
    list_select_related = ("sku",)
    list_filter = ("status", "created_at", "sku__product__vendor")
    search_fields = ("key__istartswith", "sku__code__istartswith", "sku__name")
    fields = (
        "key",
        "sku",
        "quantity",
        "status",
        "is_counted",
        "created_at",
        "committed_at",
        "released_at",
    )
    status_tag = status_column("status", RESERVATION_COLORS)
