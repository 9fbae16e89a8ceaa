"""Lots: which recharge a spend consumed. Called with the customer's wallet locked, so alone."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet, Sum

from apps.billing.enums import LotKind
from apps.billing.models import Entry, Lot, LotUse, Recharge
from apps.billing.shares import next_shares
from apps.billing.sql import as_money

ZERO = Decimal("0.00")
type Use = tuple[int, Decimal]  # lot id, amount


def open_lot(*, entry: Entry, amount: Decimal, recharge: Recharge | None = None) -> Lot:
    """Cash that came in with `entry`. Trusted: follows a posting that was allowed."""
    if entry.customer_id is None:
        raise ValueError("only a customer's cash has lots")
    return Lot.objects.create(
        customer_id=entry.customer_id,
        kind=LotKind.RECHARGE if recharge else LotKind.RETURN,
        recharge=recharge,
        entry=entry,
        amount=amount,
        remaining=amount,
    )


def take_from_lots(*, cursor: CursorWrapper, entry: Entry, amount: Decimal) -> list[Use]:
    """Consume the oldest cash first and remember which it was.

    Trusted: follows a posting that was allowed.
    """
    cursor.execute(
        "SELECT id, remaining FROM billing_lot WHERE customer_id = %s AND remaining > 0"
        " ORDER BY id",
        [entry.customer_id],
    )
    uses: list[Use] = []
    left_in: list[Use] = []
    missing = amount
    for lot_id, value in cursor.fetchall():
        remaining = as_money(value)
        taken = min(remaining, missing)
        uses.append((lot_id, taken))
        left_in.append((lot_id, remaining - taken))
        missing -= taken
        if not missing:
            break
    if missing:
        raise RuntimeError(f"lots of customer {entry.customer_id} miss {missing} of the cash")
    _write(cursor, entry, uses, left_in)
    return uses


def take_from_lot_of(
    *, cursor: CursorWrapper, entry: Entry, source: Entry, amount: Decimal
) -> None:
    """Take back what came in with `source` from that very lot.

    Trusted: follows a posting that was allowed; the lot holds as much.
    """
    lot = Lot.objects.get(entry=source)
    _write(cursor, entry, [(lot.pk, amount)], [(lot.pk, lot.remaining - amount)])


def give_back_to_lots(
    *, cursor: CursorWrapper, entry: Entry, charge: Entry, amount: Decimal
) -> list[Use]:
    """Return cash to the lots that `charge` took it from, in the proportion in which it did.

    Trusted: follows a posting that was allowed.
    """
    taken = _sums(LotUse.objects.filter(entry=charge))
    back = _sums(LotUse.objects.filter(entry__reverses=charge))
    ids = sorted(taken)
    shares = next_shares(
        amount,
        paid=[taken[lot_id] for lot_id in ids],
        returned=[-back.get(lot_id, ZERO) for lot_id in ids],
    )
    lots = Lot.objects.in_bulk(ids)
    returned = [(lot_id, share) for lot_id, share in zip(ids, shares, strict=True) if share]
    uses = [(lot_id, -share) for lot_id, share in returned]
    _write(cursor, entry, uses, [(pk, lots[pk].remaining + share) for pk, share in returned])
    return uses


def _sums(uses: QuerySet[LotUse]) -> dict[int, Decimal]:
    """The uses by lot."""
    sums = uses.values_list("lot_id").annotate(Sum("amount")).order_by()
    return {lot_id: as_money(amount) for lot_id, amount in sums}


def _write(
    cursor: CursorWrapper, entry: Entry, uses: Sequence[Use], left_in: Sequence[Use]
) -> None:
    values: list[Any] = []
    for lot_id, amount in uses:
        values += [lot_id, entry.pk, str(amount)]
    rows = ", ".join(["(%s, %s, %s)"] * len(uses))
    cursor.execute(f"INSERT INTO billing_lotuse (lot_id, entry_id, amount) VALUES {rows}", values)  # noqa: S608
    if len(left_in) == 1:
        [(lot_id, remaining)] = left_in
        values = [str(remaining), lot_id]
        cursor.execute("UPDATE billing_lot SET remaining = %s WHERE id = %s", values)
        return
    cases = " ".join(["WHEN %s THEN %s"] * len(left_in))
    marks = ", ".join(["%s"] * len(left_in))
    values = [part for lot_id, remaining in left_in for part in (lot_id, str(remaining))]
    values += [lot_id for lot_id, _remaining in left_in]
    sql = f"UPDATE billing_lot SET remaining = CASE id {cases} END WHERE id IN ({marks})"  # noqa: S608
    cursor.execute(sql, values)
