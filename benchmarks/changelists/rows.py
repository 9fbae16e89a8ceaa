"""As many rows as asked for in the big tables: one row of each by the models, the rest are copies
that the database makes of it, each with its own number, customer and day."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from apps.billing.models import Entry
from apps.clouds.models import CloudAccount, Resource
from apps.customers.models import Customer
from apps.orders.models import Order
from apps.products.enums import BillingMode
from apps.products.models import Category, Price, Product, Quote, RuleClaim, Sku, Vendor
from apps.rbac.models import Tenant, User

CUSTOMERS, EACH = 1_000, 20  # EACH: SKUs of a product


def fill(count: int, tenant: Tenant, user: User) -> None:
    customer = _customers(tenant)
    spread = {"customer_id": f"{customer} + s.seq % {CUSTOMERS}"}
    sku = _catalogue(count, tenant)
    quote = _quotes(count, tenant, user, customer, spread)
    _orders(count, quote, user, spread)
    _ledger(count, tenant, customer, spread)
    _resources(count, tenant, customer, sku, spread)
    _claims(count, quote, spread)
    for model in (Customer, Product, Sku, Price, Quote, Order, Entry, Resource, RuleClaim):
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE TABLE {model._meta.db_table}")


def _quotes(count: int, tenant: Tenant, user: User, customer: int, spread: dict[str, str]) -> Quote:
    now = timezone.now()
    quote = Quote.objects.create(
        number="QTE0",
        tenant=tenant,
        customer_id=customer,
        list_total=Decimal("100.00"),
        total=Decimal("85.00"),
        snapshot='{"lines": []}' + " " * 4000,  # as long as one is
        created_by=user,
        created_at=now,
        expires_at=now + timedelta(minutes=30),
    )
    moments = ("created_at", "expires_at")
    since = {column: f"t.{column} - INTERVAL s.seq MINUTE" for column in moments}
    _copy(quote, count, number="CONCAT('QTE', s.seq)", **since, **spread)
    return quote


def _orders(count: int, quote: Quote, user: User, spread: dict[str, str]) -> None:
    order = Order.objects.create(
        number="ORD0",
        tenant=quote.tenant,
        customer_id=quote.customer_id,
        quote=quote,
        list_total=quote.list_total,
        total=quote.total,
        placed_by=user,
        placed_at=quote.created_at,
    )
    _copy(
        order,
        count,
        number="CONCAT('ORD', s.seq)",
        quote_id=f"{quote.pk} + s.seq",
        status="IF(s.seq % 2, 'cancelled', t.status)",
        closed_at="IF(s.seq % 2, t.placed_at, NULL)",
        placed_at="t.placed_at - INTERVAL s.seq MINUTE",
        **spread,
    )


def _claims(count: int, quote: Quote, spread: dict[str, str]) -> None:
    claim = RuleClaim.objects.create(
        key="ORD0",
        rule_key="promotion:0",
        customer_id=quote.customer_id,
        quote=quote,
        day=quote.created_at.date(),
        units=1,
        amount=Decimal("15.00"),
        is_counted=True,
        claimed_at=quote.created_at,
    )
    _copy(
        claim,
        count,
        key="CONCAT('ORD', s.seq)",
        rule_key="CONCAT('promotion:', s.seq % 200)",
        quote_id=f"{quote.pk} + s.seq",
        day="t.day - INTERVAL s.seq % 400 DAY",
        **spread,
    )


def _customers(tenant: Tenant) -> int:
    first = Customer.objects.create(
        number="CUS0", tenant=tenant, name="云海科技 0", created_at=timezone.now()
    )
    _copy(first, CUSTOMERS, number="CONCAT('CUS', s.seq)", name="CONCAT('云海科技 ', s.seq)")
    return int(first.pk)


def _catalogue(count: int, tenant: Tenant) -> int:
    """The key of the first SKU."""
    product = Product.objects.create(
        tenant=tenant,
        vendor=Vendor.objects.create(code="bench", name="Bench"),
        category=Category.objects.create(slug="bench", name="Bench"),
        code="product-0",
        name="云服务器 0",
    )
    products = max(count // EACH, 2)
    _copy(product, products, code="CONCAT('product-', s.seq)", name="CONCAT('云服务器 ', s.seq)")
    sku = Sku.objects.create(
        product=product,
        code="sku-0",
        name="北京 2 核",
        region="cn-beijing",
        billing_mode=BillingMode.MONTHLY,
    )
    _copy(
        sku,
        count,
        product_id=f"{product.pk} + s.seq % {products}",
        code="CONCAT('sku-', s.seq)",
        billing_mode=f"IF(s.seq % 2, '{BillingMode.MONTHLY}', '{BillingMode.HOURLY}')",
    )
    price = Price.objects.create(
        sku=sku, unit_price=Decimal("100.37"), valid_from=timezone.now() - timedelta(days=400)
    )
    _copy(
        price,
        count,
        sku_id=f"{sku.pk} + s.seq",
        valid_from="t.valid_from + INTERVAL s.seq % 400 DAY",
    )
    return int(sku.pk)


def _ledger(count: int, tenant: Tenant, customer: int, spread: dict[str, str]) -> None:
    now = timezone.now()
    entry = Entry.objects.create(
        key="recharge:0",
        digest="0" * 64,
        kind="recharge",
        tenant=tenant,
        customer_id=customer,
        source_label="billing.Recharge",
        source_pk="0",
        period=now.date().replace(day=1),
        posted_at=now,
        amount=Decimal("10.00"),
        balance=Decimal("10.00"),
        note="RCH0",
    )
    _copy(
        entry,
        count,
        key="CONCAT('recharge:', s.seq)",
        kind="IF(s.seq % 2, 'usage', 'recharge')",
        source_pk="s.seq",
        note="CONCAT('RCH', s.seq)",
        posted_at="t.posted_at - INTERVAL s.seq MINUTE",
        **spread,
    )


def _resources(count: int, tenant: Tenant, customer: int, sku: int, spread: dict[str, str]) -> None:
    account = CloudAccount.objects.create(
        tenant=tenant, vendor=Vendor.objects.get(), name="Bench", endpoint="http://localhost"
    )
    resource = Resource.objects.create(
        tenant=tenant,
        customer_id=customer,
        account=account,
        sku_id=sku,
        token="t0",  # noqa: S106  a number, no secret
        vendor_id="i-0",
        name="web-0",
        region="cn-beijing",
        billing_mode=BillingMode.MONTHLY,
        created_at=timezone.now(),
    )
    _copy(
        resource,
        count,
        sku_id=f"{sku} + s.seq",
        token="CONCAT('t', s.seq)",  # noqa: S106  a number, no secret
        vendor_id="CONCAT('i-', s.seq)",
        name="CONCAT('web-', s.seq)",
        public_ip="CONCAT('10.', s.seq % 250, '.', s.seq % 240, '.', s.seq % 230)",
        billing_mode=f"IF(s.seq % 2, '{BillingMode.MONTHLY}', '{BillingMode.HOURLY}')",
        created_at="t.created_at - INTERVAL s.seq MINUTE",
        **spread,
    )


def _copy(row: Model, count: int, **varied: Any) -> None:
    """Copies of `row`, so that there are `count` in all, with the keys that follow its own."""
    columns = [str(field.column) for field in row._meta.concrete_fields]
    varied["id"] = f"{row.pk} + s.seq"
    values = ", ".join(varied.get(column, f"t.`{column}`") for column in columns)
    table, names = row._meta.db_table, ", ".join(f"`{column}`" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} "  # noqa: S608  names of this module
            f"FROM seq_1_to_{count - 1} s JOIN {table} t ON t.id = {row.pk}"
        )
