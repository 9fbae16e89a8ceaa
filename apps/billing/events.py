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
