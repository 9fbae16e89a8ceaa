"""The statements of a posting, on MariaDB and SQLite alike. Only services/posting.py calls them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection
from django.db.backends.utils import CursorWrapper

from apps.billing.chart import FEN, AccountRef, Posting
from apps.billing.enums import AccountKind
from apps.billing.locked import LockedWallet, Wallets
from apps.billing.models import Entry

_BUCKETS = ("cash", "gift", "frozen", "owed")
_ACCOUNTS = (
    AccountKind.CASH,
    AccountKind.GIFT,
    AccountKind.FROZEN,
    AccountKind.RECEIVABLE,
)
_WALLET = (
    "SELECT id, customer_id, tenant_id, version, cash, gift, frozen, owed, credit_limit,"
    " cash_account_id, gift_account_id, frozen_account_id, receivable_account_id"
    " FROM billing_walletbalance WHERE customer_id "
)
_ENTRY = (
    "INSERT INTO billing_entry (`key`, digest, kind, tenant_id, customer_id, source_label,"
    " source_pk, period, posted_at, amount, balance, note, reverses_id) VALUES "
)
_ENTRY_COLUMNS = "(%s, %s, %s, {0}, {1}, %s, %s, %s, %s, {2}, {3}, %s, {4})"
_TRANSFER = "INSERT INTO billing_transfer (entry_id, debit_id, credit_id, amount) VALUES "
_BY_CODE = "(SELECT id FROM billing_account WHERE code = %s)"
_CHUNK = 100  # wallets in one UPDATE: its CASE is searched once for each of them


class KeyExists(Exception):
    """A key is in the ledger already. Nothing was written."""


def select_wallets(cursor: CursorWrapper, customer_ids: Sequence[int]) -> Wallets:
    """Lock rows in the order of their customers' ids; who has none is left out."""
    if not customer_ids:
        return {}
    order = (
        "= %s" if len(customer_ids) == 1 else f"IN ({_marks(customer_ids)}) ORDER BY customer_id"
    )
    # SQLite has no row locks: its transactions take the one writer's lock when they begin.
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    cursor.execute(f"{_WALLET}{order}{lock}", customer_ids)
    return {row[1]: _wallet(row) for row in cursor.fetchall()}


def insert_entries(cursor: CursorWrapper, entries: Sequence[Entry]) -> None:
    """Write the entries and give them their ids.

    :raises KeyExists: if one of them is there already; the database undid the whole statement
    """
    adapt = connection.ops.adapt_datetimefield_value
    rows: list[str] = []
    values: list[Any] = []
    for e in entries:
        values += (e.key, e.digest, str(e.kind), e.source_label, e.source_pk, e.period)
        values += (adapt(e.posted_at), e.note)
        numbers = (e.tenant_id, e.customer_id, e.amount, e.balance, e.reverses_id)
        rows.append(_ENTRY_COLUMNS.format(*map(literal, numbers)))
    statement = _ENTRY + ", ".join(rows)
    try:
        if len(entries) == 1:
            cursor.execute(statement, values)
            entries[0].pk = cursor.lastrowid
        else:
            cursor.execute(f"{statement} RETURNING `key`, id", values)
            ids = dict(cursor.fetchall())
            for entry in entries:
                entry.pk = ids[entry.key]
    except IntegrityError as error:
        if Entry.objects.filter(key__in=[entry.key for entry in entries]).exists():
            raise KeyExists from error
        raise
    for entry in entries:
        entry._state.adding = False


def insert_transfers(
    cursor: CursorWrapper,
    wallets: Wallets,
    entries: Sequence[Entry],
    postings: Sequence[Posting],
) -> None:
    """:raises IntegrityError: if an account of the house has no row yet; nothing is written then"""
    house = _house_accounts(cursor, postings) if len(postings) > 1 else {}
    rows: list[str] = []
    codes: list[str] = []
    for entry, posting in zip(entries, postings, strict=True):
        for leg in posting.legs:
            sides = []
            for ref in (leg.debit, leg.credit):
                accounts = wallets[ref.owner_id].accounts if ref.is_wallet else {}
                known = accounts.get(ref.kind) or house.get(ref.code)
                sides.append(literal(known) if known else _BY_CODE)
                if not known:
                    codes.append(ref.code)
            rows.append(f"({entry.pk}, {sides[0]}, {sides[1]}, {literal(leg.amount)})")
    cursor.execute(_TRANSFER + ", ".join(rows), codes)


def update_wallets(cursor: CursorWrapper, before: Wallets, after: Sequence[LockedWallet]) -> None:
    """Write the new balances, provided that nobody has written the rows since they were read."""
    for start in range(0, len(after), _CHUNK):
        chunk = after[start : start + _CHUNK]
        cursor.execute(_update(before, chunk))
        if cursor.rowcount != len(chunk):
            raise RuntimeError("a wallet was written past its lock")
    for wallet in after:
        wallet.version += 1


def _update(before: Wallets, after: Sequence[LockedWallet]) -> str:
    """One UPDATE of the buckets that have changed in any of the wallets."""
    sets = ["version = version + 1"]
    for bucket in _BUCKETS:
        values = [(w.pk, getattr(w, bucket), getattr(before[w.customer_id], bucket)) for w in after]
        if any(new != old for _pk, new, old in values):
            sets.append(f"{bucket} = {_case([(pk, new) for pk, new, _old in values])}")
    ids = ", ".join(literal(wallet.pk) for wallet in after)
    versions = _case([(wallet.pk, wallet.version) for wallet in after])
    return (
        f"UPDATE billing_walletbalance SET {', '.join(sets)}"  # noqa: S608  fixed names and numbers
        f" WHERE id IN ({ids}) AND version = {versions}"
    )


def _case(values: Sequence[tuple[int, Decimal | int]]) -> str:
    if len(values) == 1:
        return literal(values[0][1])
    cases = " ".join(f"WHEN {literal(pk)} THEN {literal(value)}" for pk, value in values)
    return f"CASE id {cases} END"


def literal(number: Decimal | int | None) -> str:
    """A number of our own inside a statement. Text always goes as a parameter.

    Numbers written out halve the client's share of a posting: drivers escape them one by one.
    """
    if number is None:
        return "NULL"
    if not isinstance(number, Decimal | int):
        raise TypeError(f"{type(number).__name__} is no number for a statement")
    return f"{number:f}" if isinstance(number, Decimal) else str(int(number))


def _house_accounts(cursor: CursorWrapper, postings: Sequence[Posting]) -> dict[str, int]:
    """The ids of the house's accounts by code, asked once for a batch."""
    refs: set[AccountRef] = {
        ref
        for posting in postings
        for leg in posting.legs
        for ref in (leg.debit, leg.credit)
        if not ref.is_wallet
    }
    if not refs:
        return {}
    cursor.execute(
        f"SELECT code, id FROM billing_account WHERE code IN ({_marks(list(refs))})",  # noqa: S608
        [ref.code for ref in refs],
    )
    return dict(cursor.fetchall())


def _wallet(row: Sequence[Any]) -> LockedWallet:
    pk, customer_id, tenant_id, version = row[:4]
    cash, gift, frozen, owed, credit_limit = map(as_money, row[4:9])
    return LockedWallet(
        pk,
        customer_id,
        tenant_id,
        version,
        cash,
        gift,
        frozen,
        owed,
        credit_limit,
        accounts=dict(zip(_ACCOUNTS, row[9:], strict=True)),
    )


def as_money(value: object) -> Decimal:
    """MariaDB answers in Decimal; SQLite keeps amounts as numbers of its own."""
    return value if isinstance(value, Decimal) else Decimal(str(value)).quantize(FEN)


def _marks(things: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(things))
