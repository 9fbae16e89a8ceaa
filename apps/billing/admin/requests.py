"""Requests for approval that begin on finance's pages."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.approvals.models import Approval
from apps.approvals.requestadmin import Request, RequestForm
from apps.billing import services
from apps.billing.enums import InvoiceKind, WalletPerm, WithdrawalRoute
from apps.billing.errors import EntryIsNotReversible
from apps.billing.models import Entry, WalletBalance


def _amount(label: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label or gettext_lazy("Amount"), min_value=0, max_digits=18, decimal_places=2
    )


class WalletForm(RequestForm):
    """On the page of a wallet: the services want the customer."""

    def clean(self) -> dict[str, object]:
        return {**(super().clean() or {}), "customer": self.thing.customer}


class CreditLimitForm(WalletForm):
    amount = _amount(gettext_lazy("New credit limit"))

    def prepare(self) -> None:
        self.fields["amount"].initial = self.thing.credit_limit


class TransferInForm(WalletForm):
    amount = _amount()
    payer = forms.CharField(label=gettext_lazy("Name of the payer"), max_length=100)
    reference = forms.CharField(label=gettext_lazy("Number of the bank"), max_length=64)
    received_on = forms.DateField(label=gettext_lazy("Received on"), initial=timezone.localdate)

    def prepare(self) -> None:
        self.fields["payer"].initial = self.thing.customer.name


class InvoiceForm(WalletForm):
    amount = _amount(gettext_lazy("Amount with tax"))
    invoice_kind = forms.ChoiceField(
        label=gettext_lazy("Kind of invoice"), choices=InvoiceKind.choices
    )
    title = forms.CharField(label=gettext_lazy("Invoice title"), max_length=100)
    tax_number = forms.CharField(label=gettext_lazy("Tax number"), max_length=20)
    email = forms.EmailField(label=gettext_lazy("Sent to"))

    def prepare(self) -> None:
        customer = self.thing.customer
        self.fields["title"].initial = customer.name
        self.fields["tax_number"].initial = customer.uscc or ""


class WithdrawalForm(WalletForm):
    amount = _amount()
    route = forms.ChoiceField(label=gettext_lazy("Paid to"), choices=WithdrawalRoute.choices)


class AdjustmentForm(RequestForm):
    amount = _amount(gettext_lazy("Amount to reverse"))

    def prepare(self) -> None:
        self.fields["amount"].initial = services.reversible(entry=self.thing)


def _is_pending(kind: str, label: str, pk: int) -> str:
    running = Approval.objects.running().about((label, pk)).filter(kind=kind).first()
    return _("{number} is in progress.").format(number=running.number) if running else ""


def _limit_pending(wallet: WalletBalance) -> str:
    return _is_pending("billing.credit_limit", "billing.WalletBalance", wallet.pk)


def _withdrawal_problem(wallet: WalletBalance) -> str:
    if not wallet.cash:
        return _("There is no cash to pay out.")
    return _is_pending("billing.withdrawal", "billing.WalletBalance", wallet.pk)


def _adjustment_problem(entry: Entry) -> str:
    try:
        left = services.reversible(entry=entry)
    except EntryIsNotReversible:
        return _("Only purchases, recharges and gifts are reversed.")
    if not left:
        return _("Nothing of it is left to reverse.")
    return _is_pending("billing.adjustment", "billing.Entry", entry.pk)


def _for_wallet(service: Callable[..., Approval]) -> Callable[..., Approval]:
    """The page is the wallet's, the service takes the customer, who comes with the form."""

    def submit(*, wallet: WalletBalance, **asked: Any) -> Approval:
        return service(**asked)

    return submit


WALLET = (
    Request(
        "credit-limit",
        gettext_lazy("Request another credit limit"),
        CreditLimitForm,
        _for_wallet(services.request_credit_limit),
        permission=WalletPerm.REQUEST,
        arg="wallet",
        problem=_limit_pending,
    ),
    Request(
        "transfer-in",
        gettext_lazy("Request a recharge by bank transfer"),
        TransferInForm,
        _for_wallet(services.request_offline_recharge),
        permission=WalletPerm.REQUEST,
        arg="wallet",
    ),
    Request(
        "withdrawal",
        gettext_lazy("Request a withdrawal"),
        WithdrawalForm,
        _for_wallet(services.request_withdrawal),
        permission=WalletPerm.REQUEST_PAYOUT,
        arg="wallet",
        problem=_withdrawal_problem,
    ),
    Request(
        "invoice",
        gettext_lazy("Request an invoice"),
        InvoiceForm,
        _for_wallet(services.request_invoice),
        permission=WalletPerm.REQUEST_PAYOUT,
        arg="wallet",
    ),
)
ADJUSTMENT = Request(
    "adjustment",
    gettext_lazy("Request a correction"),
    AdjustmentForm,
    services.request_adjustment,
    permission=WalletPerm.REQUEST,
    arg="entry",
    problem=_adjustment_problem,
)
