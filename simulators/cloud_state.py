"""What the sandbox cloud knows: instances, client tokens, stock, and its own clock."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from simulators.store import Row, Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS instance (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, token TEXT NOT NULL, parameters TEXT NOT NULL,
    created_at TEXT NOT NULL, running_at TEXT NOT NULL, released_at TEXT);
CREATE TABLE IF NOT EXISTS token (
    account TEXT NOT NULL, token TEXT NOT NULL, parameters TEXT NOT NULL,
    instance_id TEXT, refusal TEXT, PRIMARY KEY (account, token));
CREATE TABLE IF NOT EXISTS stock (instance_type TEXT PRIMARY KEY, remaining INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS price (key TEXT PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, content TEXT NOT NULL);
"""
REQUIRED = ("ClientToken", "RegionId", "InstanceType")
STOCK_OUT = "OperationDenied.NoStock"
OPENING_BALANCE = Decimal("1000000.00")


class CloudRefused(Exception):
    """The cloud says no. The text is the error code."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass(frozen=True)
class Instance:
    id: str
    account: str
    token: str
    parameters: Mapping[str, object]
    created_at: datetime
    running_at: datetime
    released_at: datetime | None

    def status(self, now: datetime) -> str:
        if self.released_at is not None:
            return "Released"
        return "Running" if now >= self.running_at else "Pending"

    def text(self, name: str) -> str:
        return str(self.parameters.get(name) or "")

    def number(self, name: str) -> Decimal:
        """A figure of the specification, 0 when it is not given."""
        specification = self.parameters.get("Specification")
        found = specification.get(name) if isinstance(specification, dict) else None
        return Decimal(str(found or 0))


class CloudState:
    def __init__(self, directory: Path | None, *, boot_seconds: float) -> None:
        self._store = Store(directory / "cloud.sqlite3" if directory else None, SCHEMA)
        self.boot_seconds = boot_seconds

    # --- the clock: real time plus what was asked for, so that a month can pass in a test
    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self._fact("clock_offset", "0")))

    def advance(self, seconds: float) -> None:
        offset = float(self._fact("clock_offset", "0")) + seconds
        self._remember("clock_offset", str(offset))

    def set_clock(self, moment: datetime) -> None:
        self._remember("clock_offset", str((moment - datetime.now(UTC)).total_seconds()))

    # --- life cycle
    def run_instance(self, account: str, parameters: Mapping[str, object]) -> Instance:
        """
        The instance of this client token, made on the first call.

        :raises CloudRefused: missing parameters, a token used for other parameters, no stock
        """
        missing = [name for name in REQUIRED if not parameters.get(name)]
        if missing:
            raise CloudRefused(f"MissingParameter.{missing[0]}")
        token = str(parameters["ClientToken"])
        body = json.dumps(parameters, sort_keys=True, ensure_ascii=False)
        with self._store.transaction():
            known = self._store.row(
                "SELECT * FROM token WHERE account = ? AND token = ?", (account, token)
            )
            refusal = known["refusal"] if known else None
            if known is None:
                refusal = self._run_new(account, token, body)
            elif known["parameters"] != body:
                refusal = "IdempotentParameterMismatch"
        if refusal:
            raise CloudRefused(refusal)
        return self.find(account, token=token)[0]

    def _run_new(self, account: str, token: str, body: str) -> str | None:
        kind = json.loads(body)["InstanceType"]
        sold_out = self._store.row("SELECT remaining FROM stock WHERE instance_type = ?", (kind,))
        if sold_out is not None and sold_out["remaining"] < 1:
            self._store.execute(
                "INSERT INTO token VALUES (?, ?, ?, NULL, ?)", (account, token, body, STOCK_OUT)
            )
            return STOCK_OUT
        self._store.execute(
            "UPDATE stock SET remaining = remaining - 1 WHERE instance_type = ?", (kind,)
        )
        now = self.now()
        instance_id = f"i-{secrets.token_hex(10)}"
        self._store.execute(
            "INSERT INTO instance VALUES (?, ?, ?, ?, ?, ?, NULL)",
            (
                instance_id,
                account,
                token,
                body,
                now.isoformat(),
                (now + timedelta(seconds=self.boot_seconds)).isoformat(),
            ),
        )
        self._store.execute(
            "INSERT INTO token VALUES (?, ?, ?, ?, NULL)", (account, token, body, instance_id)
        )
        return None

    def release(self, account: str, instance_id: str) -> Instance:
        """End an instance; a second call changes nothing. :raises CloudRefused: if unknown"""
        self._store.execute(
            "UPDATE instance SET released_at = ? WHERE account = ? AND id = ? "
            "AND released_at IS NULL",
            (self.now().isoformat(), account, instance_id),
        )
        found = self.find(account, instance_id=instance_id)
        if not found:
            raise CloudRefused("InvalidInstanceId.NotFound", 404)
        return found[0]

    def find(self, account: str, *, instance_id: str = "", token: str = "") -> list[Instance]:
        """Instances of an account, newest first, all of them when nothing is asked for."""
        rows = self._store.rows(
            "SELECT * FROM instance WHERE account = ? AND (? = '' OR id = ?) "
            "AND (? = '' OR token = ?) ORDER BY created_at DESC, id",
            (account, instance_id, instance_id, token, token),
        )
        return [_instance(row) for row in rows]

    # --- stock and balance
    def set_stock(self, instance_type: str, remaining: int) -> None:
        self._store.execute(
            "INSERT OR REPLACE INTO stock VALUES (?, ?)", (instance_type, remaining)
        )

    # --- prices: the whole list is published at once
    def publish_prices(self, rows: object) -> None:
        """`rows` are {"SkuId", "ChargeUnit"?, "Price", "ListPrice"?, "EffectiveTime"?}, as they
        are shown."""
        if not isinstance(rows, list):
            raise TypeError("a price list is a list")
        with self._store.transaction():
            self._store.execute("DELETE FROM price")
            for row in rows:
                content = json.dumps(row, ensure_ascii=False)
                self._store.execute("INSERT INTO price VALUES (?, ?)", (price_key(row), content))
            self._remember("prices_as_of", self.now().isoformat())

    def prices(self, *, after: str, most: int) -> list[dict[str, object]]:
        rows = self._store.rows(
            "SELECT content FROM price WHERE key > ? ORDER BY key LIMIT ?", (after, most)
        )
        return [json.loads(row["content"]) for row in rows]

    def prices_as_of(self) -> datetime:
        return datetime.fromisoformat(self._fact("prices_as_of", "2026-01-01T00:00:00+00:00"))

    def opening_balance(self) -> Decimal:
        return Decimal(self._fact("opening_balance", str(OPENING_BALANCE)))

    def set_opening_balance(self, amount: Decimal) -> None:
        self._remember("opening_balance", str(amount))

    def close(self) -> None:
        self._store.close()

    def _fact(self, name: str, default: str) -> str:
        row = self._store.row("SELECT content FROM fact WHERE name = ?", (name,))
        return str(row["content"]) if row else default

    def _remember(self, name: str, content: str) -> None:
        self._store.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, content))


def price_key(row: Mapping[str, object]) -> str:
    """A SKU has a price for each unit of time."""
    return f"{row['SkuId']}|{row.get('ChargeUnit') or ''}"


def _instance(row: Row) -> Instance:
    released_at = row["released_at"]
    return Instance(
        id=row["id"],
        account=row["account"],
        token=row["token"],
        parameters=json.loads(row["parameters"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        running_at=datetime.fromisoformat(row["running_at"]),
        released_at=datetime.fromisoformat(released_at) if released_at else None,
    )
