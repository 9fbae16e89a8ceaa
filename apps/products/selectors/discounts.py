"""The rules of customers' discounts."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import batched

from apps.customers.models import Customer
from apps.products.models import CustomerDiscount
from apps.products.pricing import Percent, Rule, Scope, Window

TARGETS = [scope.value for scope in Scope if scope is not Scope.ALL]
RULE_COLUMNS = (
    *("pk", "name", "rate", "scope", "valid_from", "valid_until"),
    *(column for target in TARGETS for column in (f"{target}_id", f"{target}__name")),
)


def discounts_of(customer: Customer, _at: datetime) -> Iterator[Rule]:
    """Every discount the customer has, had or will have: usage is priced at earlier moments."""
    rows = CustomerDiscount.objects.filter(customer=customer).order_by().values_list(*RULE_COLUMNS)
    return (_rule(*row) for row in rows)


def _rule(
    pk: int,
    name: str,
    rate: Decimal,
    scope: str,
    valid_from: datetime,
    valid_until: datetime | None,
    *targets: int | str | None,
) -> Rule:
    """A row of RULE_COLUMNS. Plain columns: rows as objects would cost more than the pricing."""
    narrowest = next((pair for pair in batched(targets, 2) if pair[0] is not None), (None, ""))
    target, target_name = narrowest
    return Rule(
        key=f"customer-discount:{pk}",
        name=name,
        change=Percent(rate),
        may_break_floor=True,  # granted by an approval that looked at the margin
        scope=Scope(scope),
        target=target if isinstance(target, int) else None,
        target_name=str(target_name),
        window=Window(valid_from, valid_until),
    )
