from decimal import Decimal

from django.db.models import ExpressionWrapper, F, FloatField, Min
from django.utils import timezone

from apps.products.enums import DiscountScope, ProductStatus
from apps.products.models import Price
from apps.products.models.prices import PriceQuerySet
from apps.products.models.visibility import lineage
from apps.rbac.models import Tenant

HUNDRED = Decimal(100)
PATHS = {
    DiscountScope.SKU: "sku",
    DiscountScope.PRODUCT: "sku__product",
    DiscountScope.CATEGORY: "sku__product__category",
    DiscountScope.VENDOR: "sku__product__vendor",
}


def lowest_margin(
    *, tenant: Tenant, scope: DiscountScope, target_id: int | None, percent: Decimal
) -> Decimal | None:
    """The smallest margin, in percent of the price paid, of what `tenant` sells and is covered,
    if customers pay `percent` of the list price; None where no vendor's price is known.

    It orders and warns, and is never booked: one decimal is meant.
    """
    costs = _covered(tenant, scope, target_id).filter(unit_cost__isnull=False, unit_price__gt=0)
    share = ExpressionWrapper(F("unit_cost") * 1.0 / F("unit_price"), output_field=FloatField())
    dearest = costs.aggregate(worst=-Min(-share))["worst"]
    if dearest is None or not percent:
        return None
    margin = HUNDRED - HUNDRED * HUNDRED * Decimal(str(dearest)) / percent
    return margin.quantize(Decimal("0.1"))


def _covered(tenant: Tenant, scope: DiscountScope, target_id: int | None) -> PriceQuerySet:
    prices = Price.objects.at(timezone.now()).filter(
        sku__is_active=True, sku__product__tenant__path__in=lineage(tenant)
    )
    if scope == DiscountScope.ALL:
        return prices.exclude(sku__product__status=ProductStatus.RETIRED)
    return prices.filter(**{PATHS[scope]: target_id})
