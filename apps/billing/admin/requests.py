"""Requests for approval that begin on finance's pages."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.approvals.models import Approval
from apps.approvals.requestadmin import Request, RequestForm, offer
from apps.billing import services
from apps.billing.enums import InvoiceKind, WalletPerm, WithdrawalRoute
from apps.billing.errors import EntryIsNotReversible
from apps.billing.models import Entry, WalletBalance
from apps.billing.selectors import wallet_of
from apps.customers.models import Customer


def _amount(label: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label or gettext_lazy("Amount"), min_value=0, max_digits=18, decimal_places=2
    )


class WalletForm(RequestForm):
    """On the page of a wallet or of its customer, who may not have one yet."""

    @property
    def customer(self) -> Customer:
        return self.thing if isinstance(self.thing, Customer) else self.thing.customer

    def clean(self) -> dict[str, object]:
        return {**(super().clean() or {}), "customer": self.customer}


class CreditLimitForm(WalletForm):
    amount = _amount(gettext_lazy("New credit limit"))

    def prepare(self) -> None:
        self.fields["amount"].initial = wallet_of(self.customer).credit_limit


class TransferInForm(WalletForm):
    amount = _amount()
    payer = forms.CharField(label=gettext_lazy("Name of the payer"), max_length=100)
    reference = forms.CharField(label=gettext_lazy("Number of the bank"), max_length=64)
    received_on = forms.DateField(label=gettext_lazy("Received on"), initial=timezone.localdate)

    def prepare(self) -> None:
        self.fields["payer"].initial = self.customer.name


class InvoiceForm(WalletForm):
    amount = _amount(gettext_lazy("Amount with tax"))
    invoice_kind = forms.ChoiceField(
        label=gettext_lazy("Kind of invoice"), choices=InvoiceKind.choices
    )
    title = forms.CharField(label=gettext_lazy("Invoice title"), max_length=100)
    tax_number = forms.CharField(label=gettext_lazy("Tax number"), max_length=20)
    email = forms.EmailField(label=gettext_lazy("Sent to"))

    def prepare(self) -> None:
        self.fields["title"].initial = self.customer.name
        self.fields["tax_number"].initial = self.customer.uscc or ""


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


def _customers_limit_pending(customer: Customer) -> str:
    wallet = WalletBalance.objects.filter(customer=customer).first()
    return _limit_pending(wallet) if wallet else ""


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

    def submit(*, wallet: WalletBalance, customer: Customer, **asked: Any) -> Approval:
        return service(customer=customer, **asked)

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
# Who never recharged has no wallet to look at: what begins one is asked for on his own page, too.
CUSTOMER = (
    Request(
        "credit-limit",
        gettext_lazy("Request another credit limit"),
        CreditLimitForm,
        services.request_credit_limit,
        permission=WalletPerm.REQUEST,
        arg="customer",
        problem=_customers_limit_pending,
    ),
    Request(
        "transfer-in",
        gettext_lazy("Request a recharge by bank transfer"),
        TransferInForm,
        services.request_offline_recharge,
        permission=WalletPerm.REQUEST,
        arg="customer",
    ),
)
offer("customers.Customer", *CUSTOMER)
ADJUSTMENT = Request(
    "adjustment",
    gettext_lazy("Request a correction"),
    AdjustmentForm,
    services.request_adjustment,
    permission=WalletPerm.REQUEST,
    arg="entry",
    problem=_adjustment_problem,
)
