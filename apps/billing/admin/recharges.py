from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.billing import services
from apps.billing.admin.bases import BookAdmin, RefusalsAsMessages, WithTotals
from apps.billing.enums import RechargePerm, RechargeStatus
from apps.billing.models import PaymentNotice, PayoutStop, Recharge
from apps.core.modeladmin import (
    AMBER,
    GREEN,
    GREY,
    ReadOnlyAdmin,
    ReadOnlyTabularInline,
    money_column,
    service_action,
    status_column,
)
from apps.core.spreadsheets.resources import SafeExportMixin

COLORS = {RechargeStatus.CREATED: AMBER, RechargeStatus.PAID: GREEN, RechargeStatus.CLOSED: GREY}


class NoticeInline(ReadOnlyTabularInline):
    model = PaymentNotice
    fields = ("received_at", "provider", "event", "outcome", "reason")
    tab = True


class TransferForm(forms.ModelForm):
    """A transfer that finance has found on the bank statement."""

    class Meta:
        model = Recharge
        fields = ("customer", "amount", "channel_trade_no")
        labels = {"channel_trade_no": _("Reference of the bank")}


@admin.register(Recharge)
class RechargeAdmin(SafeExportMixin, RefusalsAsMessages, WithTotals, ReadOnlyAdmin):
    """Money on its way in. Adding one records a bank transfer."""

    list_display = (
        "number",
        "customer",
        "amount_column",
        "status_tag",
        "channel",
        "channel_trade_no",
        "created_at",
        "paid_at",
    )
    list_select_related = ("customer",)
    list_filter = ("status", "channel", "tenant", "created_at", "paid_at")
    lookups = ("customer",)
    date_hierarchy = "created_at"
    search_fields = (
        "number__istartswith",
        "=channel_trade_no",
        "customer__name",
        "=customer__number",
    )
    search_help_text = _("Number, channel transaction or customer")
    totals = ("amount",)
    fields = (
        ("number", "status", "channel"),
        ("customer", "tenant", "amount"),
        ("channel_trade_no", "started_by"),
        ("created_at", "expires_at", "asked_at"),
        ("paid_at", "closed_at"),
    )
    actions = (
        service_action(
            _("Ask the channel now"),
            services.request_settlement,
            arg="recharge",
            permission=RechargePerm.SETTLE,
        ),
    )
    amount_column = money_column("amount", _("amount"))
    status_tag = status_column("status", COLORS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(RechargePerm.CONFIRM)

    def get_form(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        if obj is None:
            options["form"] = TransferForm
        return super().get_form(request, obj, **options)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return TransferForm.Meta.fields if obj is None else super().get_fields(request, obj)

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [NoticeInline] if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        recharge = services.record_bank_recharge(
            customer=form.cleaned_data["customer"],
            amount=form.cleaned_data["amount"],
            reference=form.cleaned_data["channel_trade_no"] or "",
            actor=request.user,
            now=timezone.now(),
        )
        obj.__dict__.update(recharge.__dict__)


@admin.register(PaymentNotice)
class PaymentNoticeAdmin(BookAdmin):
    list_display = ("received_at", "provider", "event", "recharge", "outcome", "reason")
    list_select_related = ("recharge",)
    list_filter = ("outcome", "provider", "received_at")
    search_fields = ("=event", "=recharge__number")


@admin.register(PayoutStop)
class PayoutStopAdmin(BookAdmin):
    list_display = ("raised_at", "first_finding", "lifted_at")
    actions = (
        service_action(
            _("Verify again and let payouts go on"),
            services.lift_payout_stop,
            arg="stop",
            permission="billing.verify_ledger",
        ),
    )

    @display(description=_("first difference"))
    def first_finding(self, stop: PayoutStop) -> str:
        finding = stop.findings[0] if stop.findings else {}
        return f"{finding.get('check', '')} {finding.get('where', '')}".strip()
