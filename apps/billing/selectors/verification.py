"""The ledger recomputed from its transfers, and compared with everything that was derived."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection

from apps.billing.enums import AccountKind

MOST_FINDINGS = 100  # of each check: the first few lead to the cause, thousands bury it
# Amounts are summed as whole fen: SQLite would add them up as binary fractions.
_FEN = {
    "mysql": "CAST({0} * 100 AS SIGNED)",
    "sqlite": "CAST(ROUND({0} * 100) AS INTEGER)",
}
_TEXT = {"mysql": "CAST({0} AS CHAR)", "sqlite": "CAST({0} AS TEXT)"}


@dataclass(frozen=True)
class Finding:
    """One place where the books disagree, in fen."""

    check: str
    where: str
    expected: int
    found: int

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "difference": self.found - self.expected}

    def __str__(self) -> str:
        return f"{self.check}: {self.where}: expected {self.expected}, found {self.found} fen"


@dataclass
class Report:
    """What was compared, and what did not agree."""

    entries: int = 0
    transfers: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.findings


def verify_ledger() -> Report:
    """Recompute every balance, lot and total from the transfers. Reads one consistent state only
    where the database gives one to a statement, so it compares statement by statement."""
    report = Report()
    with connection.cursor() as cursor:
        for name, table in (("entries", "billing_entry"), ("transfers", "billing_transfer")):
            cursor.execute(f"SELECT COUNT(*) FROM {table}")  # noqa: S608  fixed names
            setattr(report, name, cursor.fetchone()[0])
    for check, sql in _checks():
        report.findings += _run(check, sql)
    return report


def _run(check: str, sql: str) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {MOST_FINDINGS}")
        for where, expected, found in cursor.fetchall():
            yield Finding(check, str(where), int(expected or 0), int(found or 0))


def _checks() -> Iterator[tuple[str, str]]:
    yield "entry without transfers", _ENTRIES_WITHOUT_TRANSFERS
    for column, kind in (
        ("cash", AccountKind.CASH),
        ("gift", AccountKind.GIFT),
        ("frozen", AccountKind.FROZEN),
        ("owed", AccountKind.RECEIVABLE),
    ):
        yield f"wallet {column}", _wallet(column, kind)
    yield "effect of an entry", _ENTRY_AMOUNT.format(fen=_fen("t.amount"), stored=_fen("e.amount"))
    yield "running balance", _RUNNING.format(amount=_fen("amount"), balance=_fen("balance"))
    yield (
        "lot",
        _LOTS.format(amount=_fen("l.amount"), use=_fen("u.amount"), rest=_fen("l.remaining")),
    )
    yield (
        "lots of a wallet",
        _LOTS_OF_WALLET.format(
            rest=_fen("remaining"), cash=_fen("w.cash"), frozen=_fen("w.frozen")
        ),
    )
    yield "lot uses of an entry", _USES.format(use=_fen("u.amount"), fen=_fen("t.amount"))
    yield (
        "bill total",
        _BILLS.format(
            total=_fen("b.total"),
            amount=_fen("e.amount"),
            pk=_TEXT[connection.vendor].format("b.id"),
        ),
    )
    yield "bills owed", _BILLS_OWED.format(owed=_fen("b.owed"), wallet=_fen("w.owed"))


def _fen(column: str) -> str:
    return _FEN[connection.vendor].format(column)


def _wallet(column: str, kind: AccountKind) -> str:
    plus, minus = ("debit", "credit") if kind is AccountKind.RECEIVABLE else ("credit", "debit")
    fen = _fen("t.amount")
    return f"""
        SELECT a.code, COALESCE(SUM(legs.fen), 0), MAX({_fen(f"w.{column}")})
        FROM billing_walletbalance w
        JOIN billing_account a ON a.owner_id = w.customer_id AND a.kind = '{kind.value}'
        LEFT JOIN (
            SELECT t.{plus}_id AS account_id, {fen} AS fen FROM billing_transfer t
            UNION ALL
            SELECT t.{minus}_id, -{fen} FROM billing_transfer t
        ) legs ON legs.account_id = a.id
        GROUP BY a.id, a.code
        HAVING COALESCE(SUM(legs.fen), 0) <> MAX({_fen(f"w.{column}")})
    """  # noqa: S608  fixed names


_ENTRIES_WITHOUT_TRANSFERS = """
    SELECT e.`key`, 1, 0 FROM billing_entry e
    LEFT JOIN billing_transfer t ON t.entry_id = e.id WHERE t.id IS NULL
"""
# Cash and gift count for the customer on the credit side, what he owes against him on the debit.
_ENTRY_AMOUNT = """
    SELECT e.`key`, COALESCE(SUM(
        CASE WHEN c.kind IN ('cash', 'gift', 'receivable') THEN {fen} ELSE 0 END
        - CASE WHEN d.kind IN ('cash', 'gift', 'receivable') THEN {fen} ELSE 0 END
    ), 0) AS expected, MAX({stored}) AS stored
    FROM billing_entry e
    JOIN billing_transfer t ON t.entry_id = e.id
    JOIN billing_account d ON d.id = t.debit_id
    JOIN billing_account c ON c.id = t.credit_id
    GROUP BY e.id, e.`key`
    HAVING expected <> stored
"""
_RUNNING = """
    SELECT `key`, before_fen + amount_fen, balance_fen FROM (
        SELECT `key`, {amount} AS amount_fen, {balance} AS balance_fen,
            COALESCE(LAG({balance}) OVER (PARTITION BY customer_id ORDER BY id), 0) AS before_fen
        FROM billing_entry WHERE customer_id IS NOT NULL
    ) flow WHERE before_fen + amount_fen <> balance_fen
"""
_LOTS = """
    SELECT l.id, MAX({amount}) - COALESCE(SUM({use}), 0) AS expected, MAX({rest}) AS stored
    FROM billing_lot l LEFT JOIN billing_lotuse u ON u.lot_id = l.id
    GROUP BY l.id HAVING expected <> stored
"""
_LOTS_OF_WALLET = """
    SELECT w.customer_id, {cash} + {frozen}, COALESCE(l.fen, 0)
    FROM billing_walletbalance w
    LEFT JOIN (SELECT customer_id, SUM({rest}) AS fen FROM billing_lot GROUP BY customer_id) l
        ON l.customer_id = w.customer_id
    WHERE {cash} + {frozen} <> COALESCE(l.fen, 0)
"""
# Cash that an entry took is lot uses; cash that it gave is a new lot, or uses returned.
_USES = """
    SELECT e.`key`, COALESCE(cash.fen, 0) AS expected, COALESCE(uses.fen, 0) AS found
    FROM billing_entry e
    LEFT JOIN (
        SELECT t.entry_id, SUM(
            CASE WHEN d.kind = 'cash' THEN {fen} ELSE 0 END
            - CASE WHEN c.kind = 'cash' THEN {fen} ELSE 0 END
        ) AS fen
        FROM billing_transfer t
        JOIN billing_account d ON d.id = t.debit_id
        JOIN billing_account c ON c.id = t.credit_id
        WHERE (d.kind = 'cash' AND c.kind <> 'frozen') OR (c.kind = 'cash' AND d.kind <> 'frozen')
        GROUP BY t.entry_id
    ) cash ON cash.entry_id = e.id
    LEFT JOIN (
        SELECT entry_id, SUM(fen) AS fen FROM (
            SELECT u.entry_id, {use} AS fen FROM billing_lotuse u
            UNION ALL SELECT u.entry_id, -{use} FROM billing_lot u
        ) moves GROUP BY entry_id
    ) uses ON uses.entry_id = e.id
    WHERE COALESCE(cash.fen, 0) <> COALESCE(uses.fen, 0)
"""
_BILLS = """
    SELECT b.number, MAX({total}) AS expected, COALESCE(-SUM({amount}), 0) AS found
    FROM billing_bill b
    LEFT JOIN billing_entry e ON e.source_label = 'billing.Bill' AND e.source_pk = {pk}
        AND e.kind IN ('usage', 'adjustment')
    GROUP BY b.id, b.number HAVING expected <> found
"""
_BILLS_OWED = """
    SELECT w.customer_id, MAX({wallet}) AS allowed, SUM({owed}) AS found
    FROM billing_walletbalance w JOIN billing_bill b ON b.customer_id = w.customer_id
    GROUP BY w.customer_id HAVING found > allowed
"""
