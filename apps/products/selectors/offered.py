"""SKUs with their prices, as far as a basket needs them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import QuerySet

from apps.core.prepared import Prepared
from apps.customers.models import Customer
from apps.products.enums import ProductAction
from apps.products.models import Sku
from apps.products.models.catalogue import SkuQuerySet
from apps.products.models.visibility import lineage
from apps.products.pricing import Subject

COLUMNS = (
    *("pk", "code", "name", "region", "billing_mode", "spec_version"),
    *("product__pk", "product__name", "product__category_id", "product__vendor_id"),
    *("product__tenant_id", "unit_price", "unit_cost", "tax_rate_now", "least_margin"),
)


class OfferedSku(NamedTuple):
    """A row of COLUMNS."""

    pk: int
    code: str
    name: str
    region: str
    billing_mode: str
    spec_version: int
    product_id: int
    product_name: str
    category_id: int
    vendor_id: int
    tenant_id: int
    unit_price: Decimal | None
    unit_cost: Decimal | None
    tax_rate: Decimal
    min_margin: Decimal

    @property
    def subject(self) -> Subject:
        return Subject(self.pk, self.product_id, self.category_id, self.vendor_id)


def _listed(
    offered: SkuQuerySet, ids: Collection[int], at: datetime
) -> QuerySet[Sku, tuple[Any, ...]]:
    skus = offered.filter(is_active=True, pk__in=ids).with_unit_cost(at).with_terms(at)
    return skus.order_by().values_list(*COLUMNS)


_offered_to_all = Prepared(
    lambda paths, ids, at: _listed(Sku.objects.offered_to_all(paths), ids, at)
)


def skus_open_to(
    customer: Customer, action: ProductAction, ids: Collection[int], at: datetime
) -> dict[int, OfferedSku]:
    """Which of these SKUs the customer may act on so, with their list prices at the moment.

    One query, and a second one for what is not offered to everybody.
    """
    paths = lineage(customer.tenant)
    found = _by_id(_offered_to_all.rows(paths=paths, ids=list(ids), at=at))
    rest = set(ids) - found.keys()
    if rest:
        found |= _by_id(_listed(Sku.objects.open_to(customer, action, at), rest, at))
    return found


def _by_id(rows: Iterable[tuple[Any, ...]]) -> dict[int, OfferedSku]:
    return {row[0]: OfferedSku(*row) for row in rows}
