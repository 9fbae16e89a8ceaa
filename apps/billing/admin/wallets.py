from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.approvals.requestadmin import RequestsApproval
from apps.billing import selectors
from apps.billing.admin.bases import (
    BookAdmin,
    WithTotals,
    link_to,
    moment,
    money,
    source_link,
    table,
)
from apps.billing.admin.requests import WALLET
from apps.billing.models import Account, Lot, WalletBalance
from apps.core.modeladmin import money_column
from apps.core.spreadsheets.resources import SafeExportMixin

LATEST = 30


class OwesFilter(admin.SimpleListFilter):
    title = _("owes")
    parameter_name = "owes"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", gettext("Owes something")), ("no", gettext("Owes nothing"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset
        return queryset.filter(owed__gt=0) if self.value() == "yes" else queryset.filter(owed=0)


@admin.register(WalletBalance)
class WalletBalanceAdmin(RequestsApproval, SafeExportMixin, WithTotals, BookAdmin):
    """A customer's balances, and how they came about. What is to change is asked for here."""

    requests = WALLET

    list_display = (
        "customer",
        "number",
        "cash_column",
        "gift_column",
        "frozen_column",
        "owed_column",
        "limit_column",
        "available_column",
        "tenant",
    )
    list_select_related = ("customer", "tenant")
    list_filter = (OwesFilter, "tenant")
    search_fields = ("customer__name", "customer__number__istartswith")
    search_help_text = _("Name or number of the customer")
    totals = ("cash", "gift", "frozen", "owed", "credit_limit")
    fieldsets = (
        (None, {"fields": (("customer_link", "tenant"), ("opened_at",))}),
        (
            _("Balances"),
            {
                "fields": (
                    ("available_column", "cash_column", "gift_column"),
                    ("frozen_column", "owed_column", "limit_column"),
                    "why",
                )
            },
        ),
        (_("Flow"), {"fields": ("flow",)}),
        (_("Lots of cash that are not used up"), {"fields": ("lots",)}),
    )
    readonly_fields = (
        "customer_link",
        "why",
        "flow",
        "lots",
        *(f"{name}_column" for name in ("available", "cash", "gift", "frozen", "owed", "limit")),
    )
    cash_column = money_column("cash", _("cash"))
    gift_column = money_column("gift", _("gift"))
    frozen_column = money_column("frozen", _("frozen"))
    owed_column = money_column("owed", _("owed"))
    limit_column = money_column("credit_limit", _("credit limit"))
    available_column = money_column("available", _("available"), ordering="cash")

    @display(description=_("number"), ordering="customer__number")
    def number(self, wallet: WalletBalance) -> str:
        return wallet.customer.number

    @display(description=_("customer"))
    def customer_link(self, wallet: WalletBalance) -> SafeString:
        return link_to(wallet.customer)

    @display(description=_("Why"))
    def why(self, wallet: WalletBalance) -> SafeString:
        parts = selectors.wallet_of(wallet.customer).why_available()
        rows = [[label, money(amount)] for label, amount in parts]
        total = [format_html("<b>{}</b>", gettext("available")), money(wallet.available)]
        return table([gettext("Part"), gettext("amount")], [*rows, total])

    @display(description=_("Latest entries"))
    def flow(self, wallet: WalletBalance) -> SafeString:
        rows = [
            [
                moment(entry.posted_at),
                link_to(entry),
                entry.get_kind_display(),
                money(entry.amount),
                money(entry.balance),
                source_link(entry.source_label, entry.source_pk, entry.note),
            ]
            for entry in selectors.wallet_flow(wallet.customer)[:LATEST]
        ]
        headers = [
            gettext("posted at"),
            gettext("number"),
            gettext("kind"),
            gettext("amount"),
            gettext("balance after"),
        ]
        address = reverse("admin:billing_entry_changelist")
        return format_html(
            '{}<a class="kb-link" href="{}?customer__id__exact={}">{}</a>',
            table([*headers, gettext("source")], rows),
            address,
            wallet.customer_id,
            gettext("All entries"),
        )

    @display(description=_("lots"))
    def lots(self, wallet: WalletBalance) -> SafeString:
        lots = Lot.objects.filter(customer=wallet.customer, remaining__gt=0)
        rows = [
            [
                lot,
                lot.get_kind_display(),
                link_to(lot.recharge),
                money(lot.amount),
                money(lot.remaining),
            ]
            for lot in lots.select_related("recharge").order_by("pk")[:LATEST]
        ]
        headers = [
            gettext("lot"),
            gettext("kind"),
            gettext("recharge"),
            gettext("amount"),
            gettext("remaining"),
        ]
        return table(headers, rows)


@admin.register(Account)
class AccountAdmin(BookAdmin):
    """The chart of accounts: what the wallets and the house are made of."""

    list_display = ("code", "kind", "owner", "tenant", "opened_at")
    list_select_related = ("owner", "tenant")
    list_filter = ("kind", "tenant")
    search_fields = ("code__istartswith", "owner__name", "owner__number__istartswith")
    fields = ("code", "kind", "owner", "tenant", "currency", "opened_at", "balance", "legs")
    readonly_fields = ("balance", "legs")

    @display(description=_("balance"))
    def balance(self, account: Account) -> SafeString:
        return money(selectors.balance_of(account))

    @display(description=_("Latest entries"))
    def legs(self, account: Account) -> SafeString:
        rows = [
            [
                moment(leg.entry.posted_at),
                link_to(leg.entry),
                leg.entry.get_kind_display(),
                money(leg.amount) if leg.debit_id == account.pk else "",
                money(leg.amount) if leg.credit_id == account.pk else "",
                leg.credit if leg.debit_id == account.pk else leg.debit,
            ]
            for leg in selectors.legs_of(account)[:LATEST]
        ]
        headers = [
            gettext("posted at"),
            gettext("number"),
            gettext("kind"),
            gettext("debit"),
            gettext("credit"),
        ]
        return table([*headers, gettext("contra account")], rows)
