"""The chart of accounts: how an account, a leg and a posting are named before they are written."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple

from apps.billing.enums import CURRENCY, WALLET_KINDS, AccountKind, EntryKind

FEN = Decimal("0.01")


class AccountRef(NamedTuple):
    """An account by its nature: a bucket of a customer's wallet, or an account of a tenant."""

    kind: AccountKind
    owner_id: int

    @property
    def is_wallet(self) -> bool:
        return self.kind in WALLET_KINDS

    @property
    def code(self) -> str:
        side = "c" if self.kind in WALLET_KINDS else "t"
        return f"{self.kind}:{side}{self.owner_id}:{CURRENCY}"


def of_customer(kind: AccountKind, customer_id: int) -> AccountRef:
    """A bucket of a customer's wallet. :raises ValueError: for an account of the house"""
    if kind not in WALLET_KINDS:
        raise ValueError(f"{kind} is no bucket of a wallet")
    return AccountRef(AccountKind(kind), customer_id)


def of_tenant(kind: AccountKind, tenant_id: int) -> AccountRef:
    """An account of the house. :raises ValueError: for a bucket of a wallet"""
    if kind in WALLET_KINDS:
        raise ValueError(f"{kind} belongs to a customer")
    return AccountRef(AccountKind(kind), tenant_id)


class Leg(NamedTuple):
    """`amount` moves from the credited account's side to the debited one's; always positive."""

    debit: AccountRef
    credit: AccountRef
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Posting:
    """One entry to be written. Same key and same body again means: it is written already."""

    key: str
    kind: EntryKind
    legs: tuple[Leg, ...]
    source: tuple[str, str]
    period: date
    now: datetime
    note: str = ""
    reverses_id: int | None = None
    body: str = field(default="")  # what the caller asked for, where the legs depend on balances

    @property
    def digest(self) -> str:
        body = self.body or ";".join(
            f"{leg.debit.code}>{leg.credit.code}={leg.amount:.2f}" for leg in self.legs
        )
        text = f"{self.kind}|{self.source[0]}|{self.source[1]}|{self.period}|{body}"
        return sha256(text.encode()).hexdigest()
