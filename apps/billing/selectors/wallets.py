"""What a customer has, and how it came about."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.billing.enums import CURRENCY, RechargeStatus
from apps.billing.models import Entry, Recharge, WalletBalance
from apps.billing.models.ledger import EntryQuerySet
from apps.customers.models import Customer

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Wallet:
    """Balances as one reads them; `available` is what a purchase may cost."""

    cash: Decimal = ZERO
    gift: Decimal = ZERO
    frozen: Decimal = ZERO
    owed: Decimal = ZERO
    credit_limit: Decimal = ZERO
    currency: str = CURRENCY

    @property
    def credit_left(self) -> Decimal:
        return max(self.credit_limit - self.owed, ZERO)

    @property
    def available(self) -> Decimal:
        return self.gift + self.cash + self.credit_left

    @property
    def balance(self) -> Decimal:
        return self.cash + self.gift - self.owed

    def why_available(self) -> list[tuple[str | Promise, Decimal]]:
        """The parts of `available`, in the order in which a purchase consumes them."""
        return [
            (_("Gift, spent first"), self.gift),
            (_("Cash"), self.cash),
            (_("Credit that is not used yet"), self.credit_left),
        ]


def has_recharged(customer: Customer) -> bool:
    """Whether the customer ever paid money in, by whatever channel."""
    return Recharge.objects.filter(customer=customer, status=RechargeStatus.PAID).exists()


def wallet_of(customer: Customer) -> Wallet:
    """The customer's balances; all zero before the first posting."""
    row = WalletBalance.objects.filter(customer=customer).first()
    if row is None:
        return Wallet()
    return Wallet(
        cash=row.cash,
        gift=row.gift,
        frozen=row.frozen,
        owed=row.owed,
        credit_limit=row.credit_limit,
    )


def wallet_flow(customer: Customer) -> EntryQuerySet:
    """The customer's entries, newest first, each with its effect and the balance after it.

    Both are stored when the entry is posted, under the wallet's lock, so that a page costs the
    same at a million entries; `verify_ledger` recomputes them.
    """
    return Entry.objects.filter(customer=customer).order_by("-pk")
