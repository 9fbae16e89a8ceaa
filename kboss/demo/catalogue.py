"""The demo's shelf: six vendors, eight categories, two dozen products at believable prices.

The figures are of the order of public list prices; they are nobody's offer. The rows stand in
shelf/*.csv, to be edited in a spreadsheet. Loading again changes nothing that people changed.
"""

import csv
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.db import transaction

from apps.core.money import parse_yuan, round_fen
from apps.products import services as products
from apps.products.models import Product
from apps.rbac.models import Tenant

SHELF = Path(__file__).parent / "shelf"
OUR_COST = Decimal("0.78")  # what vendors leave to a reseller, of the list price
ON_SALE_FOR = timedelta(days=400)  # a year of demo orders finds its prices
TAX_RATE = Decimal("0.06")
VENDORS = {
    "sandbox": "沙箱云",  # the one whose orders the sandbox really carries out
    "aliyun": "阿里云",
    "baidu": "百度智能云",
    "jdcloud": "京东云",
    "volcengine": "火山引擎",
    "nscc": "国家超算与智算中心",
}
CATEGORIES = {
    "compute": "云服务器",
    "database": "云数据库",
    "storage": "对象存储",
    "network": "网络与 CDN",
    "container": "容器与中间件",
    "gpu": "GPU 算力",
    "hpc": "超算",
    "security": "安全服务",
}


@transaction.atomic
def load_catalogue(tenant: Tenant, now: datetime) -> list[Product]:
    """Put the demo's products on the shelf of `tenant`, and return them in order."""
    vendors = {code: products.load_vendor(code=code, name=VENDORS[code]) for code in VENDORS}
    categories = {
        slug: products.load_category(slug=slug, name=name, position=position)
        for position, (slug, name) in enumerate(CATEGORIES.items(), start=1)
    }
    skus = _rows("skus.csv")
    return [
        products.take_over_offer(
            tenant=tenant,
            offer=products.ProductOffer(
                vendor=vendors[row["vendor"]],
                category=categories[row["category"]],
                code=row["code"],
                name=row["name"],
                summary=row["summary"],
                description=f"{row['summary']}。由{VENDORS[row['vendor']]}提供，价格含税。",
                tax_rate=TAX_RATE,
                vendor_code=row["vendor_code"],
                skus=tuple(_sku(sku) for sku in skus if sku["product"] == row["code"]),
            ),
            position=position,
            valid_from=now - ON_SALE_FOR,
            now=now,
        )
        for position, row in enumerate(_rows("products.csv"), start=1)
    ]


def _rows(name: str) -> list[dict[str, str]]:
    with (SHELF / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _sku(row: dict[str, str]) -> products.SkuOffer:
    price = parse_yuan(row["price"])
    return products.SkuOffer(
        code=row["code"],
        name=row["name"],
        billing_mode=row["billing_mode"],
        unit_price=price,
        unit_cost=round_fen(price * OUR_COST),
        region=row["region"],
        specification=_specification(row["specification"]),
        stock=int(row["stock"]) if row["stock"] else None,
        vendor_sku=row["vendor_sku"] or f"{row['product']}.{row['code']}",
    )


def _specification(text: str) -> dict[str, int | str]:
    """ "vcpu=2 gpu_model=昇腾_910B" as a SKU stores it."""
    pairs = (part.split("=") for part in text.split())
    return {
        name: int(value) if value.isdigit() else value.replace("_", " ") for name, value in pairs
    }
