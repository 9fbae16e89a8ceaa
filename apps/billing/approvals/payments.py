"""Kinds whose capability is still to come: what is decided is told as an event, and recorded."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.approvals import standard
from apps.approvals.kinds import Card, Change, Fact, FormField, Kind, facts_of
from apps.approvals.models import Approval
from apps.billing.approvals.base import (
    REASON,
    CustomerMoney,
    amount_in,
    choice_field,
    money_field,
    yuan,
)
from apps.billing.enums import InvoiceKind, WalletPerm, WithdrawalRoute
from apps.billing.events import InvoiceApproved, SupplierSettlementApproved, WithdrawalApproved
from apps.core.events import publish


class Invoice(CustomerMoney):
    """开票: whether an invoice may be issued, and over how much."""

    code = "billing.invoice"
    label = gettext_lazy("Invoice")
    number_prefix = "INV"
    submit_permission = WalletPerm.REQUEST_PAYOUT
    allows_bulk = True
    fields = (
        money_field("amount", gettext_lazy("Amount with tax")),
        choice_field("invoice_kind", gettext_lazy("Kind of invoice"), InvoiceKind.choices),
        FormField("title", gettext_lazy("Invoice title")),
        FormField("tax_number", gettext_lazy("Tax number")),
        FormField("email", gettext_lazy("Sent to")),
        REASON,
    )
    default_graph = standard.flow(standard.finance())

    def card(self, approval: Approval) -> Card:
        customer, title = self.customer(approval), approval.form["title"]
        warnings = []
        if title != customer.name:
            warnings.append(_("The title is not the customer's name: {title}.").format(title=title))
        facts = self.customer_facts(approval, self.wallet(approval))
        return Card(facts=(*facts, *facts_of(self, approval.form)), warnings=tuple(warnings))

    def on_approved(self, approval: Approval, now: datetime) -> None:
        publish(
            InvoiceApproved(
                approval_id=approval.pk,
                customer_id=approval.customer_id or 0,
                amount=approval.form["amount"],
            )
        )


class Withdrawal(CustomerMoney):
    """提现: whether a customer's cash may be paid out."""

    code = "billing.withdrawal"
    label = gettext_lazy("Withdrawal")
    number_prefix = "WDR"
    submit_permission = WalletPerm.REQUEST_PAYOUT
    fields = (
        money_field("amount", gettext_lazy("Amount")),
        choice_field("route", gettext_lazy("Paid to"), WithdrawalRoute.choices),
        REASON,
    )
    default_graph = standard.flow(
        standard.finance(), standard.operations(), standard.large_amounts()
    )

    def card(self, approval: Approval) -> Card:
        wallet, amount = self.wallet(approval), amount_in(approval.form)
        warnings = []
        if amount > wallet.cash:
            warnings.append(
                _("The customer has only {cash} in cash.").format(cash=yuan(wallet.cash))
            )
        if wallet.owed:
            warnings.append(_("The customer owes {amount} now.").format(amount=yuan(wallet.owed)))
        route = facts_of(self, {"route": approval.form["route"]})
        return Card(
            facts=(*self.customer_facts(approval, wallet), *route),
            changes=(Change(_("Cash"), yuan(wallet.cash), yuan(wallet.cash - amount)),),
            warnings=tuple(warnings),
        )

    def on_approved(self, approval: Approval, now: datetime) -> None:
        publish(
            WithdrawalApproved(
                approval_id=approval.pk,
                customer_id=approval.customer_id or 0,
                amount=approval.form["amount"],
            )
        )


class SupplierSettlement(Kind):
    """供应商结算: whether a supplier may be paid for a month."""

    code = "billing.supplier_settlement"
    label = gettext_lazy("Settlement with a supplier")
    number_prefix = "SET"
    involves_money = True
    submit_permission = WalletPerm.REQUEST_SETTLEMENT
    fields = (
        FormField("supplier", gettext_lazy("Supplier"), is_condition=True),
        FormField("month", gettext_lazy("Month")),
        money_field("amount", gettext_lazy("Amount to pay")),
        money_field("billed", gettext_lazy("Billed by the supplier"), is_required=False),
        money_field("charged", gettext_lazy("Charged to customers"), is_required=False),
        REASON,
    )
    default_graph = standard.flow(
        standard.operations(), standard.finance(), standard.large_amounts()
    )

    def card(self, approval: Approval) -> Card:
        form, amount = approval.form, amount_in(approval.form)
        warnings = []
        if "billed" in form and amount_in(form, "billed") != amount:
            difference = yuan(amount - amount_in(form, "billed"))
            warnings.append(
                _("It differs from the supplier's bill by {amount}.").format(amount=difference)
            )
        facts = facts_of(self, form)
        if "charged" in form:
            margin = amount_in(form, "charged") - amount
            facts = (*facts, Fact("margin", _("Margin"), yuan(margin)))
            if margin < 0:
                warnings.append(_("Customers were charged less than the supplier gets."))
        return Card(facts=facts, warnings=tuple(warnings))

    def on_approved(self, approval: Approval, now: datetime) -> None:
        publish(
            SupplierSettlementApproved(
                approval_id=approval.pk,
                supplier=approval.form["supplier"],
                month=approval.form["month"],
                amount=approval.form["amount"],
            )
        )
