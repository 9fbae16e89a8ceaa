from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.approvals import standard
from apps.approvals.kinds import Card, Change
from apps.approvals.models import Approval
from apps.approvals.selectors.deciders import decider_of
from apps.billing import services as billing
from apps.billing.approvals.base import REASON, CustomerMoney, amount_in, money_field, yuan
from apps.billing.enums import WalletPerm

MUCH = 3  # times what the customer paid in within 90 days


class CreditLimit(CustomerMoney):
    """额度提升: how far a customer may owe."""

    code = "billing.credit_limit"
    label = gettext_lazy("Credit limit")
    number_prefix = "CRL"
    submit_permission = WalletPerm.REQUEST
    fields = (
        money_field("amount", gettext_lazy("New credit limit")),
        money_field("amount_before", gettext_lazy("Credit limit so far"), is_required=False),
        REASON,
    )
    default_graph = standard.flow(
        standard.sales_manager(), standard.finance(), standard.large_amounts()
    )

    def card(self, approval: Approval) -> Card:
        wallet, limit = self.wallet(approval), amount_in(approval.form)
        before = Decimal(approval.form.get("amount_before", "0.00"))
        was, after = replace(wallet, credit_limit=before), replace(wallet, credit_limit=limit)
        facts = self.customer_facts(approval, was)
        paid_in = next(Decimal(fact.value) for fact in facts if fact.name == "paid_in")
        return Card(
            facts=facts,
            changes=(
                Change(_("Credit limit"), yuan(before), yuan(limit)),
                Change(_("Can be spent at once"), yuan(was.available), yuan(after.available)),
                Change(_("Can be owed at most"), yuan(max(before, was.owed)), yuan(limit)),
            ),
            warnings=tuple(self._warnings(wallet.owed, limit, paid_in)),
        )

    def _warnings(self, owed: Decimal, limit: Decimal, paid_in: Decimal) -> list[str]:
        found = []
        if owed:
            found.append(_("The customer owes {amount} now.").format(amount=yuan(owed)))
        if limit > paid_in * MUCH:
            found.append(
                _("The limit is more than {times} times what was paid in within 90 days.").format(
                    times=MUCH
                )
            )
        return found

    def on_approved(self, approval: Approval, now: datetime) -> None:
        billing.apply_credit_limit(
            customer=self.customer(approval),
            limit=amount_in(approval.form),
            actor=decider_of(approval),
            now=now,
            reason=f"{approval.number}: {approval.form['reason']}",
        )
