from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.approvals import standard
from apps.approvals.kinds import Card, Change, Fact, FactKind, FieldType, FormField
from apps.approvals.models import Approval
from apps.approvals.selectors.deciders import decider_of
from apps.billing import services as billing
from apps.billing.approvals.base import REASON, CustomerMoney, amount_in, money_field, yuan
from apps.billing.enums import EntryKind, WalletPerm
from apps.billing.models import Entry


class Adjustment(CustomerMoney):
    """冲账: a wrong entry is answered by its reverse."""

    code = "billing.adjustment"
    label = gettext_lazy("Correction of the ledger")
    number_prefix = "ADJ"
    submit_permission = WalletPerm.REQUEST
    fields = (
        money_field("amount", gettext_lazy("Amount to reverse")),
        FormField("entry", gettext_lazy("Entry")),
        REASON,
    )
    default_graph = standard.flow(
        standard.head(), standard.finance(), standard.large_amounts(least=Decimal(10_000))
    )

    def card(self, approval: Approval) -> Card:
        entry, wallet, amount = self._entry(approval), self.wallet(approval), self._signed(approval)
        left = billing.reversible(entry=entry)
        warnings = []
        if approval.is_running and left < amount_in(approval.form):
            warnings.append(_("Only {left} can still be reversed.").format(left=yuan(left)))
        gift = billing.gifts_taken_back_by(entry=entry, amount=amount_in(approval.form))
        if approval.is_running and gift:
            warnings.append(
                _("{gift} that the purchase had earned as a gift is taken back.").format(
                    gift=yuan(gift)
                )
            )
        after = wallet.balance + amount - gift
        return Card(
            facts=(
                *self.customer_facts(approval, wallet),
                Fact("entry", _("Entry"), f"{entry.number} · {entry.get_kind_display()}"),
                Fact("entry_amount", _("Amount of the entry"), entry.amount, FactKind.MONEY),
                Fact("posted_on", _("Posted on"), f"{entry.posted_at:%Y-%m-%d}", FactKind.DATE),
            ),
            changes=(Change(_("Balance"), yuan(wallet.balance), yuan(after)),)
            if approval.is_running
            else (),
            warnings=tuple(warnings),
        )

    def on_approved(self, approval: Approval, now: datetime) -> None:
        billing.adjust_wallet(
            entry=self._entry(approval),
            amount=amount_in(approval.form),
            key=f"adjustment:{approval.number}",
            actor=decider_of(approval),
            now=now,
            reason=f"{approval.number} {approval.form['reason']}",
        )

    def _entry(self, approval: Approval) -> Entry:
        return Entry.objects.get(pk=approval.subject_pk or 0)

    def _signed(self, approval: Approval) -> Decimal:
        amount = amount_in(approval.form)
        return amount if self._entry(approval).kind == EntryKind.PURCHASE else -amount


class OfflineRecharge(CustomerMoney):
    """充值: a bank transfer that somebody has seen and finance confirms."""

    code = "billing.offline_recharge"
    label = gettext_lazy("Recharge by bank transfer")
    number_prefix = "RCG"
    submit_permission = WalletPerm.REQUEST
    fields = (
        money_field("amount", gettext_lazy("Amount")),
        FormField("payer", gettext_lazy("Name of the payer")),
        FormField("reference", gettext_lazy("Number of the bank")),
        FormField("received_on", gettext_lazy("Received on"), FieldType.DATE),
        REASON,
    )
    default_graph = standard.flow(standard.finance(), standard.large_amounts())

    def card(self, approval: Approval) -> Card:
        wallet, amount = self.wallet(approval), amount_in(approval.form)
        customer, payer = self.customer(approval), approval.form["payer"]
        warnings = []
        if payer != customer.name:
            warnings.append(_("The payer is not the customer: {payer}.").format(payer=payer))
        if billing.is_reference_used(reference=approval.form["reference"]):
            warnings.append(_("A transfer with this number has been credited already."))
        return Card(
            facts=(
                *self.customer_facts(approval, wallet),
                Fact("payer", _("Name of the payer"), payer),
                Fact("reference", _("Number of the bank"), approval.form["reference"]),
                Fact("received_on", _("Received on"), approval.form["received_on"], FactKind.DATE),
            ),
            changes=(Change(_("Balance"), yuan(wallet.balance), yuan(wallet.balance + amount)),)
            if approval.is_running
            else (),
            warnings=tuple(warnings) if approval.is_running else (),
        )

    def on_approved(self, approval: Approval, now: datetime) -> None:
        billing.credit_transfer(
            customer=self.customer(approval),
            amount=amount_in(approval.form),
            reference=approval.form["reference"],
            actor=decider_of(approval),
            now=now,
        )
