"""What was used and billed, for whoever asks how much a customer buys."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from apps.billing.models import BillItem
from apps.products.models import Product
from apps.products.periods import Period, local_day, midnight, month_of
from apps.products.ports import Purchase
from apps.products.pricing import Subject

INSTANT = timedelta(microseconds=1)


def billed_use(
    customer_ids: Sequence[int] | None, since: datetime, until: datetime
) -> Iterator[Purchase]:
    """The use of the months that end in the period, by product. A month counts as its last
    instant: whose agreement began within it had the use under it."""
    items = BillItem.objects.annotate(month=Coalesce("used_in", "bill__month")).filter(
        month__gte=local_day(month_of(since).start), month__lt=local_day(until)
    )
    if customer_ids is not None:
        items = items.filter(bill__customer__in=customer_ids)
    keys = ("bill__customer_id", "bill__number", "month", "product_code", "project", "region")
    rows = list(items.order_by(*keys).values_list(*keys).annotate(Sum("list_cost"), Sum("payable")))
    subjects = _subjects({row[3] for row in rows})
    for customer_id, number, month, code, project, region, list_cost, payable in rows:
        used: Period = month_of(midnight(month))
        at = used.until - INSTANT
        if since <= at < until:
            yield Purchase(
                customer_id=customer_id,
                reference=number,
                subject=subjects.get(code.lower(), Subject()),
                quantity=1,
                periods=1,
                list_amount=list_cost,
                amount=payable,
                at=at,
                project=project,
                region=region.lower(),
                is_use=True,
            )


def _subjects(codes: set[str]) -> dict[str, Subject]:
    """What the codes of vendors' bills stand for, where it is in the catalogue."""
    if not codes:
        return {}
    known = Product.objects.filter(Q(vendor_code__in=codes) | Q(vendor_code="", code__in=codes))
    rows = known.order_by("-pk").values_list(
        "pk", "category_id", "vendor_id", "vendor_code", "code"
    )
    found: dict[str, Subject] = {}
    for pk, category, vendor, vendor_code, code in rows:
        found[(vendor_code or code).lower()] = Subject(None, pk, category, vendor)
    return found
