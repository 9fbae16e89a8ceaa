"""What prices need to know from the apps above: what was bought. They register when they start."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from apps.products.pricing import Subject


class Purchase(NamedTuple):
    """Something that a customer bought and paid, or used and was billed for. `at` is the moment
    that counts: of the payment, or the last of the month of the use. `reference` names the order
    or bill."""

    customer_id: int
    reference: str
    subject: Subject
    quantity: int
    periods: int
    list_amount: Decimal
    amount: Decimal
    at: datetime
    project: str = ""
    region: str = ""
    unit: str = ""  # the billing mode; empty where use is measured in something else
    is_use: bool = False


type Source = Callable[[Sequence[int] | None, datetime, datetime], Iterable[Purchase]]

_sources: dict[str, Source] = {}


def register_purchases(name: str, source: Source) -> None:
    """Name the function that knows what customers (None: all) bought in [since, until)."""
    _sources[name] = source


def purchases(
    customer_ids: Sequence[int] | None,
    since: datetime,
    until: datetime,
    *,
    of: Iterable[str] | None = None,
) -> list[Purchase]:
    """What was bought in the half-open period, by all sources or those named in `of`."""
    names = sorted(_sources) if of is None else [name for name in of if name in _sources]
    return [row for name in names for row in _sources[name](customer_ids, since, until)]


type Buyers = Callable[[Collection[int], datetime], set[int]]

_buyers: list[Buyers] = []


def register_buyers(known: Buyers) -> None:
    """Name the function that knows which of these customers paid an order before a moment."""
    _buyers[:] = [known]


def buyers(customer_ids: Collection[int], before: datetime) -> set[int]:
    """Those of the customers who had paid an order before the moment; none where no app knows."""
    return _buyers[0](customer_ids, before) if customer_ids and _buyers else set()


type Ordered = Callable[[Collection[int]], set[int]]

_ordered: list[Ordered] = []


def register_ordered(known: Ordered) -> None:
    """Name the function that knows which of these quotes were ordered."""
    _ordered[:] = [known]


def ordered(quote_ids: Collection[int]) -> set[int]:
    """Of these quotes, the ordered ones; all of them where no app knows."""
    if not quote_ids:
        return set()
    return _ordered[0](quote_ids) if _ordered else set(quote_ids)
