"""The lines of bills: what a month's use comes to, and what has to be added when it changes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple

from django.conf import settings

from apps.billing.enums import LineReason
from apps.billing.models import Bill, BillItem
from apps.core.money import round_fen
from apps.products.periods import local_day, midnight, month_of
from apps.products.pricing import Reason

ZERO = Decimal(0)
PRECISE = Decimal("1E-12")
DUST = Decimal("1E-9")  # what rounding each line to twelve decimals may leave of a price
STEPS = frozenset({Reason.TIER_REACHED.value, Reason.TIERS_BLENDED.value})
BATCH = 1000


class UsageCharge(NamedTuple):
    """One line of usage with its price, in yuan with up to twelve decimals; `why` are the rules
    that made it, as facts."""

    product_code: str
    product_name: str
    resource_id: str
    region: str
    list_cost: Decimal
    payable: Decimal
    project: str = ""
    why: Sequence[Mapping[str, Any]] = ()

    @property
    def subject(self) -> tuple[str, str, str]:
        return self.product_code, self.resource_id, self.region


class NewLine(NamedTuple):
    """A line on its way into a bill, and why it is there."""

    charge: UsageCharge
    reason: LineReason


class _Billed(NamedTuple):
    name: str
    project: str
    list_cost: Decimal
    payable: Decimal


def is_open(month: date, now: datetime) -> bool:
    """Whether what changes in a month that was billed still goes into its own bill."""
    return now < month_of(midnight(month)).until + settings.BILL_OPEN_FOR


def open_month(now: datetime) -> date:
    """The first month whose bill is open: there what changes in closed ones is billed."""
    return local_day(now - settings.BILL_OPEN_FOR).replace(day=1)


def differences(own: Bill, items: Iterable[UsageCharge]) -> list[NewLine]:
    """What has to be added to all lines on the use of the bill's month, whichever bill they are
    on, so that they sum to `items`."""
    billed = _billed(own)
    if not own.items_digest and not billed:
        return [NewLine(item, LineReason.USE) for item in items]
    known = {item.subject: item for item in items}
    lines: list[NewLine] = []
    for subject in [*billed, *(subject for subject in known if subject not in billed)]:
        lines += _added(billed.get(subject), known.get(subject), subject)
    return lines


def write_lines(bill: Bill, lines: Sequence[NewLine], used_in: date) -> Decimal:
    """Add lines to a bill; by how much its rounded total changed. The bill is not saved yet."""
    bill.revision += 1
    BillItem.objects.bulk_create(
        (
            BillItem(
                bill=bill,
                revision=bill.revision,
                used_in=None if used_in == bill.month else used_in,
                reason=line.reason,
                product_code=line.charge.product_code,
                product_name=line.charge.product_name,
                resource_id=line.charge.resource_id,
                region=line.charge.region,
                project=line.charge.project,
                list_cost=line.charge.list_cost,
                payable=line.charge.payable,
                why=list(line.charge.why),
            )
            for line in lines
        ),
        batch_size=BATCH,
    )
    listed = payable = ZERO
    for list_cost, amount in bill.items.values_list("list_cost", "payable").iterator(5000):
        listed, payable = listed + list_cost, payable + amount
    difference: Decimal = round_fen(payable) - bill.total
    bill.total, bill.list_total = round_fen(payable), round_fen(listed)
    bill.items_count += len(lines)
    return difference


def digest_of(items: Iterable[UsageCharge]) -> str:
    """Equal for equal items, in whatever order and with whatever trailing zeros they come."""
    lines = sorted(
        "\x1f".join(
            (
                *item[:4],
                str(item.list_cost.quantize(PRECISE)),
                str(item.payable.quantize(PRECISE)),
            )
        )
        for item in items
    )
    return sha256("\x1e".join(lines).encode()).hexdigest()


def _billed(own: Bill) -> dict[tuple[str, str, str], _Billed]:
    sums: dict[tuple[str, str, str], _Billed] = defaultdict(lambda: _Billed("", "", ZERO, ZERO))
    rows = BillItem.objects.of_use(own.customer_id, own.month).order_by("pk")
    columns = ("product_code", "resource_id", "region", "product_name", "project")
    for code, resource, region, name, project, list_cost, payable in rows.values_list(
        *columns, "list_cost", "payable"
    ).iterator(chunk_size=5000):
        former = sums[code, resource, region]
        sums[code, resource, region] = _Billed(
            name, project, former.list_cost + list_cost, former.payable + payable
        )
    return dict(sums)


def _added(
    billed: _Billed | None, item: UsageCharge | None, subject: tuple[str, str, str]
) -> Iterator[NewLine]:
    before = billed or _Billed("", "", ZERO, ZERO)
    if item is None:
        code, resource, region = subject
        item = UsageCharge(code, before.name, resource, region, ZERO, ZERO, project=before.project)
    list_cost, payable = item.list_cost - before.list_cost, item.payable - before.payable
    rerated = _rerated(before, item) if list_cost else payable
    if rerated:
        line = item._replace(list_cost=ZERO, payable=rerated)
        yield NewLine(line, LineReason.RERATED)
    if list_cost:
        line = item._replace(list_cost=list_cost, payable=payable - rerated)
        yield NewLine(line, LineReason.LATE)


def _rerated(before: _Billed, item: UsageCharge) -> Decimal:
    """Where steps make the price: what the use that was billed before costs more or less now,
    apart from what the use costs that was added."""
    if not (before.list_cost and item.list_cost and any(f["reason"] in STEPS for f in item.why)):
        return ZERO
    now = before.list_cost * item.payable / item.list_cost
    changed = (now - before.payable).quantize(PRECISE)
    return changed if abs(changed) > DUST else ZERO
