"""What the sandbox Alipay knows: trades, refunds, and notices on their way."""

import json
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from simulators.store import Row, Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS trade (
    out_trade_no TEXT PRIMARY KEY, trade_no TEXT NOT NULL UNIQUE, app_id TEXT NOT NULL,
    subject TEXT NOT NULL, total_amount TEXT NOT NULL, status TEXT NOT NULL,
    notify_url TEXT NOT NULL, return_url TEXT NOT NULL, created_at TEXT NOT NULL,
    paid_at TEXT NOT NULL DEFAULT '', refunded TEXT NOT NULL DEFAULT '0.00');
CREATE TABLE IF NOT EXISTS refund (
    out_trade_no TEXT NOT NULL, out_request_no TEXT NOT NULL, amount TEXT NOT NULL,
    PRIMARY KEY (out_trade_no, out_request_no));
CREATE TABLE IF NOT EXISTS notice (
    id TEXT PRIMARY KEY, out_trade_no TEXT NOT NULL, url TEXT NOT NULL, fields TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, due_at REAL NOT NULL, outcome TEXT NOT NULL DEFAULT '');
"""
SHANGHAI = ZoneInfo("Asia/Shanghai")
WAITING, PAID, CLOSED = "WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_CLOSED"
FEN = Decimal("0.01")


class AlipayRefused(Exception):
    """Alipay's sub_code for a request that makes no sense."""


@dataclass(frozen=True)
class Order:
    """What the application asks to be paid."""

    app_id: str
    out_trade_no: str
    subject: str
    total_amount: str
    notify_url: str
    return_url: str


class AlipayState:
    def __init__(self, directory: Path | None) -> None:
        self.store = Store(directory / "alipay.sqlite3" if directory else None, SCHEMA)

    def open_trade(self, order: Order) -> Row:
        """
        The trade of this order, made on the first call.

        :raises AlipayRefused: a wrong amount, or a number that was used for another order
        """
        if not order.out_trade_no or not 0 < amount(order.total_amount) <= 100_000_000:
            raise AlipayRefused("ACQ.INVALID_PARAMETER")
        with self.store.transaction():
            self.store.execute(
                "INSERT OR IGNORE INTO trade (out_trade_no, trade_no, app_id, subject, "
                "total_amount, status, notify_url, return_url, created_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    order.out_trade_no,
                    f"{datetime.now(SHANGHAI):%Y%m%d}2200{secrets.randbelow(10**16):016}",
                    order.app_id,
                    order.subject,
                    f"{amount(order.total_amount):.2f}",
                    WAITING,
                    order.notify_url,
                    order.return_url,
                    clock(),
                ),
            )
            trade = self.trade(order.out_trade_no)
        if amount(trade["total_amount"]) != amount(order.total_amount):
            raise AlipayRefused("ACQ.CONTEXT_INCONSISTENT")
        return trade

    def trade(self, out_trade_no: str = "", trade_no: str = "") -> Row:
        """:raises AlipayRefused: if there is no such trade"""
        trade = self.store.row(
            "SELECT * FROM trade WHERE out_trade_no = ? OR trade_no = ?", (out_trade_no, trade_no)
        )
        if trade is None:
            raise AlipayRefused("ACQ.TRADE_NOT_EXIST")
        return trade

    def pay(self, trade: Row) -> bool:
        """Take the buyer's money, once. False when the trade was paid or closed before."""
        changed = self.store.execute(
            "UPDATE trade SET status = ?, paid_at = ? WHERE out_trade_no = ? AND status = ?",
            (PAID, clock(), trade["out_trade_no"], WAITING),
        )
        return changed == 1

    def close(self, trade: Row) -> None:
        """:raises AlipayRefused: once the trade is paid"""
        changed = self.store.execute(
            "UPDATE trade SET status = ? WHERE out_trade_no = ? AND status IN (?, ?)",
            (CLOSED, trade["out_trade_no"], WAITING, CLOSED),
        )
        if not changed:
            raise AlipayRefused("ACQ.TRADE_STATUS_ERROR")

    def refund(self, trade: Row, out_request_no: str, value: Decimal) -> bool:
        """
        Give money back, once per request number. False when this request was served before.

        :raises AlipayRefused: an unpaid trade, too much money, or a number with another amount
        """
        number = out_request_no or trade["out_trade_no"]
        with self.store.transaction():
            known = self.store.row(
                "SELECT * FROM refund WHERE out_trade_no = ? AND out_request_no = ?",
                (trade["out_trade_no"], number),
            )
            if known is not None:
                if amount(known["amount"]) != value:
                    raise AlipayRefused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
                return False
            trade = self.trade(trade["out_trade_no"])
            refunded = amount(trade["refunded"]) + value
            if not trade["paid_at"]:
                raise AlipayRefused("ACQ.TRADE_STATUS_ERROR")
            if value <= 0 or refunded > amount(trade["total_amount"]):
                raise AlipayRefused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
            is_whole = refunded == amount(trade["total_amount"])
            self.store.execute(
                "UPDATE trade SET refunded = ?, status = ? WHERE out_trade_no = ?",
                (f"{refunded:.2f}", CLOSED if is_whole else PAID, trade["out_trade_no"]),
            )
            self.store.execute(
                "INSERT INTO refund VALUES (?, ?, ?)",
                (trade["out_trade_no"], number, f"{value:.2f}"),
            )
        return True

    def refunded(self, trade: Row, out_request_no: str) -> Row | None:
        return self.store.row(
            "SELECT * FROM refund WHERE out_trade_no = ? AND out_request_no = ?",
            (trade["out_trade_no"], out_request_no),
        )

    # --- notices
    def queue_notice(self, trade: Row, fields: dict[str, str], delay: float) -> None:
        if trade["notify_url"]:
            self.store.execute(
                "INSERT INTO notice (id, out_trade_no, url, fields, due_at) VALUES (?, ?, ?, ?, ?)",
                (
                    secrets.token_hex(16),
                    trade["out_trade_no"],
                    trade["notify_url"],
                    json.dumps(fields),
                    time.time() + delay,
                ),
            )

    def due_notices(self) -> list[Row]:
        return self.store.rows(
            "SELECT * FROM notice WHERE outcome = '' AND due_at <= ? ORDER BY due_at",
            (time.time(),),
        )

    def notices(self, out_trade_no: str) -> list[Row]:
        return self.store.rows(
            "SELECT * FROM notice WHERE out_trade_no = ? ORDER BY due_at", (out_trade_no,)
        )

    def settle_notice(self, notice: Row, outcome: str, delay: float) -> None:
        self.store.execute(
            "UPDATE notice SET attempts = attempts + 1, outcome = ?, due_at = ? WHERE id = ?",
            (outcome, time.time() + delay, notice["id"]),
        )


def amount(text: str) -> Decimal:
    """:raises AlipayRefused: unless it is yuan with at most two decimals"""
    whole, _, fen = text.partition(".")
    if not (text.isascii() and whole.isdigit() and len(fen) <= 2 and (not fen or fen.isdigit())):
        raise AlipayRefused("ACQ.INVALID_PARAMETER")
    return Decimal(text)


def clock() -> str:
    return f"{datetime.now(SHANGHAI):%Y-%m-%d %H:%M:%S}"
