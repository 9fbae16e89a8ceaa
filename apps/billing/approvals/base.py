from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from apps.approvals.kinds import Fact, FactKind, FieldType, FormField, Kind
from apps.approvals.models import Approval
from apps.billing.enums import RechargeStatus
from apps.billing.models import Recharge
from apps.billing.selectors import Wallet, wallet_of
from apps.core.money import format_yuan
from apps.customers.models import Customer

HISTORY = timedelta(days=90)
REASON = FormField("reason", _("Reason"))


def money_field(name: str, label: Any, **options: Any) -> FormField:
    return FormField(name, label, FieldType.MONEY, is_condition=True, **options)


def choice_field(name: str, label: Any, choices: Sequence[tuple[str, Any]]) -> FormField:
    return FormField(name, label, FieldType.CHOICE, tuple(choices), is_condition=True)


def amount_in(form: Mapping[str, Any], name: str = "amount") -> Decimal:
    return Decimal(str(form[name]))


class CustomerMoney(Kind):
    """Kinds about a customer's money: his name, what he has, and what he has paid in so far."""

    involves_money = True

    def customer(self, approval: Approval) -> Customer:
        return Customer.objects.select_related("owner").get(pk=approval.customer_id or 0)

    def segregated(self, approval: Approval) -> set[int]:
        """Whoever looks after the customer earns by it: never the last to agree (APR-3)."""
        owner_id = self.customer(approval).owner_id
        return {owner_id} if owner_id else set()

    def customer_facts(self, approval: Approval, wallet: Wallet) -> tuple[Fact, ...]:
        customer = self.customer(approval)
        return (
            Fact("customer", _("Customer"), f"{customer.name} ({customer.number})"),
            Fact("verification", _("Real name"), str(customer.get_verification_display())),
            Fact("cash", _("Cash"), wallet.cash, FactKind.MONEY),
            Fact("owed", _("Owed"), wallet.owed, FactKind.MONEY),
            Fact("available", _("Available"), wallet.available, FactKind.MONEY),
            Fact("paid_in", _("Paid in within 90 days"), self._paid_in(approval), FactKind.MONEY),
        )

    def wallet(self, approval: Approval) -> Wallet:
        return wallet_of(self.customer(approval))

    def _paid_in(self, approval: Approval) -> Decimal:
        paid = Recharge.objects.filter(
            customer_id=approval.customer_id or 0,
            status=RechargeStatus.PAID,
            paid_at__gte=approval.started_at - HISTORY,
            paid_at__lt=approval.started_at,
        )
        return paid.aggregate(sum=Sum("amount"))["sum"] or Decimal("0.00")


def yuan(amount: Decimal) -> str:
    return format_yuan(amount)
