"""Price lists and cost terms of tenants, for the engine."""

from collections.abc import Iterator, Sequence

from apps.products.agreement_enums import PriceListStatus
from apps.products.models import PriceListPrice, SupplierTerm
from apps.products.pricing import CostTerm, Rule


def price_list_rules(tenants: Sequence[int]) -> Iterator[Rule]:
    """What is published in these tenants; the engine watches the clock."""
    rows = PriceListPrice.objects.filter(
        price_list__tenant__in=tenants, price_list__status=PriceListStatus.PUBLISHED
    )
    for price in rows.with_targets().select_related("price_list__tenant").order_by():
        yield price.to_rule()


def supplier_terms(tenants: Sequence[int]) -> Iterator[CostTerm]:
    """What these tenants pay, and what comes back to them."""
    for term in SupplierTerm.objects.filter(tenant__in=tenants).order_by():
        yield term.to_term()
