from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.billing import selectors
from apps.billing.admin.bases import BookAdmin, WithTotals, link_to, moment, money, table
from apps.billing.enums import BillStatus
from apps.billing.models import Bill, BillItem, Entry
from apps.core.modeladmin import AMBER, GREEN, ReadOnlyAdmin, money_column, status_column
from apps.core.spreadsheets.resources import SafeExportMixin

COLORS = {BillStatus.ISSUED: AMBER, BillStatus.PAID: GREEN}


@admin.register(Bill)
class BillAdmin(SafeExportMixin, WithTotals, ReadOnlyAdmin):
    list_display = (
        "number",
        "month_column",
        "customer",
        "list_column",
        "total_column",
        "owed_column",
        "status_tag",
        "items_count",
        "issued_at",
    )
    list_select_related = ("customer",)
    list_filter = ("status", "month", "tenant")
    lookups = ("customer",)
    search_fields = ("number__istartswith", "customer__name", "=customer__number")
    search_help_text = _("Number or customer")
    totals = ("list_total", "total", "owed")
    fields = (
        ("number", "status", "month_column"),
        ("customer_link", "tenant", "issued_at", "paid_at"),
        ("list_column", "total_column", "owed_column"),
        ("revision", "items_count", "all_items"),
        "by_product",
        "adjustments",
        "postings",
    )
    readonly_fields = (
        "month_column",
        "customer_link",
        "list_column",
        "total_column",
        "owed_column",
        "all_items",
        "by_product",
        "adjustments",
        "postings",
    )
    list_column = money_column("list_total", _("list total"))
    total_column = money_column("total", _("total"))
    owed_column = money_column("owed", _("owed"))
    status_tag = status_column("status", COLORS)

    @display(description=_("month"), ordering="month")
    def month_column(self, bill: Bill) -> str:
        return f"{bill.month:%Y-%m}"

    @display(description=_("customer"))
    def customer_link(self, bill: Bill) -> SafeString:
        return link_to(bill.customer)

    @display(description=_("bill items"))
    def all_items(self, bill: Bill) -> SafeString:
        address = reverse("admin:billing_billitem_changelist")
        return format_html(
            '<a class="kb-link" href="{}?bill__id__exact={}">{}</a>',
            address,
            bill.pk,
            gettext("All items"),
        )

    @display(description=_("By product"))
    def by_product(self, bill: Bill) -> SafeString:
        parts = selectors.totals_by_product(bill)
        rows = [[part.product, part.name, money(part.amount)] for part in parts]
        return table([gettext("product code"), gettext("product"), gettext("amount")], rows)

    @display(description=_("Adjustments"))
    def adjustments(self, bill: Bill) -> SafeString | str:
        rows = [
            [
                f"{item.use_month:%Y-%m}",
                item.product_name,
                item.resource_id,
                f"¥{item.payable.normalize():f}",
                item.get_reason_display(),
                "; ".join(selectors.explain_item(item)),
            ]
            for item in selectors.adjustments_of(bill)
        ]
        headers = [gettext("used in"), gettext("product"), gettext("resource")]
        headers += [gettext("payable"), gettext("reason"), gettext("price rules")]
        return table(headers, rows) if rows else "—"

    @display(description=_("Postings"))
    def postings(self, bill: Bill) -> SafeString:
        entries = Entry.objects.filter(source_label="billing.Bill", source_pk=str(bill.pk))
        rows = [
            [moment(e.posted_at), link_to(e), e.get_kind_display(), money(e.amount)]
            for e in entries.order_by("pk")
        ]
        return table(
            [gettext("posted at"), gettext("number"), gettext("kind"), gettext("amount")], rows
        )


@admin.register(BillItem)
class BillItemAdmin(SafeExportMixin, WithTotals, BookAdmin):
    list_display = (
        "bill",
        "product_name",
        "resource_id",
        "region",
        "list_cost",
        "payable",
        "reason",
        "used_in",
    )
    list_select_related = ("bill",)
    list_filter = ("bill__month", "reason", "product_code", "region")
    lookups = ("bill",)
    search_fields = ("=resource_id", "product_code__istartswith", "=bill__number")
    search_help_text = _("Resource, product code or number of the bill")
    totals = ("list_cost", "payable")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).order_by("-pk")
