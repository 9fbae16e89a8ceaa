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
_ENTRY_ROW = f"({', '.join(['%s'] * 13)})"
_TRANSFER = "INSERT INTO billing_transfer (entry_id, debit_id, credit_id, amount) VALUES "
_BY_CODE = "(SELECT id FROM billing_account WHERE code = %s)"
_UPDATE = (
    "UPDATE billing_walletbalance SET cash = %s, gift = %s, frozen = %s, owed = %s,"
    " version = version + 1 WHERE id = %s AND version = %s"
)


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
    values: list[Any] = []
    for e in entries:
        values += (e.key, e.digest, str(e.kind), e.tenant_id, e.customer_id, e.source_label)
        values += (e.source_pk, e.period, adapt(e.posted_at), e.amount, e.balance, e.note)
        values.append(e.reverses_id)
    try:
        if len(entries) == 1:
            cursor.execute(_ENTRY + _ENTRY_ROW, values)
            entries[0].pk = cursor.lastrowid
        else:
            rows = ", ".join([_ENTRY_ROW] * len(entries))
            cursor.execute(f"{_ENTRY}{rows} RETURNING `key`, id", values)
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
    values: list[Any] = []
    for entry, posting in zip(entries, postings, strict=True):
        for leg in posting.legs:
            marks = []
            for ref in (leg.debit, leg.credit):
                account_id = (
                    wallets[ref.owner_id].accounts[ref.kind]
                    if ref.is_wallet
                    else (house.get(ref.code))
                )
                marks.append("%s" if account_id else _BY_CODE)
                values.append(account_id or ref.code)
            rows.append(f"({entry.pk}, {marks[0]}, {marks[1]}, %s)")
            values.append(leg.amount)
    cursor.execute(_TRANSFER + ", ".join(rows), values)


def update_wallets(cursor: CursorWrapper, wallets: Sequence[LockedWallet]) -> None:
    """Write the new balances, provided that nobody has written the rows since they were read."""
    if not wallets:
        return
    if len(wallets) == 1:
        wallet = wallets[0]
        cursor.execute(_UPDATE, (*_amounts(wallet), wallet.pk, wallet.version))
    else:
        _update_many(cursor, wallets)
    if cursor.rowcount != len(wallets):
        raise RuntimeError("a wallet was written past its lock")
    for wallet in wallets:
        wallet.version += 1


def _update_many(cursor: CursorWrapper, wallets: Sequence[LockedWallet]) -> None:
    case = f"CASE id {' '.join(['WHEN %s THEN %s'] * len(wallets))} END"
    values: list[Any] = []
    for bucket in _BUCKETS:
        for wallet in wallets:
            values += (wallet.pk, getattr(wallet, bucket))
    values += [wallet.pk for wallet in wallets]
    for wallet in wallets:
        values += (wallet.pk, wallet.version)
    sets = ", ".join(f"{bucket} = {case}" for bucket in _BUCKETS)
    cursor.execute(
        f"UPDATE billing_walletbalance SET {sets}, version = version + 1"  # noqa: S608  fixed names
        f" WHERE id IN ({_marks(wallets)}) AND version = {case}",
        values,
    )


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


def _amounts(wallet: LockedWallet) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    return wallet.cash, wallet.gift, wallet.frozen, wallet.owed


def _marks(things: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(things))
