"""What finance's pages share: rows to look at, totals above the list, tables inside a page."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import Model, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from apps.core.errors import DomainError
from apps.core.modeladmin import ReadOnlyAdmin, ScopedModelAdmin
from apps.core.money import format_yuan, round_fen
from apps.core.paging import COUNT_LIMIT

SOURCE_PAGES = {
    "billing.Recharge": "admin:billing_recharge_change",
    "billing.Bill": "admin:billing_bill_change",
    "orders.Order": "admin:orders_order_change",
    "customers.Customer": "admin:customers_customer_change",
}


class WithTotals(ScopedModelAdmin):
    """Shows the sums of the whole filtered list above it, while the list is short enough to sum."""

    list_before_template = "admin/billing/totals.html"
    totals: ClassVar[Sequence[str]] = ()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        changelist = context.get("cl")
        if changelist is not None and changelist.result_count <= COUNT_LIMIT:
            sums = changelist.queryset.order_by().aggregate(
                **{f"sum_{name}": Sum(name) for name in self.totals}
            )
            context["totals"] = [
                (self._title(name), format_yuan(round_fen(sums[f"sum_{name}"] or Decimal(0))))
                for name in self.totals
            ]
        return response

    def _title(self, name: str) -> str:
        return str(self.model._meta.get_field(name).verbose_name)


class BookAdmin(ReadOnlyAdmin):
    """Rows that nobody edits, and that therefore have no history table."""

    object_history_template = "admin/object_history.html"

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        return ModelAdmin.history_view(self, request, object_id, extra_context)


class RefusalsAsMessages(ScopedModelAdmin):
    """A service that says no is a message on the page; nothing was saved then."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> SafeString:
    content = {"headers": list(headers), "rows": [list(row) for row in rows]}
    if not content["rows"]:
        return SafeString("—")
    return render_to_string("unfold/components/table.html", {"table": content})


def money(amount: Decimal | None) -> SafeString:
    text = "—" if amount is None else format_yuan(amount)
    return format_html('<span class="kb-money">{}</span>', text)


def moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"


def link(page: str, pk: object, text: object) -> SafeString:
    """A link to an admin page; the bare text where there is no such page."""
    try:
        address = reverse(page, args=[pk])
    except NoReverseMatch:
        return format_html("{}", text)
    return format_html('<a class="kb-link" href="{}">{}</a>', address, text)


def link_to(thing: Model | None) -> SafeString:
    if thing is None:
        return SafeString("—")
    meta = thing._meta
    return link(f"admin:{meta.app_label}_{meta.model_name}_change", thing.pk, thing)


def source_link(label: str, pk: str, text: str) -> SafeString:
    page = SOURCE_PAGES.get(label)
    return link(page, pk, text or pk) if page else format_html("{} {}", label, text or pk)
