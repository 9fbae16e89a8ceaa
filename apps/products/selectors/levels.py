"""Price lists and cost terms of tenants, for the engine."""

from collections.abc import Iterator, Sequence

from apps.core.prepared import Prepared
from apps.products.agreement_enums import PriceListStatus
from apps.products.models import PriceListPrice, SupplierTerm
from apps.products.models.price_lists import listed_rule
from apps.products.models.rule_rows import TARGET_COLUMNS, narrowest, rule_row
from apps.products.pricing import CostKind, CostTerm, Rule, Scope, Window

_published = Prepared(
    lambda tenants: PriceListPrice.objects.filter(
        price_list__tenant__pk__in=tenants, price_list__status=PriceListStatus.PUBLISHED
    ).as_rows("price_list__tenant_id", "price_list__tenant__depth")
)
_terms = Prepared(
    lambda tenants: (
        SupplierTerm.objects.filter(tenant__pk__in=tenants)
        .order_by()
        .values_list(
            *("pk", "name", "kind", "rate", "tenant_id", "scope", "valid_from", "valid_until"),
            *TARGET_COLUMNS,
        )
    )
)


def price_list_rules(tenants: Sequence[int]) -> Iterator[Rule]:
    """What is published in these tenants; the engine watches the clock."""
    for columns in _published.rows(tenants=list(tenants)):
        row, level = rule_row(columns)
        yield listed_rule(row, *level)


def supplier_terms(tenants: Sequence[int]) -> Iterator[CostTerm]:
    """What these tenants pay, and what comes back to them."""
    for pk, name, kind, rate, tenant, scope, start, until, *targets in _terms.rows(
        tenants=list(tenants)
    ):
        yield CostTerm(
            key=f"supplier-term:{pk}",
            name=name,
            kind=CostKind(kind),
            rate=rate,
            tenant=tenant,
            scope=Scope(scope),
            target=narrowest(tuple(targets))[0],
            window=Window(start, until),
        )
