"""Vendors' price lists of the last days: one within its band, one that waits to be submitted, one
that is with the approvers."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from apps.core.money import round_fen
from apps.products import services as products
from apps.products.models import Price, PriceBand, Sku, Vendor
from kboss.demo.people import Company

NEXT_MONTH = timedelta(days=30)


def load_price_changes(company: Company, *, until: datetime) -> None:
    """Alibaba Cloud may move by five percent; the others ask."""
    band = Vendor.objects.get(code="aliyun")
    PriceBand.objects.create(
        vendor=band,
        list_up=Decimal(3),
        list_down=Decimal(5),
        cost_up=Decimal(3),
        cost_down=Decimal(10),
        is_active=True,
    )
    operations = company.staff["operations@kboss.example"]
    earlier = until - timedelta(days=2)
    _receive(company, "aliyun", Decimal("0.98"), earlier, most=2)
    products.apply_due(now=earlier)
    _receive(company, "volcengine", Decimal("1.08"), earlier, most=4, start=until + NEXT_MONTH)
    products.request_price_changes(
        actor=operations, now=earlier, reason="火山引擎下月上调结算价", source="vendor"
    )
    _receive(company, "baidu", Decimal("0.90"), until - timedelta(hours=5), most=3)
    sku = _skus(company, "jdcloud")[0]
    price = Price.objects.at(until).get(sku=sku)
    products.propose_price(
        sku=sku,
        unit_price=round_fen(price.unit_price * Decimal("0.95")),
        unit_cost=price.unit_cost,
        reason="跟进友商活动",
        actor=operations,
        now=until - timedelta(hours=2),
    )


def _receive(
    company: Company,
    vendor: str,
    factor: Decimal,
    now: datetime,
    *,
    most: int,
    start: datetime | None = None,
) -> None:
    """The vendor's list says that the first of his SKUs cost us that much of what they did."""
    chosen = _skus(company, vendor)[:most]
    products.receive_vendor_prices(
        vendor=Vendor.objects.get(code=vendor),
        tenant_id=company.platform.pk,
        offers=list(_offers(chosen, factor, now, start)),
        now=now,
    )


def _offers(
    skus: Iterable[Sku], factor: Decimal, now: datetime, start: datetime | None
) -> Iterable[products.VendorPrice]:
    for sku in skus:
        price = Price.objects.at(now).get(sku=sku)
        if price.unit_cost is not None:
            cost = round_fen(price.unit_cost * factor)
            listed = round_fen(price.unit_price * factor)
            yield products.VendorPrice(sku.vendor_sku, cost, listed, start, sku.billing_mode)


def _skus(company: Company, vendor: str) -> list[Sku]:
    skus = Sku.objects.filter(product__tenant=company.platform, product__vendor__code=vendor)
    return list(skus.order_by("product", "position"))
