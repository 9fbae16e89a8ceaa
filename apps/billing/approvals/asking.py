"""What customers ask for about their money themselves, and staff for them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.approvals.asking import Ask, AskForm, RowField, YuanField, register
from apps.billing import services
from apps.billing.enums import InvoiceKind, WalletPerm, WithdrawalRoute
from apps.billing.models import Entry
from apps.billing.selectors import wallet_of
from apps.core.money import format_yuan
from apps.customers.asking import CustomerAskForm
from apps.customers.selectors import customer_of


class CreditLimitForm(CustomerAskForm):
    amount = YuanField(label=_("New credit limit"), min_value=0)

    def prepare(self) -> None:
        super().prepare()
        if self.is_customers:
            limit = wallet_of(customer_of(self.user)).credit_limit
            text = _("So far it is {limit}.")
            self.fields["amount"].help_text = text.format(limit=format_yuan(limit))


class TransferInForm(CustomerAskForm):
    amount = YuanField(label=_("Amount"), min_value=0)
    payer = forms.CharField(label=_("Name of the payer"), max_length=100)
    reference = forms.CharField(label=_("Number of the bank"), max_length=64)
    received_on = forms.DateField(label=_("Received on"))

    def prepare(self) -> None:
        super().prepare()
        if self.is_customers:
            self.fields["payer"].initial = customer_of(self.user).name
            self.fields["received_on"].label = _("Transferred on")


class WithdrawalForm(CustomerAskForm):
    amount = YuanField(label=_("Amount"), min_value=0)
    route = forms.ChoiceField(label=_("Paid to"), choices=WithdrawalRoute.choices)

    def prepare(self) -> None:
        super().prepare()
        if self.is_customers:
            cash = wallet_of(customer_of(self.user)).cash
            text = _("Cash: {amount}.")
            self.fields["amount"].help_text = text.format(amount=format_yuan(cash))


class InvoiceForm(CustomerAskForm):
    amount = YuanField(label=_("Amount with tax"), min_value=0)
    invoice_kind = forms.ChoiceField(label=_("Kind of invoice"), choices=InvoiceKind.choices)
    title = forms.CharField(label=_("Invoice title"), max_length=100)
    tax_number = forms.CharField(label=_("Tax number"), max_length=20)
    email = forms.EmailField(label=_("Sent to"))

    def prepare(self) -> None:
        super().prepare()
        if self.is_customers:
            customer = customer_of(self.user)
            self.fields["title"].initial = customer.name
            self.fields["tax_number"].initial = customer.uscc or ""
            self.fields["email"].initial = self.user.email


class AdjustmentForm(AskForm):
    entry = RowField(
        Entry.objects.all(),
        rows=lambda user: Entry.objects.visible_to(user),
        label=_("Ledger entry"),
    )
    amount = YuanField(label=_("Amount to reverse"), min_value=0)


def _for_both(kind: str, form: Any, service: Any, permission: str) -> None:
    register(Ask(kind, form, service, permission, for_customers=form))


_for_both(
    "billing.credit_limit", CreditLimitForm, services.request_credit_limit, WalletPerm.REQUEST
)
_for_both(
    "billing.offline_recharge",
    TransferInForm,
    services.request_offline_recharge,
    WalletPerm.REQUEST,
)
_for_both(
    "billing.withdrawal", WithdrawalForm, services.request_withdrawal, WalletPerm.REQUEST_PAYOUT
)
_for_both("billing.invoice", InvoiceForm, services.request_invoice, WalletPerm.REQUEST_PAYOUT)
register(
    Ask(
        "billing.adjustment",
        AdjustmentForm,
        services.request_adjustment,
        WalletPerm.REQUEST,
    )
)
