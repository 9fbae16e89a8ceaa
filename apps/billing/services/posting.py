"""The one function that writes the ledger. It speaks SQL, inside the caller's transaction.

Lock order, everywhere: the business row (order, recharge), then wallet rows by customer id, then
bills, lots and ledger rows. A wallet row is locked before anything of it is read or written, so the
postings of one customer stand in one line; accounts of the house store no balance and are never
locked.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.timezone import localdate

from apps.billing import sql
from apps.billing.chart import FEN, AccountRef, Leg, Posting
from apps.billing.enums import BEYOND_LIMIT, CURRENCY, WALLET_KINDS, AccountKind, EntryKind
from apps.billing.errors import (
    AmountIsNotPositive,
    EntryIsMalformed,
    InsufficientBalance,
    KeyWasUsed,
)
from apps.billing.locked import ZERO, LockedWallet, Wallets
from apps.billing.models import Account, Entry, WalletBalance
from apps.customers.models import Customer

__all__ = ["ZERO", "LockedWallet", "Wallets", "lock_wallets", "post_entries", "post_entry"]
LARGEST = Decimal(10) ** 16


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


@transaction.atomic
def post_entries(*, postings: Sequence[Posting]) -> list[Entry]:
    """Write many entries with a handful of statements, all of them or none.

    Cash comes and goes with its lots, so recharges, charges and refunds move it, not this.
    Trusted: the calling service has checked who may do this.
    :raises EntryIsMalformed: if an entry moves cash in or out of the wallet
    :raises KeyWasUsed: if a key stands for another body
    :raises InsufficientBalance: if a bucket would be overdrawn
    """
    if any(_moves_cash(leg) for posting in postings for leg in posting.legs):
        raise EntryIsMalformed(reason="cash moves with its lots")
    owners = {ref.owner_id for posting in postings for ref in _wallet_refs(posting.legs)}
    with connection.cursor() as cursor:
        wallets = lock_wallets(cursor=cursor, customer_ids=owners)
        return post_locked(cursor=cursor, wallets=wallets, postings=postings)


def lock_wallets(*, cursor: CursorWrapper, customer_ids: Iterable[int]) -> Wallets:
    """The customers' wallets, locked in one order until the transaction ends; opened if new.

    Trusted: reads and locks, changes no balance.
    """
    ids = sorted(customer_ids)
    wallets = sql.select_wallets(cursor, ids)
    if len(wallets) < len(ids):
        missing = [customer_id for customer_id in ids if customer_id not in wallets]
        for customer in Customer.objects.filter(pk__in=missing):
            open_wallet(customer=customer)
        wallets |= sql.select_wallets(cursor, missing)
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
    except (sql.KeyExists, InsufficientBalance):
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


def ensure_same_body(*, entry: Entry, posting: Posting) -> Entry:
    """The entry, if it is what `posting` asks for. Trusted: compares.

    :raises KeyWasUsed: if it is something else
    """
    if entry.digest != posting.digest:
        raise KeyWasUsed(key=posting.key)
    return entry


def ensure_positive(*, amount: Decimal) -> None:
    """Trusted: compares. :raises AmountIsNotPositive: for zero, less, or parts of a fen"""
    if not ZERO < amount < LARGEST or amount != amount.quantize(FEN):
        raise AmountIsNotPositive


def month_of(*, now: datetime) -> date:
    """The accounting month of a moment, by the calendar of Shanghai. Trusted: calculates."""
    return localdate(now).replace(day=1)


def open_wallet(*, customer: Customer) -> None:
    """Give a customer his accounts and an empty wallet, unless he has them.

    Trusted: moves no money.
    """
    accounts = {
        f"{kind.value}_account": _open_account(AccountRef(kind, customer.pk), customer.tenant_id)[0]
        for kind in WALLET_KINDS
    }
    WalletBalance.objects.get_or_create(
        customer_id=customer.pk, defaults={"tenant_id": customer.tenant_id, **accounts}
    )


def _write_rest(
    cursor: CursorWrapper, wallets: Wallets, postings: Sequence[Posting], known: dict[str, Entry]
) -> list[Entry]:
    """Of a batch with known keys: check those, write the others, each key once."""
    fresh: dict[str, Posting] = {}
    for posting in postings:
        if posting.key in known:
            ensure_same_body(entry=known[posting.key], posting=posting)
        elif posting.digest != fresh.setdefault(posting.key, posting).digest:
            raise KeyWasUsed(key=posting.key)
    if fresh:
        known |= {entry.key: entry for entry in _write(cursor, wallets, list(fresh.values()))}
    return [known[posting.key] for posting in postings]


def _write(cursor: CursorWrapper, wallets: Wallets, postings: Sequence[Posting]) -> list[Entry]:
    moved = {customer_id: wallet.copy() for customer_id, wallet in wallets.items()}
    entries = [_entry(moved, posting) for posting in postings]
    sql.insert_entries(cursor, entries)
    try:
        sql.insert_transfers(cursor, moved, entries, postings)
    except IntegrityError:
        # An account of the house that nobody has used yet has no row. Only then is it asked for.
        if not _open_house_accounts(postings):
            raise
        sql.insert_transfers(cursor, moved, entries, postings)
    touched = sorted({entry.customer_id for entry in entries if entry.customer_id})
    sql.update_wallets(cursor, wallets, [moved[customer_id] for customer_id in touched])
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
    values: tuple[Any, ...] = (
        None,
        posting.key,
        posting.digest,
        posting.kind,
        tenant_id,
        owner_id,
        *posting.source,
        posting.period,
        posting.now,
        amount,
        balance,
        posting.note,
        posting.reverses_id,
    )
    make: Any = Entry  # by position, in the order of the fields: by name it takes twice as long
    entry: Entry = make(*values)
    return entry


def _check(posting: Posting) -> None:
    if not posting.legs:
        raise EntryIsMalformed(reason="no legs")
    for leg in posting.legs:
        ensure_positive(amount=leg.amount)
        if leg.debit == leg.credit:
            raise EntryIsMalformed(reason="debit and credit are the same account")
    if len({ref.owner_id for ref in _wallet_refs(posting.legs)}) > 1:
        raise EntryIsMalformed(reason="two wallets in one entry")
    if posting.period.day != 1:
        raise EntryIsMalformed(reason="an accounting month is named by its first day")


def _open_house_accounts(postings: Sequence[Posting]) -> bool:
    """Open what is missing; whether anything was."""
    legs = [leg for posting in postings for leg in posting.legs]
    refs = {ref for leg in legs for ref in (leg.debit, leg.credit) if not ref.is_wallet}
    opened = [_open_account(ref, ref.owner_id)[1] for ref in sorted(refs)]
    return any(opened)


def _open_account(ref: AccountRef, tenant_id: int) -> tuple[Account, bool]:
    return Account.objects.get_or_create(
        code=ref.code,
        defaults={
            "kind": ref.kind,
            "tenant_id": tenant_id,
            "owner_id": ref.owner_id if ref.is_wallet else None,
            "currency": CURRENCY,
        },
    )


def _moves_cash(leg: Leg) -> bool:
    kinds = {leg.debit.kind, leg.credit.kind}
    return AccountKind.CASH in kinds and AccountKind.FROZEN not in kinds


def _wallet_refs(legs: Iterable[Leg]) -> list[AccountRef]:
    return [ref for leg in legs for ref in (leg.debit, leg.credit) if ref.kind in WALLET_KINDS]
