"""What is there before the first browser opens: the demo's staff and shelf, and four customers."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from stdnum.cn import uscc

from apps.approvals import services as approvals
from apps.billing import services as billing
from apps.billing.enums import InvoiceKind
from apps.customers import services as customers
from apps.customers.models import Customer
from apps.orders import services as orders
from apps.products import services as products
from apps.products.campaigns import BatchStatus, VoucherStatus
from apps.products.enums import ChangeType, DiscountScope
from apps.products.models import CustomerDiscount, Sku, Voucher, VoucherBatch
from apps.rbac.enums import UserKind
from apps.rbac.models import Tenant, User
from kboss.demo import PASSWORD
from kboss.demo import people as staff
from kboss.demo.business import load_cloud_accounts
from kboss.demo.catalogue import load_catalogue
from simulators.keys import CLOUD_ACCESS_KEYS
from tests.e2e.people import EVERYBODY, THRIFTY, VETERAN, Company

LAST_MONTH = date(2026, 10, 1)


def build() -> staff.Company:
    """Without the sandbox; `load_dingtalk` needs it to run."""
    now = timezone.now()
    company = staff.load_people()
    load_catalogue(company.platform, now)
    access_key_id, secret = next(iter(CLOUD_ACCESS_KEYS.items()))
    load_cloud_accounts(company.platform, access_key_id=access_key_id, secret=secret)
    hashed = make_password(PASSWORD)
    for number, one in enumerate(EVERYBODY):
        _register(one, company=company, hashed=hashed, now=now, number=number)
    _do_business(now)
    _give_voucher(now)
    approvals.install_standard_flows(now=now)
    _ask(now)
    return company


def _ask(now: datetime) -> None:
    """The veteran waits for an invoice, which finance decides on."""
    billing.request_invoice(
        customer=Customer.objects.get(name=VETERAN.name),
        amount=Decimal("120.00"),
        invoice_kind=InvoiceKind.GENERAL,
        title=VETERAN.name,
        tax_number="91110108MA01KBOSS0",
        email=VETERAN.email,
        reason="十月消费",
        actor=User.objects.get(email=VETERAN.email),
        now=now,
    )


def _register(
    one: Company, *, company: staff.Company, hashed: str, now: datetime, number: int
) -> None:
    tenant = Tenant.objects.get(code=one.tenant)
    owner = staff.new_user(
        email=one.email,
        name=f"{one.name[:2]}管理员",
        phone=one.phone,
        tenant=tenant,
        hashed=hashed,
        kind=UserKind.PORTAL,
    )
    staff.give(owner, "portal-owner")
    customer = customers.register_customer(user=owner, company_name=one.name, now=now)
    customer.owner = company.sellers(tenant)[0]
    customer.save(update_fields=["owner"])
    base = f"91000000E2E{number:06d}"
    code = base + uscc.calc_check_digit(base)
    customers.submit_verification(customer=customer, uscc=code, actor=owner, now=now)
    customers.confirm_verification(customer=customer, actor=company.boss, now=now)
    if one.cash:
        billing.record_bank_recharge(
            customer=customer,
            amount=Decimal(one.cash),
            reference=f"BANK{number:08d}",
            actor=company.boss,
            now=now,
        )


def _give_voucher(now: datetime) -> None:
    """The thrifty have 30.00 off from 100.00 on; the veteran has something in his cart."""
    thrifty = Customer.objects.get(name=THRIFTY.name)
    span = {"valid_from": now, "valid_until": now + timedelta(days=30)}
    batch = VoucherBatch.objects.create(
        number="VCB20261122000001",
        tenant=thrifty.tenant,
        name="满百减三十",
        scope=DiscountScope.ALL,
        change=ChangeType.FACE_VALUE,
        amount=Decimal("30.00"),
        threshold=Decimal("100.00"),
        total=1,
        issued=1,
        status=BatchStatus.APPROVED,
        created_at=now,
        approved_at=now,
        **span,
    )
    Voucher.objects.create(
        code="ZHIJIAN30OFF",
        batch=batch,
        customer=thrifty,
        status=VoucherStatus.AVAILABLE,
        issued_at=now,
        received_at=now,
        **span,
    )
    veteran = Customer.objects.get(name=VETERAN.name)
    for code in ("s1-small", "s1-medium"):
        sku = Sku.objects.get(product__code="sandbox-ecs", code=code)
        products.add_to_cart(
            customer=veteran,
            wanted=products.QuoteLineIn(sku_id=sku.pk, quantity=1, periods=1),
            actor=User.objects.get(email=VETERAN.email),
            now=now,
        )


def _do_business(now: datetime) -> None:
    """The veteran has a discount, a bill, and an order that is carried out when the jobs start."""
    customer = Customer.objects.get(name=VETERAN.name)
    owner = User.objects.get(email=VETERAN.email)
    CustomerDiscount.objects.create(
        customer=customer,
        name="年度框架折扣",
        rate=Decimal("0.90"),
        scope=DiscountScope.ALL,
        valid_from=now,
    )
    billing.charge_usage(
        customer=customer,
        month=LAST_MONTH,
        items=[
            billing.UsageCharge(
                product_code="ecs",
                product_name="云服务器 ECS",
                resource_id="i-0123456789abcdef",
                region="cn-beijing",
                list_cost=Decimal("137.178123456789"),
                payable=Decimal("123.460311111110"),
            )
        ],
        key=f"usage:{customer.pk}:{LAST_MONTH:%Y%m}",
        now=now,
    )
    sku = Sku.objects.get(product__code="sandbox-ecs", code="s1-medium")
    with transaction.atomic():
        quote = products.create_quote(
            customer=customer,
            lines=[products.QuoteLineIn(sku_id=sku.pk, quantity=1, periods=1)],
            actor=owner,
            now=now,
        )
        order = orders.place_order(quote=quote, actor=owner, now=now)
        orders.pay_order(order=order, actor=owner, now=now)
