"""The floor: the same promises in bare SQL by mysqlclient, with nothing around it.

A transaction row under a unique key, the payer's balance locked and checked, two legs, two
balances.
"""

from typing import Any
from urllib.parse import urlsplit

import MySQLdb

PAYERS = 200
REVENUE = PAYERS + 1  # one account that everybody pays into
SCHEMA = (
    "CREATE TABLE bench_txn (id BIGINT PRIMARY KEY AUTO_INCREMENT, k VARCHAR(64) NOT NULL UNIQUE,"
    " kind VARCHAR(16) NOT NULL, at DATETIME(6) NOT NULL) ENGINE=InnoDB",
    "CREATE TABLE bench_leg (id BIGINT PRIMARY KEY AUTO_INCREMENT, txn_id BIGINT NOT NULL,"
    " account_id BIGINT NOT NULL, amount DECIMAL(18,2) NOT NULL,"
    " KEY (txn_id), KEY (account_id)) ENGINE=InnoDB",
    "CREATE TABLE bench_balance (account_id BIGINT PRIMARY KEY, amount DECIMAL(18,2) NOT NULL)"
    " ENGINE=InnoDB",
)


def connect(url: str) -> Any:
    parts = urlsplit(url)
    connection = MySQLdb.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=parts.username,
        password=parts.password or "",
        database=parts.path.strip("/"),
    )
    connection.cursor().execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
    connection.autocommit(False)
    return connection


def prepare(url: str) -> None:
    connection = connect(url)
    cursor = connection.cursor()
    for statement in SCHEMA:
        cursor.execute(statement)
    rows = [(account, "1000000.00") for account in range(1, REVENUE + 1)]
    cursor.executemany("INSERT INTO bench_balance VALUES (%s, %s)", rows)
    connection.commit()


class Floor:
    """Posts from payer to revenue; `per_commit` transactions in each commit."""

    def __init__(self, url: str, worker: int, per_commit: int = 1, hot_payer: bool = False) -> None:
        self._connection = connect(url)
        self._cursor = self._connection.cursor()
        self._worker, self._number, self._per_commit = worker, 0, per_commit
        self._hot_payer = hot_payer

    def post(self) -> int:
        execute = self._cursor.execute
        for _one in range(self._per_commit):
            self._number += 1
            payer = 1 if self._hot_payer else self._number * 2 % PAYERS + self._worker % 2 + 1
            key = f"{self._worker}-{self._number}-{id(self)}"
            execute("SELECT amount FROM bench_balance WHERE account_id = %s FOR UPDATE", (payer,))
            if self._cursor.fetchone()[0] < 1:
                raise RuntimeError("overdraft")
            execute("INSERT INTO bench_txn (k, kind, at) VALUES (%s, 'p', NOW(6))", (key,))
            txn = self._cursor.lastrowid
            execute(
                "INSERT INTO bench_leg (txn_id, account_id, amount)"
                " VALUES (%s, %s, -1.00), (%s, %s, 1.00)",
                (txn, payer, txn, REVENUE),
            )
            execute(
                "UPDATE bench_balance SET amount = amount + CASE account_id WHEN %s THEN -1.00"
                " ELSE 1.00 END WHERE account_id IN (%s, %s)",
                (payer, payer, REVENUE),
            )
        self._connection.commit()
        return self._per_commit


class BulkFloor(Floor):
    """As many transactions in each commit, and each kind of statement once for all of them."""

    def post(self) -> int:
        execute, size = self._cursor.execute, self._per_commit
        first = self._number + 1
        self._number += size
        payers = sorted({n * 2 % PAYERS + self._worker % 2 + 1 for n in range(first, first + size)})
        marks = ", ".join(["%s"] * len(payers))
        execute(
            f"SELECT account_id, amount FROM bench_balance WHERE account_id IN ({marks})"  # noqa: S608
            " ORDER BY account_id FOR UPDATE",
            payers,
        )
        self._cursor.fetchall()
        keys = [f"{self._worker}-{n}-{id(self)}" for n in range(first, first + size)]
        rows = ", ".join(["(%s, 'p', NOW(6))"] * size)
        execute(f"INSERT INTO bench_txn (k, kind, at) VALUES {rows}", keys)  # noqa: S608
        txn = self._cursor.lastrowid
        legs: list[object] = []
        for offset in range(size):
            payer = (first + offset) * 2 % PAYERS + self._worker % 2 + 1
            legs += [txn + offset, payer, "-1.00", txn + offset, REVENUE, "1.00"]
        rows = ", ".join(["(%s, %s, %s)"] * (2 * size))
        execute(f"INSERT INTO bench_leg (txn_id, account_id, amount) VALUES {rows}", legs)  # noqa: S608
        execute(
            f"UPDATE bench_balance SET amount = amount - 1 WHERE account_id IN ({marks})",  # noqa: S608
            payers,
        )
        execute(
            "UPDATE bench_balance SET amount = amount + %s WHERE account_id = %s", (size, REVENUE)
        )
        self._connection.commit()
        return size
