"""The rules of customers' discounts."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.core.prepared import Prepared
from apps.customers.models import Customer
from apps.products.models import CustomerDiscount
from apps.products.models.rule_rows import TARGET_COLUMNS, narrowest
from apps.products.pricing import Percent, Rule, Scope, Window

_discounts = Prepared(
    lambda customer: (
        CustomerDiscount.objects.filter(customer=customer)
        .order_by()
        .values_list("pk", "name", "rate", "scope", "valid_from", "valid_until", *TARGET_COLUMNS)
    )
)


def discounts_of(customer: Customer, _at: datetime) -> Iterator[Rule]:
    """Every discount the customer has, had or will have: usage is priced at earlier moments."""
    return (_rule(*row) for row in _discounts.rows(customer=customer.pk))


def _rule(
    pk: int,
    name: str,
    rate: Decimal,
    scope: str,
    valid_from: datetime,
    valid_until: datetime | None,
    *targets: Any,
) -> Rule:
    target, target_name = narrowest(targets)
    return Rule(
        key=f"customer-discount:{pk}",
        name=name,
        change=Percent(rate),
        may_break_floor=True,  # granted by an approval that looked at the margin
        scope=Scope(scope),
        target=target,
        target_name=target_name,
        window=Window(valid_from, valid_until),
    )
