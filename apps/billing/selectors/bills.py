from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Max, Sum

from apps.billing.enums import ADJUSTMENTS
from apps.billing.models import Bill, BillItem
from apps.core.money import round_fen, split
from apps.products.selectors import explain_effects

MOST_SHOWN = 100


@dataclass(frozen=True)
class ProductSum:
    product: str
    name: str
    amount: Decimal


def totals_by_product(bill: Bill) -> list[ProductSum]:
    """What each product cost, to the fen; the parts sum to the bill's total (largest remainder)."""
    rows = list(
        bill.items.values("product_code")
        .annotate(name=Max("product_name"), precise=Sum("payable"))
        .order_by("-precise", "product_code")
    )
    positive = [max(row["precise"], Decimal(0)) for row in rows]
    if sum(positive) == sum(row["precise"] for row in rows) and bill.total > 0:
        amounts = split(bill.total, positive)
    else:
        amounts = _rounded(bill, [row["precise"] for row in rows])
    return [
        ProductSum(row["product_code"], row["name"], amount)
        for row, amount in zip(rows, amounts, strict=True)
    ]


def _rounded(bill: Bill, precise: list[Decimal]) -> list[Decimal]:
    """With credits among the parts: each rounded, what misses on the largest."""
    amounts = [round_fen(part) for part in precise]
    if amounts:
        amounts[0] += bill.total - sum(amounts)
    return amounts


def explain_item(item: BillItem) -> list[str]:
    """The rules that made the price of a line, one sentence each in the active language."""
    return [f"{effect.name}: {effect.reason}" for effect in explain_effects(item.why)]


def adjustments_of(bill: Bill) -> list[BillItem]:
    """The lines that correct what was charged before, the last first."""
    lines = bill.items.filter(reason__in=ADJUSTMENTS).select_related("bill").order_by("-pk")
    return list(lines[:MOST_SHOWN])
