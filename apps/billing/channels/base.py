"""What Kboss asks of a payment channel, whoever runs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True)
class Order:
    """What the channel is to collect."""

    number: str
    amount: Decimal
    subject: str
    expires_at: datetime


@dataclass(frozen=True)
class Trade:
    """What the channel knows of an order. `is_open`: it exists there and can still be paid."""

    is_paid: bool
    is_open: bool
    amount: Decimal
    trade_no: str


@dataclass(frozen=True)
class Notice:
    """A notification whose signature has been verified. Nothing of it has been compared yet."""

    event: str
    number: str
    trade_no: str
    app_id: str
    seller_id: str
    status: str
    amount: str
    sent_at: str
    is_refund: bool

    def facts(self) -> dict[str, str]:
        """What is worth keeping; nothing about the payer."""
        return {
            "out_trade_no": self.number,
            "trade_no": self.trade_no,
            "trade_status": self.status,
            "total_amount": self.amount,
            "notify_time": self.sent_at,
        }


class Gateway(Protocol):
    app_id: str
    seller_id: str

    def pay_url(self, order: Order) -> str:
        """Where the customer pays. No network."""

    def query(self, number: str) -> Trade:
        """:raises ChannelIsUnavailable: if the channel does not answer, or not credibly"""

    def close(self, number: str) -> None:
        """:raises ChannelIsUnavailable: if the channel does not answer, or not credibly"""

    def read_notice(self, fields: Mapping[str, str]) -> Notice | None:
        """The notice if the channel signed exactly these fields, else None."""
