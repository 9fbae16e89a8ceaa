from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.modeladmin import (
    BLUE,
    GREY,
    ReadOnlyTabularInline,
    money_column,
)
from apps.core.spreadsheets.resources import SafeExportMixin
from apps.products import selectors
from apps.products.admin import tables
from apps.products.admin.bases import WrittenOnceAdmin
from apps.products.admin.exports import QuoteResource
from apps.products.enums import ProductPerm
from apps.products.models import Quote, QuoteLine


class QuoteLineInline(ReadOnlyTabularInline):
    model = QuoteLine
    fields = (
        "position",
        "sku",
        "quantity",
        "periods",
        "billing_mode",
        "list_price",
        "list_sum",
        "payable",
    )
    readonly_fields = fields
    show_change_link = False
    tab = True
    list_price = money_column("unit_price", _("list price"))
    list_sum = money_column("list_amount", _("list amount"))
    payable = money_column("amount", _("amount"))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("sku")


@admin.register(Quote)
class QuoteAdmin(SafeExportMixin, WrittenOnceAdmin):
    resource_classes = (QuoteResource,)
    list_display = (
        "number",
        "customer",
        "list_sum",
        "payable",
        "saved",
        "validity",
        "created_by",
        "created_at",
    )
    list_select_related = ("customer", "created_by")
    list_filter = ("created_at", "expires_at", "tenant")
    search_fields = ("number__istartswith", "customer__name", "customer__number__istartswith")
    search_help_text = _("Number of the quote, name or number of the customer")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("number", "customer"),
                    ("list_sum", "payable", "saved", "tax_sum"),
                    ("created_at", "expires_at", "created_by"),
                )
            },
        ),
        (_("How the price came about"), {"fields": ("waterfall",), "classes": ("tab",)}),
    )
    readonly_fields = ("list_sum", "payable", "saved", "tax_sum", "waterfall", "margins")
    inlines = (QuoteLineInline,)
    list_sum = money_column("list_total", _("list total"))
    payable = money_column("total", _("total"))
    tax_sum = money_column("tax", _("tax included"))

    def get_fieldsets(self, request: HttpRequest, obj: Quote | None = None) -> Any:
        """Cost and margin are a tab of their own, for those who may see them."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not request.user.has_perm(ProductPerm.VIEW_COST):
            return fieldsets
        return [*fieldsets, (_("Cost and margin"), {"fields": ("margins",), "classes": ("tab",)})]

    @display(description=_("savings"))
    def saved(self, quote: Quote) -> str:
        return tables.money(quote.savings)

    @display(description=_("validity"), label={"valid": BLUE, "expired": GREY})
    def validity(self, quote: Quote) -> tuple[str, str]:
        if quote.is_valid(timezone.now()):
            return "valid", _("Valid")
        return "expired", _("Expired")

    @display(description=_("How the price came about"))
    def waterfall(self, quote: Quote) -> str:
        return tables.waterfall(selectors.explain_quote(quote))

    @display(description=_("Cost and margin"))
    def margins(self, quote: Quote) -> str:
        return tables.margins(selectors.explain_quote(quote, with_margin=True))
