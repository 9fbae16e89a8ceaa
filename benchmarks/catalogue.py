"""A catalogue of 50,000 SKUs: taking it over, from a cloud and from a sheet, and what its list,
search and facets take by API."""

import random
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from http import HTTPStatus
from statistics import median, quantiles
from typing import Any
from urllib.parse import quote

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from apps.core.money import round_fen
from apps.customers.models import Customer, Membership
from apps.products.enums import BillingMode, Region
from apps.products.models import Category, Price, Product, Sku, Vendor
from apps.products.services import ProductOffer, SkuOffer, take_over_offers
from apps.rbac.enums import UserKind
from apps.rbac.models import Role, Tenant, User, UserRole
from apps.rbac.services import install_standard_roles
from benchmarks import catalogue_sheet
from benchmarks.harness import Report, timed

PRODUCTS, EACH, TIMES = 2500, 20, 60
GPUS = ("NVIDIA A100", "NVIDIA H800", "昇腾 910B", "昆仑芯 P800")
NAMES = ("通用云服务器", "弹性裸金属", "云数据库", "对象存储", "GPU 训练集群", "内容分发网络")
QUERIES = {
    "list, first page": "",
    "list, last page": "page={last}",
    "search, Chinese": "search=云服务器",
    "search, Chinese without blanks": "search=北京云服务器包月",
    "search, specification": "search=昇腾910b 8卡",
    "search, a code": "search=product-1234",
    "search, nothing found": "search=量子计算机",
    "region, mode and price": "region=cn-beijing&billing_mode=monthly&price_min=100&price_max=900",
    "search, cheapest first": "search=云&ordering=price",
}


def run(*, quick: bool) -> Report:
    products = PRODUCTS // 10 if quick else PRODUCTS
    times = TIMES // 6 if quick else TIMES
    report = Report(f"{products * EACH:,} SKUs of {products:,} products", quick)
    platform, customer = _world()
    offers = list(_offers(products))
    _ingest(report, platform, offers)
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE TABLE products_product, products_sku, products_price, "
            "products_shelfentry, products_shelfoffer"
        )
    client = Client()
    client.force_login(customer)
    last = -(-products // 20)
    for name, query in QUERIES.items():
        address = f"/api/v1/products/?{quote(query.format(last=last), safe='=&_-')}"
        _measure(report, name, partial(_answer, client, address), times, most=60)
    for name, query in (("facets, everything", ""), ("facets, of a search", "search=云服务器")):
        address = f"/api/v1/products/facets/?{quote(query, safe='=&')}"
        _measure(report, name, partial(_answer, client, address), times // 3)
    address = f"/api/v1/products/suggestions/?search={quote('云')}"
    _measure(report, "suggestions", partial(_answer, client, address), times // 3)
    catalogue_sheet.measure(report, platform, products * EACH)
    _measure(report, "live tables with LIKE, the floor of search", _slowly, max(times // 10, 3))
    return report


def _ingest(report: Report, platform: Tenant, offers: list[ProductOffer]) -> None:
    now = timezone.now()
    floor, _nothing = timed(partial(_bare, platform, offers))
    taken, _products = timed(
        partial(take_over_offers, tenant=platform, offers=offers, valid_from=now, now=now)
    )
    again, _products = timed(
        partial(take_over_offers, tenant=platform, offers=offers, valid_from=now, now=now)
    )
    report.add("bulk_create of the same rows, the floor", floor, "s", "no history, no search")
    report.add("take_over_offers", taken, "s", f"{taken / floor:.1f} × the floor")
    report.add("take_over_offers again, nothing changed", again, "s")
    report.goal("ingest: times the floor", taken / floor, at_most=8)


def _bare(platform: Tenant, offers: list[ProductOffer]) -> None:
    """The same rows without history, search and life cycle; undone again."""
    with transaction.atomic():
        products = Product.objects.bulk_create(
            (
                Product(
                    tenant=platform,
                    vendor=offer.vendor,
                    category=offer.category,
                    code=offer.code,
                    name=offer.name,
                    summary=offer.summary,
                )
                for offer in offers
            ),
            batch_size=1000,
        )
        pairs = [(p, s) for p, o in zip(products, offers, strict=True) for s in o.skus]
        skus = Sku.objects.bulk_create(
            (_bare_sku(product, offer) for product, offer in pairs), batch_size=1000
        )
        Price.objects.bulk_create(
            (
                Price(sku=sku, unit_price=offer.unit_price, valid_from=timezone.now())
                for sku, (_product, offer) in zip(skus, pairs, strict=True)
            ),
            batch_size=1000,
        )
        transaction.set_rollback(True)


def _bare_sku(product: Product, offer: SkuOffer) -> Sku:
    return Sku(
        product=product,
        code=offer.code,
        name=offer.name,
        billing_mode=offer.billing_mode,
        region=offer.region,
        specification=offer.specification,
        vendor_sku=offer.vendor_sku,
    )


def _slowly() -> None:
    """What a search without a copy would ask: every word in every text of every SKU."""
    list(
        Product.objects.filter(skus__name__icontains="云服务器", skus__is_active=True)
        .union(Product.objects.filter(name__icontains="云服务器"))
        .values_list("pk")
    )


def _measure(report: Report, name: str, act: Any, times: int, *, most: float | None = None) -> None:
    act()
    taken = [timed(act)[0] * 1000 for _ in range(times)]
    p95 = quantiles(taken, n=20)[-1]
    report.add(f"{name}, p50", median(taken), "ms")
    report.add(f"{name}, p95", p95, "ms")
    if most is not None:
        report.goal(f"{name}: ms p95", p95, at_most=most)


def _answer(client: Client, address: str) -> Any:
    answer = client.get(address)
    if answer.status_code != HTTPStatus.OK:
        raise RuntimeError(f"{address}: {answer.status_code}")
    return answer


def _world() -> tuple[Tenant, User]:
    platform = Tenant.objects.add_root({"name": "Bench", "code": "bench", "kind": "platform"})
    install_standard_roles()
    customer = Customer.objects.create(
        tenant=platform, number="CUS1", name="测试客户", created_at=timezone.now()
    )
    user = User.objects.create_user(
        "owner@bench.test", display_name="Owner", kind=UserKind.PORTAL, tenant=platform
    )
    Membership.objects.create(customer=customer, user=user, is_primary=True)
    UserRole.objects.create(user=user, role=Role.objects.get(code="portal-owner"))
    return platform, user


def _offers(products: int) -> Iterator[ProductOffer]:
    dice = random.Random(20261122)
    vendors = [Vendor.objects.create(code=f"cloud{n}", name=f"云厂商 {n}") for n in range(6)]
    categories = [
        Category.objects.create(slug=f"category{n}", name=f"品类 {n}", position=n) for n in range(8)
    ]
    for number in range(products):
        name = NAMES[number % len(NAMES)]
        yield ProductOffer(
            vendor=vendors[number % len(vendors)],
            category=categories[number % len(categories)],
            code=f"product-{number}",
            name=f"{name} {number}",
            summary="稳定可靠，按需扩展",
            description="",
            tax_rate=Decimal("0.06"),
            skus=tuple(_sku(number, place, dice) for place in range(EACH)),
        )


def _sku(number: int, place: int, dice: random.Random) -> SkuOffer:
    region = list(Region)[dice.randrange(len(Region))]
    vcpu = 2 ** dice.randrange(1, 7)
    facts: dict[str, int | str] = {"vcpu": vcpu, "memory_gib": vcpu * 4}
    if number % len(NAMES) == NAMES.index("GPU 训练集群"):
        facts |= {"gpu_model": GPUS[place % len(GPUS)], "gpu_count": 8}
    price = round_fen(Decimal(dice.randrange(100, 200_000)) / 100)
    modes = (BillingMode.HOURLY, BillingMode.MONTHLY, BillingMode.YEARLY)
    return SkuOffer(
        code=f"sku-{number}-{place}",
        name=f"{vcpu} 核 {vcpu * 4} GiB {place}",
        billing_mode=modes[place % 3],
        unit_price=price,
        unit_cost=round_fen(price * Decimal("0.8")),
        region=region,
        specification=facts,
        vendor_sku=f"v.{number}.{place}",
    )
