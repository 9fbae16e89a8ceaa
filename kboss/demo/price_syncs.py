"""The sandbox cloud publishes a price list; fetching it leaves one difference to decide on."""

from datetime import datetime
from decimal import Decimal

import requests
from django.conf import settings
from django.utils import timezone

from apps.clouds import services as clouds
from apps.clouds.models import CloudAccount
from apps.core.money import round_fen
from apps.products.models import Price
from kboss.demo.people import Company

UNITS = {"hourly": "Hour", "monthly": "Month", "yearly": "Year"}
DEARER = Decimal("1.06")


def load_price_syncs(company: Company, *, until: datetime) -> None:
    """The vendor's list names what we pay today, but for one SKU that gets dearer."""
    account = CloudAccount.objects.get(tenant=company.platform, vendor__code="sandbox")
    sold = Price.objects.at(until).filter(
        sku__product__vendor=account.vendor,
        sku__product__tenant=company.platform,
        unit_cost__isnull=False,
        sku__price_changes__isnull=True,
    )
    prices = list(sold.exclude(sku__vendor_sku="").select_related("sku").order_by("sku"))
    rows = [
        {
            "SkuId": price.sku.vendor_sku,
            "ChargeUnit": UNITS[price.sku.billing_mode],
            "Price": str(price.unit_cost),
        }
        for price in prices
        if price.sku.billing_mode in UNITS
    ]
    dearer = next(row for row in rows if row["ChargeUnit"] == "Month")
    dearer["Price"] = str(round_fen(Decimal(dearer["Price"]) * DEARER))
    answer = requests.post(
        f"{settings.SANDBOX_URLS['cloud']}/control", json={"prices": rows}, timeout=10
    )
    answer.raise_for_status()
    operations = company.staff["operations@kboss.example"]
    sync = clouds.request_price_sync(account=account, actor=operations, now=until)
    clouds.run_price_sync(price_sync_id=sync.pk, clock=timezone.now)
