from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.approvals.requestadmin import RequestsApproval
from apps.billing.admin.bases import BookAdmin, WithTotals, link_to, money, source_link, table
from apps.billing.admin.requests import ADJUSTMENT
from apps.billing.models import Entry
from apps.core.modeladmin import money_column
from apps.core.spreadsheets.resources import SafeExportMixin


@admin.register(Entry)
class EntryAdmin(RequestsApproval, SafeExportMixin, WithTotals, BookAdmin):
    """The ledger. Nothing here can be edited, by anybody, in any way; a reversal is asked for."""

    requests = (ADJUSTMENT,)

    list_display = (
        "number",
        "posted_at",
        "kind",
        "customer",
        "amount_column",
        "balance_column",
        "source",
        "period",
    )
    list_select_related = ("customer",)
    list_filter = ("kind", "tenant", "posted_at", "period")
    lookups = ("customer",)
    date_hierarchy = "posted_at"
    search_fields = ("=key", "note__istartswith", "customer__name", "=customer__number")
    search_help_text = _("Entry number, key, document number or customer")
    totals = ("amount",)
    fields = (
        ("number", "kind", "posted_at"),
        ("customer_link", "tenant", "period"),
        ("amount_column", "balance_column", "source"),
        ("key", "note", "gives_back"),
        "two_sides",
        "lots",
    )
    readonly_fields = (
        "number",
        "customer_link",
        "amount_column",
        "balance_column",
        "source",
        "gives_back",
        "two_sides",
        "lots",
    )
    amount_column = money_column("amount", _("amount"))
    balance_column = money_column("balance", _("balance after"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        digits = search_term.removeprefix("E").removeprefix("e")
        if search_term[:1] in {"E", "e"} and digits.isascii() and digits.isdigit():
            return queryset.filter(pk=int(digits)), False
        return super().get_search_results(request, queryset, search_term)

    @display(description=_("number"), ordering="pk")
    def number(self, entry: Entry) -> str:
        return entry.number

    @display(description=_("customer"))
    def customer_link(self, entry: Entry) -> SafeString:
        return link_to(entry.customer)

    @display(description=_("source"))
    def source(self, entry: Entry) -> SafeString:
        return source_link(entry.source_label, entry.source_pk, entry.note)

    @display(description=_("gives back"))
    def gives_back(self, entry: Entry) -> SafeString:
        return link_to(entry.reverses)

    @display(description=_("Both sides"))
    def two_sides(self, entry: Entry) -> SafeString:
        """Each amount on the account that is debited and on the one that is credited."""
        transfers = entry.transfers.select_related("debit", "credit").order_by("pk")
        rows: list[list[object]] = []
        for transfer in transfers:
            rows.append([link_to(transfer.debit), money(transfer.amount), ""])
            rows.append([link_to(transfer.credit), "", money(transfer.amount)])
        return table([gettext("account"), gettext("debit"), gettext("credit")], rows)

    @display(description=_("lots"))
    def lots(self, entry: Entry) -> SafeString:
        uses = entry.lot_uses.select_related("lot__recharge").order_by("pk")
        rows = [[use.lot, link_to(use.lot.recharge), money(use.amount)] for use in uses]
        return table(
            [gettext("lot"), gettext("recharge"), gettext("used (negative: given back)")], rows
        )
