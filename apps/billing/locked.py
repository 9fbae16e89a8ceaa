"""A wallet whose row is locked: moved along in memory, written back in one UPDATE."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from apps.billing.chart import Leg
from apps.billing.enums import AccountKind
from apps.billing.errors import InsufficientBalance
from apps.core.money import format_yuan

ZERO = Decimal("0.00")


@dataclass(slots=True)
class LockedWallet:
    """The columns of a locked row, and the ids of the accounts that it is made of."""

    pk: int
    customer_id: int
    tenant_id: int
    version: int
    cash: Decimal
    gift: Decimal
    frozen: Decimal
    owed: Decimal
    credit_limit: Decimal
    accounts: dict[AccountKind, int]

    @property
    def balance(self) -> Decimal:
        return self.cash + self.gift - self.owed

    @property
    def credit_left(self) -> Decimal:
        return max(self.credit_limit - self.owed, ZERO)

    @property
    def available(self) -> Decimal:
        return self.gift + self.cash + self.credit_left

    def copy(self) -> "LockedWallet":
        return LockedWallet(
            self.pk,
            self.customer_id,
            self.tenant_id,
            self.version,
            self.cash,
            self.gift,
            self.frozen,
            self.owed,
            self.credit_limit,
            self.accounts,
        )

    def apply(self, legs: Iterable[Leg], *, may_exceed_limit: bool) -> None:
        """Move the buckets. :raises InsufficientBalance: if one would be overdrawn"""
        available, owed = self.available, self.owed
        for leg in legs:
            self._move(leg.debit.kind, leg.amount)
            self._move(leg.credit.kind, -leg.amount)
        is_over = owed < self.owed > self.credit_limit and not may_exceed_limit
        if is_over or min(self.cash, self.gift, self.frozen, self.owed) < ZERO:
            refuse(available, sum((leg.amount for leg in legs), ZERO))

    def _move(self, kind: AccountKind, debited: Decimal) -> None:
        if kind == AccountKind.CASH:
            self.cash -= debited
        elif kind == AccountKind.GIFT:
            self.gift -= debited
        elif kind == AccountKind.FROZEN:
            self.frozen -= debited
        elif kind == AccountKind.RECEIVABLE:
            self.owed += debited


type Wallets = dict[int, LockedWallet]


def refuse(available: Decimal, needed: Decimal) -> NoReturn:
    raise InsufficientBalance(needed=format_yuan(needed), available=format_yuan(available))
