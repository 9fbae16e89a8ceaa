"""The one function that writes the ledger. It speaks SQL, inside the caller's transaction.

Lock order, everywhere: the business row (order, recharge, bill), then wallet rows by customer id,
then lots and ledger rows. A wallet row is locked before anything is read of it or written, so the
postings of one customer stand in one line; accounts of the house store no balance and are never
locked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import NoReturn

from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.timezone import localdate

from apps.billing.chart import FEN, AccountRef, Leg, Posting
from apps.billing.enums import (
    BEYOND_LIMIT,
    CURRENCY,
    WALLET_KINDS,
    AccountKind,
    EntryKind,
)
from apps.billing.errors import (
    AmountIsNotPositive,
    EntryIsMalformed,
    InsufficientBalance,
    KeyWasUsed,
)
from apps.billing.models import Account, Entry, WalletBalance
from apps.core.money import format_yuan
from apps.customers.models import Customer

ZERO = Decimal("0.00")
LARGEST = Decimal(10) ** 16
_COLUMNS = "id, customer_id, tenant_id, cash, gift, frozen, owed, credit_limit, version"
_ENTRY_COLUMNS = (
    "`key`, digest, kind, tenant_id, customer_id, source_label, source_pk, period, posted_at,"
    " amount, balance, note, reverses_id"
)
_ENTRY_ROW = f"({', '.join(['%s'] * 13)})"
_ACCOUNT = "(SELECT id FROM billing_account WHERE code = %s)"
_TRANSFER_ROW = f"(%s, {_ACCOUNT}, {_ACCOUNT}, %s)"


@dataclass(slots=True)
class LockedWallet:
    """A locked wallet row, moved along in memory and written back in one UPDATE."""

    pk: int
    customer_id: int
    tenant_id: int
    cash: Decimal
    gift: Decimal
    frozen: Decimal
    owed: Decimal
    credit_limit: Decimal
    version: int

    @property
    def balance(self) -> Decimal:
        return self.cash + self.gift - self.owed

    @property
    def credit_left(self) -> Decimal:
        return max(self.credit_limit - self.owed, ZERO)

    @property
    def available(self) -> Decimal:
        return self.gift + self.cash + self.credit_left

    def apply(self, legs: Iterable[Leg], *, may_exceed_limit: bool) -> None:
        """Move the buckets. :raises InsufficientBalance: if one would be overdrawn"""
        before = replace(self)
        for leg in legs:
            self._move(leg.debit.kind, leg.amount)
            self._move(leg.credit.kind, -leg.amount)
        lowest = min(self.cash, self.gift, self.frozen, self.owed)
        is_over = self.owed > before.owed and self.owed > self.credit_limit
        if lowest < ZERO or (is_over and not may_exceed_limit):
            raise_insufficient(before, sum((leg.amount for leg in legs), ZERO))

    def _move(self, kind: AccountKind, debited: Decimal) -> None:
        if kind == AccountKind.CASH:
            self.cash -= debited
        elif kind == AccountKind.GIFT:
            self.gift -= debited
        elif kind == AccountKind.FROZEN:
            self.frozen -= debited
        elif kind == AccountKind.RECEIVABLE:
            self.owed += debited


class _KeysExist(Exception):
    """A posting's key is in the ledger already; nothing was written."""


type Wallets = dict[int, LockedWallet]


def raise_insufficient(wallet: LockedWallet, needed: Decimal) -> NoReturn:
    available = format_yuan(wallet.available)
    raise InsufficientBalance(needed=format_yuan(needed), available=available)


def post_entry(
    *,
    key: str,
    kind: EntryKind,
    legs: Sequence[Leg],
    source: tuple[str, str | int],
    period: date,
    now: datetime,
    note: str = "",
) -> Entry:
    """Write one balanced entry; the same key and body again gives the first one, with `hit`.

    Trusted: the calling service has checked who may do this.
    :raises KeyWasUsed: if the key stands for another body
    :raises InsufficientBalance: if a bucket would be overdrawn
    """
    posting = Posting(
        key=key,
        kind=EntryKind(kind),
        legs=tuple(legs),
        source=(source[0], str(source[1])),
        period=period,
        now=now,
        note=note,
    )
    return post_entries(postings=[posting])[0]


def post_entries(*, postings: Sequence[Posting]) -> list[Entry]:
    """Write many entries with a handful of statements, all of them or none.

    Trusted: the calling service has checked who may do this.
    :raises KeyWasUsed: if a key stands for another body
    :raises InsufficientBalance: if a bucket would be overdrawn
    """
    owners = {ref.owner_id for posting in postings for ref in _wallet_refs(posting.legs)}
    with transaction.atomic(), connection.cursor() as cursor:
        wallets = lock_wallets(cursor=cursor, customer_ids=owners)
        return post_locked(cursor=cursor, wallets=wallets, postings=postings)


def lock_wallets(*, cursor: CursorWrapper, customer_ids: Iterable[int]) -> Wallets:
    """The customers' wallets, locked in one order until the transaction ends; opened if new.

    Trusted: reads and locks, changes no balance.
    """
    ids = sorted(customer_ids)
    wallets = _select_wallets(cursor, ids)
    missing = [customer_id for customer_id in ids if customer_id not in wallets]
    if missing:
        for customer in Customer.objects.filter(pk__in=missing):
            _open_wallet(customer)
        wallets |= _select_wallets(cursor, missing)
    return wallets


def post_locked(
    *, cursor: CursorWrapper, wallets: Wallets, postings: Sequence[Posting]
) -> list[Entry]:
    """Write entries of wallets that the caller has locked; moves `wallets` along.

    Trusted: the calling service has checked who may do this.
    :raises KeyWasUsed: if a key stands for another body
    :raises InsufficientBalance: if a bucket would be overdrawn
    """
    for posting in postings:
        _check(posting)
    try:
        return _write(cursor, wallets, postings)
    except (_KeysExist, InsufficientBalance):
        # Nothing is written yet. What was paid the first time needs no balance the second time.
        known = entries_by_key(keys=[posting.key for posting in postings])
        if not known:
            raise
    return _write_rest(cursor, wallets, postings, known)


def entries_by_key(*, keys: Sequence[str]) -> dict[str, Entry]:
    """The entries that exist already. Trusted: reads."""
    found = {entry.key: entry for entry in Entry.objects.filter(key__in=keys)}
    for entry in found.values():
        entry.hit = True
    return found


def ensure_same_body(entry: Entry, posting: Posting) -> Entry:
    if entry.digest != posting.digest:
        raise KeyWasUsed(key=posting.key)
    return entry


def ensure_positive(amount: Decimal) -> None:
    if not ZERO < amount < LARGEST or amount != amount.quantize(FEN):
        raise AmountIsNotPositive


def month_of(now: datetime) -> date:
    """The accounting month of a moment, by the calendar of Shanghai."""
    return localdate(now).replace(day=1)


def _write_rest(
    cursor: CursorWrapper, wallets: Wallets, postings: Sequence[Posting], known: dict[str, Entry]
) -> list[Entry]:
    fresh: dict[str, Posting] = {}
    for posting in postings:
        if posting.key in known:
            ensure_same_body(known[posting.key], posting)
        elif posting.digest != fresh.setdefault(posting.key, posting).digest:
            raise KeyWasUsed(key=posting.key)
    if fresh:
        known |= {entry.key: entry for entry in _write(cursor, wallets, list(fresh.values()))}
    return [known[posting.key] for posting in postings]


def _write(
    cursor: CursorWrapper, wallets: Wallets, postings: Sequence[Posting]
) -> list[Entry]:
    moved = {customer_id: replace(wallet) for customer_id, wallet in wallets.items()}
    entries = [_entry(moved, posting) for posting in postings]
    _insert_entries(cursor, entries)
    _insert_transfers(cursor, entries, postings)
    touched = {entry.customer_id for entry in entries if entry.customer_id}
    _update_wallets(cursor, [moved[customer_id] for customer_id in sorted(touched)])
    wallets |= moved
    return entries


def _entry(wallets: Wallets, posting: Posting) -> Entry:
    owner_id = next((ref.owner_id for ref in _wallet_refs(posting.legs)), None)
    amount = balance = ZERO
    if owner_id is None:
        tenant_id = posting.legs[0].debit.owner_id
    else:
        wallet = wallets[owner_id]
        before = wallet.balance
        wallet.apply(posting.legs, may_exceed_limit=posting.kind in BEYOND_LIMIT)
        tenant_id, balance = wallet.tenant_id, wallet.balance
        amount = balance - before
    return Entry(
        key=posting.key,
        digest=posting.digest,
        kind=posting.kind,
        tenant_id=tenant_id,
        customer_id=owner_id,
        source_label=posting.source[0],
        source_pk=posting.source[1],
        period=posting.period,
        posted_at=posting.now,
        amount=amount,
        balance=balance,
        note=posting.note,
        reverses_id=posting.reverses_id,
    )


def _check(posting: Posting) -> None:
    if not posting.legs:
        raise EntryIsMalformed(reason="no legs")
    for leg in posting.legs:
        ensure_positive(leg.amount)
        if leg.debit == leg.credit:
            raise EntryIsMalformed(reason="debit and credit are the same account")
    if len({ref.owner_id for ref in _wallet_refs(posting.legs)}) > 1:
        raise EntryIsMalformed(reason="two wallets in one entry")
    if posting.period.day != 1:
        raise EntryIsMalformed(reason="an accounting month is named by its first day")


def _insert_entries(cursor: CursorWrapper, entries: Sequence[Entry]) -> None:
    values: list[object] = []
    for e in entries:
        posted_at = connection.ops.adapt_datetimefield_value(e.posted_at)
        values += [e.key, e.digest, str(e.kind), e.tenant_id, e.customer_id]
        values += [e.source_label, e.source_pk, e.period, posted_at]
        values += [str(e.amount), str(e.balance), e.note, e.reverses_id]
    rows = ", ".join([_ENTRY_ROW] * len(entries))
    sql = f"INSERT INTO billing_entry ({_ENTRY_COLUMNS}) VALUES {rows} RETURNING id, `key`"  # noqa: S608  fixed names
    try:
        cursor.execute(sql, values)
    except IntegrityError as error:
        if entries_by_key(keys=[entry.key for entry in entries]):
            raise _KeysExist from error
        raise
    ids = {key: pk for pk, key in cursor.fetchall()}
    for entry in entries:
        entry.pk = ids[entry.key]
        entry._state.adding = False


def _insert_transfers(
    cursor: CursorWrapper, entries: Sequence[Entry], postings: Sequence[Posting]
) -> None:
    values: list[object] = []
    count = 0
    for entry, posting in zip(entries, postings, strict=True):
        for leg in posting.legs:
            values += [entry.pk, leg.debit.code, leg.credit.code, str(leg.amount)]
            count += 1
    rows = ", ".join([_TRANSFER_ROW] * count)
    sql = f"INSERT INTO billing_transfer (entry_id, debit_id, credit_id, amount) VALUES {rows}"  # noqa: S608
    try:
        cursor.execute(sql, values)
    except IntegrityError:
        # An account that nobody has used yet has no row; only then, so the usual case asks nothing.
        if not _open_accounts(entries, postings):
            raise
        cursor.execute(sql, values)


def _update_wallets(cursor: CursorWrapper, wallets: Sequence[LockedWallet]) -> None:
    """Write the new balances, provided that nobody has written the rows since they were read."""
    if not wallets:
        return
    if len(wallets) == 1:
        wallet = wallets[0]
        sql = (
            "UPDATE billing_walletbalance SET cash = %s, gift = %s, frozen = %s, owed = %s,"
            " version = version + 1 WHERE id = %s AND version = %s"
        )
        cursor.execute(sql, [*_amounts(wallet), wallet.pk, wallet.version])
    else:
        _update_many(cursor, wallets)
    if cursor.rowcount != len(wallets):
        raise RuntimeError("a wallet was written past its lock")
    for wallet in wallets:
        wallet.version += 1


def _update_many(cursor: CursorWrapper, wallets: Sequence[LockedWallet]) -> None:
    columns = zip(*(_amounts(wallet) for wallet in wallets), strict=True)
    cases: list[str] = []
    values: list[object] = []
    for name, amounts in zip(("cash", "gift", "frozen", "owed"), columns, strict=True):
        cases.append(f"{name} = CASE id {' '.join(['WHEN %s THEN %s'] * len(wallets))} END")
        for wallet, amount in zip(wallets, amounts, strict=True):
            values += [wallet.pk, amount]
    marks = ", ".join(["%s"] * len(wallets))
    versions = f"CASE id {' '.join(['WHEN %s THEN %s'] * len(wallets))} END"
    values += [wallet.pk for wallet in wallets]
    for wallet in wallets:
        values += [wallet.pk, wallet.version]
    sql = (
        f"UPDATE billing_walletbalance SET {', '.join(cases)}, version = version + 1"  # noqa: S608
        f" WHERE id IN ({marks}) AND version = {versions}"
    )
    cursor.execute(sql, values)


def _amounts(wallet: LockedWallet) -> tuple[str, str, str, str]:
    return str(wallet.cash), str(wallet.gift), str(wallet.frozen), str(wallet.owed)


def _select_wallets(cursor: CursorWrapper, customer_ids: Sequence[int]) -> Wallets:
    if not customer_ids:
        return {}
    marks = ", ".join(["%s"] * len(customer_ids))
    sql = (
        f"SELECT {_COLUMNS} FROM billing_walletbalance WHERE customer_id IN ({marks})"  # noqa: S608
        " ORDER BY customer_id"
    )
    if connection.features.has_select_for_update:
        sql += " FOR UPDATE"
    cursor.execute(sql, customer_ids)
    return {row[1]: LockedWallet(*row[:3], *map(_money, row[3:8]), row[8]) for row in cursor.fetchall()}


def _money(value: object) -> Decimal:
    """MariaDB answers in Decimal; SQLite keeps amounts as numbers of its own."""
    return value if isinstance(value, Decimal) else Decimal(str(value)).quantize(FEN)


def _open_wallet(customer: Customer) -> None:
    WalletBalance.objects.get_or_create(
        customer_id=customer.pk, defaults={"tenant_id": customer.tenant_id}
    )
    for kind in WALLET_KINDS:
        _open_account(kind, customer.pk, customer.tenant_id)


def _open_account(kind: AccountKind, owner_id: int, tenant_id: int) -> bool:
    is_wallet = kind in WALLET_KINDS
    code = f"{kind}:{'c' if is_wallet else 't'}{owner_id}:{CURRENCY}"
    _account, is_new = Account.objects.get_or_create(
        code=code,
        defaults={
            "kind": kind,
            "tenant_id": tenant_id,
            "owner_id": owner_id if is_wallet else None,
            "currency": CURRENCY,
        },
    )
    return is_new


def _open_accounts(entries: Sequence[Entry], postings: Sequence[Posting]) -> bool:
    opened = False
    for entry, posting in zip(entries, postings, strict=True):
        for ref in {ref for leg in posting.legs for ref in (leg.debit, leg.credit)}:
            tenant_id = entry.tenant_id if ref.is_wallet else ref.owner_id
            opened |= _open_account(ref.kind, ref.owner_id, tenant_id)
    return opened


def _wallet_refs(legs: Iterable[Leg]) -> list[AccountRef]:
    return [ref for leg in legs for ref in leg[:2] if ref.kind in WALLET_KINDS]

