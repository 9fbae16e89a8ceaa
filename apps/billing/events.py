from dataclasses import dataclass

from apps.core.events import Event


@dataclass(frozen=True)
class RechargePaid(Event):
    recharge_id: int
    customer_id: int


@dataclass(frozen=True)
class WalletCharged(Event):
    entry_id: int
    customer_id: int


@dataclass(frozen=True)
class BillIssued(Event):
    bill_id: int
    customer_id: int
    revision: int


@dataclass(frozen=True)
class SettlementRequested(Event):
    recharge_id: int


@dataclass(frozen=True)
class WalletAdjusted(Event):
    """An entry was reversed, in part or whole; `entry_id` is the one that reverses it."""

    entry_id: int
    customer_id: int


@dataclass(frozen=True)
class InvoiceApproved(Event):
    """An invoice over `amount` may be issued; the approval says to whom and how."""

    approval_id: int
    customer_id: int
    amount: str


@dataclass(frozen=True)
class WithdrawalApproved(Event):
    """`amount` of the customer's cash may be paid out. Nothing is held back for it yet."""

    approval_id: int
    customer_id: int
    amount: str


@dataclass(frozen=True)
class SupplierSettlementApproved(Event):
    """The supplier may be paid for the month ("2026-10")."""

    approval_id: int
    supplier: str
    month: str
    amount: str
