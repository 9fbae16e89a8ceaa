"""The breadth of the demo's shelf: two hundred products, made from two small tables in bulk.

Each cloud has each line at its own prices; computing centres have lines of their own. Beside
them stands what sale is about: a product in grey release, one by invitation, one in review.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import batched
from typing import NamedTuple

from django.utils import translation

from apps.clouds.models import CloudAccount
from apps.core.money import round_fen
from apps.customers import services as customers
from apps.customers.enums import CustomerTier
from apps.customers.models import CustomerTag
from apps.products import services as products
from apps.products.enums import BillingMode, ProductStatus, Visibility
from apps.products.models import (
    AddOn,
    Category,
    CloudRegion,
    Price,
    Product,
    ProductInvitation,
    Sku,
    Supplier,
    SupplierTerm,
    TaxClass,
    TaxRate,
    Vendor,
    Zone,
)
from kboss.demo.customers import Account
from kboss.demo.people import Company

ON_SALE_FOR = timedelta(days=400)
COST = Decimal("0.78")
MONTHLY, HOURLY, SECOND, DAILY = (
    BillingMode.MONTHLY,
    BillingMode.HOURLY,
    BillingMode.PER_SECOND,
    BillingMode.DAILY,
)
ONCE = BillingMode.ONE_OFF


class Line(NamedTuple):
    """A kind of product: its sizes are `step` times dearer each, of so many `units`."""

    category: str
    code: str
    name: str
    mode: BillingMode
    price: str
    units: str  # name of the specification's figure, first size, factor
    fixed: str = ""


CLOUDS = {  # code: brand, home region, zone, price level
    "aliyun": ("阿里云", "cn-hangzhou", "hz-h", "1.00"),
    "baidu": ("百度智能云", "cn-beijing", "bj-d", "0.94"),
    "jdcloud": ("京东云", "cn-beijing", "bj-a", "0.90"),
    "volcengine": ("火山引擎", "cn-shanghai", "sh-b", "0.92"),
}
CENTRES = {
    "qingyang": ("庆阳智算中心", "cn-qingyang", "qy-a", "0.80"),
    "horinger": ("和林格尔智算中心", "cn-wulanchabu", "hl-a", "0.78"),
    "wuxi": ("无锡超算中心", "cn-wuxi", "wx-a", "0.85"),
}
LINES = (
    Line("compute", "mem", "内存型云服务器", MONTHLY, "320", "memory_gib 16 2", "vcpu=2"),
    Line("compute", "cpu", "计算型云服务器", MONTHLY, "260", "vcpu 4 2", "memory_gib=8"),
    Line("compute", "gen", "通用型云服务器", MONTHLY, "210", "vcpu 2 2", "memory_gib=8"),
    Line("compute", "burst", "突发性能云服务器", MONTHLY, "39", "vcpu 1 2", "memory_gib=2"),
    Line("compute", "spot", "竞价云服务器", SECOND, "0.30", "vcpu 2 2", "memory_gib=8"),
    Line("compute", "bare", "裸金属服务器", MONTHLY, "4200", "vcpu 64 2", "memory_gib=256"),
    Line("compute", "local", "本地盘云服务器", MONTHLY, "690", "disk_gib 1000 2", "vcpu=8"),
    Line("compute", "desk", "云桌面", MONTHLY, "88", "memory_gib 4 2", "vcpu=2"),
    Line("database", "pg", "云数据库 PostgreSQL", MONTHLY, "310", "memory_gib 4 2", "engine=PG"),
    Line("database", "mongo", "云数据库 MongoDB", MONTHLY, "360", "memory_gib 4 2", "engine=Mongo"),
    Line("database", "mssql", "云数据库 SQL Server", MONTHLY, "620", "memory_gib 8 2", "vcpu=4"),
    Line("database", "ts", "时序数据库", MONTHLY, "450", "memory_gib 8 2", "engine=TSDB"),
    Line("database", "vec", "向量数据库", MONTHLY, "520", "memory_gib 16 2", "engine=Vector"),
    Line("database", "dw", "云原生数据仓库", HOURLY, "3.20", "vcpu 8 2", "engine=MPP"),
    Line("storage", "block", "云硬盘 ESSD", MONTHLY, "50", "capacity_gib 100 5"),
    Line("storage", "nas", "文件存储 NAS", MONTHLY, "180", "capacity_gib 500 4"),
    Line("storage", "cpfs", "并行文件存储", MONTHLY, "1900", "capacity_gib 4000 3"),
    Line("storage", "bak", "混合云备份", MONTHLY, "60", "capacity_gib 500 4"),
    Line("storage", "arch", "冷归档存储包", MONTHLY, "18", "capacity_gib 1000 5"),
    Line("network", "slb", "负载均衡", DAILY, "2.40", "bandwidth_mbps 10 5"),
    Line("network", "nat", "NAT 网关", DAILY, "5.80", "bandwidth_mbps 50 4"),
    Line("network", "vpn", "VPN 网关", MONTHLY, "375", "bandwidth_mbps 10 5"),
    Line("network", "dc", "云专线", MONTHLY, "3200", "bandwidth_mbps 100 5"),
    Line("network", "ga", "全球加速", MONTHLY, "820", "bandwidth_mbps 5 4"),
    Line("network", "dns", "云解析企业版", MONTHLY, "30", "requests_10k 100 10"),
    Line("network", "live", "视频直播流量包", MONTHLY, "130", "traffic_gb 500 4"),
    Line("container", "faas", "函数计算资源包", MONTHLY, "45", "requests_10k 100 10"),
    Line("container", "kafka", "消息队列 Kafka", MONTHLY, "980", "capacity_gib 300 3"),
    Line("container", "mq", "消息队列 RocketMQ", MONTHLY, "860", "requests_10k 1000 5"),
    Line("container", "es", "检索分析 Elasticsearch", MONTHLY, "740", "memory_gib 8 2"),
    Line("container", "reg", "镜像仓库企业版", MONTHLY, "390", "capacity_gib 300 3"),
    Line("container", "api", "API 网关", HOURLY, "1.10", "requests_10k 10 10"),
    Line("gpu", "l20", "GPU 云服务器 L20", HOURLY, "9.80", "gpu_count 1 4",
         "compute_kind=inference gpu_model=L20 gpu_memory_gib=48"),
    Line("gpu", "a10", "GPU 云服务器 A10", HOURLY, "8.20", "gpu_count 1 4",
         "compute_kind=inference gpu_model=A10 gpu_memory_gib=24"),
    Line("gpu", "h20", "GPU 云服务器 H20", MONTHLY, "12800", "gpu_count 1 8",
         "compute_kind=training gpu_model=H20 gpu_memory_gib=96 network=RoCE_1.6T"),
    Line("hpc", "ehpc", "弹性高性能计算", HOURLY, "2.60", "vcpu 16 4", "compute_kind=science"),
    Line("security", "fw", "云防火墙", MONTHLY, "2180", "bandwidth_mbps 20 5"),
    Line("security", "ssl", "SSL 证书 OV", ONCE, "2480", "requests_10k 1 2"),
    Line("security", "bastion", "堡垒机", MONTHLY, "1560", "nodes 50 4"),
    Line("security", "audit", "数据库审计", MONTHLY, "1280", "nodes 3 3"),
    Line("security", "kms", "密钥管理", MONTHLY, "210", "requests_10k 100 10"),
)  # fmt: skip
OF_CENTRES = (
    Line("gpu", "h800", "H800 训练集群", MONTHLY, "82000", "nodes 1 4",
         "compute_kind=training gpu_model=H800 gpu_count=8 network=IB_3.2T topology=多轨胖树"),
    Line("gpu", "910b", "昇腾 910B 训练集群", MONTHLY, "56000", "nodes 1 4",
         "compute_kind=training gpu_model=昇腾_910B gpu_count=8 network=RoCE topology=胖树"),
    Line("gpu", "4090", "4090 推理节点", HOURLY, "1.90", "gpu_count 1 8",
         "compute_kind=inference gpu_model=RTX_4090 gpu_memory_gib=24"),
    Line("hpc", "core", "CPU 核时包", ONCE, "800", "core_hours 10000 10", "compute_kind=science"),
    Line("hpc", "fat", "大内存节点", DAILY, "260", "nodes 1 4",
         "compute_kind=science memory_gib=2048 network=IB_200G topology=Dragonfly"),
    Line("storage", "pfs", "训练数据并行存储", MONTHLY, "2400", "capacity_gib 10000 5"),
)  # fmt: skip
ADD_ONS = (("harden", "安全加固", "299.00"), ("managed", "运维托管", "899.00"))
TAGS = ("教育科研", "人工智能", "重点客户", "渠道推荐")
TIERS = (CustomerTier.GOLD, CustomerTier.STRATEGIC, CustomerTier.SILVER)


@dataclass(frozen=True)
class Reference:
    supplier: Supplier
    tax_class: TaxClass
    vendors: dict[str, Vendor]
    categories: dict[str, Category]


def load_assortment(
    company: Company, accounts: list[Account], *, now: datetime, key_id: str, secret: str
) -> None:
    """Fill the shelf, and show each way in which a product reaches some customers only."""
    reference = _load_reference(company, now, key_id=key_id, secret=secret)
    made = list(_products(company, reference, now))
    Product.objects.bulk_create(made)
    _price(made, now)
    _offer_add_ons(company, reference, now)
    for chunk in batched(Product.objects.filter(shelf=None).values_list("pk", flat=True), 100):
        products.refresh_shelf(product_ids=chunk, now=now)
    _classify(company, accounts, now)
    _show_some(company, accounts, made, now)


def _load_reference(company: Company, now: datetime, *, key_id: str, secret: str) -> Reference:
    tax_class = TaxClass.objects.create(
        code="3040203010000000000", name="信息系统服务", short_name="信息技术服务"
    )
    TaxRate.objects.create(
        tax_class=tax_class, rate=Decimal("0.06"), valid_from=now - 2 * ON_SALE_FOR
    )
    _open_accounts(company, key_id=key_id, secret=secret)
    vendors = {vendor.code: vendor for vendor in Vendor.objects.all()}
    _load_places(vendors)
    return Reference(
        supplier=_load_suppliers(company, vendors, now),
        tax_class=tax_class,
        vendors=vendors,
        categories={category.slug: category for category in Category.objects.all()},
    )


def _open_accounts(company: Company, *, key_id: str, secret: str) -> None:
    """One at each computing centre; the sandbox cloud plays them as well."""
    for code, (name, *_rest) in CENTRES.items():
        vendor = products.load_vendor(code=code, name=name)
        CloudAccount.objects.create(
            tenant=company.platform,
            vendor=vendor,
            name=f"{name} 主账号",
            access_key_id=key_id,
            secret=secret,
        )


def _load_suppliers(company: Company, vendors: dict[str, Vendor], now: datetime) -> Supplier:
    """Two companies to buy from; the one for the clouds is returned."""
    suppliers = [
        Supplier.objects.create(
            tenant=company.platform,
            code=code,
            name=f"{name}（示例）",
            settlement_method=method,
            settlement_cycle=cycle,
            channel_policy="季度返点按阶梯计，价格保护 30 天。",
        )
        for code, name, method, cycle in (
            ("cloud-distribution", "云渠道分销有限公司", "monthly_bill", "month"),
            ("compute-alliance", "算力联盟服务有限公司", "prepaid", "quarter"),
        )
    ]
    suppliers[0].vendors.set(vendors[code] for code in CLOUDS)
    suppliers[1].vendors.set(vendors[code] for code in (*CENTRES, "nscc"))
    for supplier in suppliers:
        products.add_supplier_contact(
            supplier=supplier,
            facts=products.SupplierContactFacts(
                "方经理", "商务", f"sales@{supplier.code}.example", "010 6552 9988"
            ),
            actor=company.boss,
            now=now,
        )
        products.add_supplier_account(
            supplier=supplier,
            holder=supplier.name,
            bank="示例银行北京分行",
            number=f"62220210{supplier.pk:012d}",
            actor=company.boss,
            now=now,
        )
    cloud_terms = SupplierTerm.objects.filter(tenant=company.platform, vendor__code__in=CLOUDS)
    cloud_terms.update(supplier=suppliers[0])
    return suppliers[0]


def _load_places(vendors: dict[str, Vendor]) -> None:
    CloudRegion.objects.create(code="cn-qingyang", name="庆阳", name_en="Qingyang", position=20)
    names = CloudRegion.objects.names()
    with translation.override("en"):
        english = CloudRegion.objects.names()
    for code, (_brand, region, zone, _level) in (CLOUDS | CENTRES).items():
        place, _is_new = CloudRegion.objects.get_or_create(
            code=region, defaults={"name": names[region], "name_en": english[region]}
        )
        Zone.objects.create(
            region=place, vendor=vendors[code], code=zone, name=f"{place.name} {zone}"
        )


def _products(company: Company, reference: Reference, now: datetime) -> Iterator[Product]:
    for position, (vendor, line) in enumerate(_lines(), start=100):
        brand = (CLOUDS | CENTRES)[vendor][0]
        yield Product(
            tenant=company.platform,
            vendor=reference.vendors[vendor],
            category=reference.categories[line.category],
            supplier=reference.supplier if vendor in CLOUDS else None,
            tax_class=reference.tax_class,
            code=f"{vendor}-{line.code}",
            name=f"{brand} {line.name}",
            summary=f"{line.name}，{line.mode.label}计费",
            description=f"由{brand}提供的{line.name}，价格含税。",
            position=position,
            status=ProductStatus.ON_SALE,
            on_sale_at=now - ON_SALE_FOR,
        )


def _lines() -> Iterator[tuple[str, Line]]:
    for vendor in CLOUDS:
        yield from ((vendor, line) for line in LINES)
    for vendor in CENTRES:
        yield from ((vendor, line) for line in OF_CENTRES)


def _price(made: list[Product], now: datetime) -> None:
    skus, prices = [], []
    for product, (vendor, line) in zip(made, _lines(), strict=True):
        _brand, region, zone, level = (CLOUDS | CENTRES)[vendor]
        unit, first, factor = line.units.split()
        for size in range(2):
            times = int(factor) ** size
            fixed = {
                name: int(value) if value.isdigit() else value.replace("_", " ")
                for name, value in (pair.split("=") for pair in line.fixed.split())
            }
            sku = Sku(
                product=product,
                code=f"{line.code}-{size + 1}",
                name=f"{'标准版' if size == 0 else '增强版'} · {line.mode.label}",
                vendor_sku=f"{product.code}.{size + 1}",
                specification={**fixed, unit: int(first) * times},
                region=region,
                zone=zone,
                billing_mode=line.mode,
                position=size,
            )
            price = round_fen(Decimal(line.price) * Decimal(level) * times)
            skus.append(sku)
            prices.append(
                Price(
                    sku=sku,
                    unit_price=price,
                    unit_cost=round_fen(price * COST),
                    valid_from=now - ON_SALE_FOR,
                )
            )
    Sku.objects.bulk_create(skus)
    Price.objects.bulk_create(prices)


def _offer_add_ons(company: Company, reference: Reference, now: datetime) -> None:
    """Hardening and managed operations, offered with every server."""
    servers = Product.objects.filter(category__slug__in=("compute", "gpu"))
    for position, (code, name, price) in enumerate(ADD_ONS):
        product = products.take_over_offer(
            tenant=company.platform,
            offer=products.ProductOffer(
                vendor=reference.vendors["sandbox"],
                category=reference.categories["security"],
                code=f"addon-{code}",
                name=name,
                summary="随云服务器选购的专家服务",
                description=f"{name}：由我们的工程师提供。",
                tax_rate=Decimal("0.06"),
                skus=(
                    products.SkuOffer(
                        code="monthly",
                        name="包月",
                        billing_mode=MONTHLY,
                        unit_price=Decimal(price),
                        specification={"nodes": 1},
                    ),
                ),
            ),
            position=400 + position,
            valid_from=now - ON_SALE_FOR,
            now=now,
        )
        sku = product.skus.get()
        AddOn.objects.bulk_create(
            AddOn(product=server, sku=sku, position=position, is_default=False)
            for server in servers
        )


def _classify(company: Company, accounts: list[Account], now: datetime) -> None:
    """Tags on half of the platform's customers; the first ones have a tier."""
    tags = [
        CustomerTag.objects.get_or_create(tenant=company.platform, name=name)[0] for name in TAGS
    ]
    for number, account in enumerate(accounts[:20]):
        tier = TIERS[number // 4] if number < 4 * len(TIERS) else CustomerTier.STANDARD
        customers.classify_customer(
            customer=account.customer,
            tier=tier,
            tags=[tags[number % len(tags)]] if number % 2 == 0 else [],
            actor=company.boss,
            now=now,
        )


def _show_some(
    company: Company, accounts: list[Account], made: list[Product], now: datetime
) -> None:
    by_code = {product.code: product for product in made}
    grey, invited = by_code["aliyun-vec"], by_code["qingyang-h800"]
    draft = by_code["horinger-910b"]
    Product.objects.filter(pk__in=(grey.pk, draft.pk)).update(
        status=ProductStatus.DRAFT, on_sale_at=None
    )
    operations = company.staff["operations@kboss.example"]
    products.request_listing(
        product=Product.objects.get(pk=draft.pk),
        reason="新品上架：国产训练集群",
        actor=operations,
        now=now,
    )
    Product.objects.filter(pk=grey.pk).update(status=ProductStatus.REVIEW, submitted_at=now)
    products.start_grey_release(product=grey, percent=20, actor=company.boss, now=now)
    products.change_grey_release(
        product=grey,
        percent=20,
        customers=[accounts[0].customer],
        actor=company.boss,
        now=now,
    )
    Product.objects.filter(pk=invited.pk).update(visibility=Visibility.INVITED)
    tag = CustomerTag.objects.get(tenant=company.platform, name="教育科研")
    ProductInvitation.objects.create(product=invited, tag=tag)
    ProductInvitation.objects.create(product=invited, tenant=company.distributors[0])
