"""What is agreed in the demo: with customers, with suppliers, with a distributor, with sales."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from apps.approvals import services as approvals
from apps.approvals.models import Approval, Task
from apps.core.money import round_fen
from apps.customers.models import Customer
from apps.products import services as products
from apps.products.agreement_enums import AgreementKind, CommitmentKind, OnExpiry, TermKind
from apps.products.models import (
    AgreementPrice,
    Category,
    DiscountAuthority,
    Price,
    PriceAgreement,
    PriceList,
    PriceListPrice,
    SupplierTerm,
    Vendor,
)
from apps.products.periods import midnight
from apps.rbac.models import Role, Tenant
from kboss.demo.business import at
from kboss.demo.customers import Account
from kboss.demo.people import Company

PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LAST_DAY = 24  # days from now: the shown customer's agreement ends in 25 days


def load_agreements(company: Company, accounts: list[Account], *, until: datetime) -> None:
    """Agreements in several states, terms, a price list, an authority table, and a dry run."""
    ours = [account.customer for account in accounts if account.customer.verified_at]
    verified = [one for one in ours if one.tenant_id == company.platform.pk]
    _authority(company.platform)
    _terms(company.platform, until)
    framework = _framework(company, verified[0], until)
    _tiered(company, verified[1], until)
    _waiting(company, verified[2], until)
    _project_draft(company, verified[3], until)
    _distributor(company, until)
    with at(until - 2 * HOUR) as now:
        run = products.start_dry_run(
            subject=(framework._meta.label, framework.pk), actor=company.boss, now=now
        )
        products.run_dry_run(dry_run_id=run.pk, clock=lambda: now)


def _framework(company: Company, customer: Customer, until: datetime) -> PriceAgreement:
    """In force, ends in 25 days, and the customer bought less than he promised."""
    with at(until - 150 * DAY) as now:
        agreement = _draft(
            company,
            customer,
            now,
            name="年度框架协议",
            last=timezone.localdate(until) + LAST_DAY * DAY,
            on_expiry=OnExpiry.GRACE,
            grace_days=15,
            commitment_kind=CommitmentKind.MONTHLY,
            commitment=Decimal(8_000),
        )
        _price(agreement, "云服务器框架价", rate=Decimal("0.92"), category="compute")
        _price(agreement, "其他产品框架价", rate=Decimal("0.96"))
    return _agreed(company, agreement, until - 150 * DAY)


def _tiered(company: Company, customer: Customer, until: datetime) -> None:
    with at(until - 40 * DAY) as now:
        agreement = _draft(
            company,
            customer,
            now,
            name="GPU 算力阶梯协议",
            last=timezone.localdate(until) + 300 * DAY,
            on_expiry=OnExpiry.NO_PURCHASES,
        )
        steps = [{"from": "0", "rate": "0.96"}, {"from": "50000", "rate": "0.92"}]
        steps.append({"from": "200000", "rate": "0.88"})
        _price(
            agreement,
            "GPU 算力阶梯价",
            category="gpu",
            change="tiers",
            steps=steps,
            measure="spend",
            method="slab",
            period="quarter",
        )
    _agreed(company, agreement, until - 40 * DAY)


def _waiting(company: Company, customer: Customer, until: datetime) -> None:
    with at(until - 20 * HOUR) as now:
        agreement = _draft(
            company,
            customer,
            now,
            name="存储框架协议",
            last=timezone.localdate(until) + 365 * DAY,
            commitment_kind=CommitmentKind.TOTAL,
            commitment=Decimal(120_000),
        )
        _price(agreement, "对象存储框架价", rate=Decimal("0.88"), category="storage")
        _submit(company, agreement, now)


def _project_draft(company: Company, customer: Customer, until: datetime) -> None:
    with at(until - 3 * HOUR) as now:
        agreement = _draft(
            company,
            customer,
            now,
            name="智慧园区项目价",
            last=timezone.localdate(until) + 180 * DAY,
            kind=AgreementKind.PROJECT,
            project="PARK-2026",
        )
        _price(agreement, "项目云服务器价", rate=Decimal("0.85"), category="compute")


def _draft(
    company: Company, customer: Customer, now: datetime, *, last: date, **facts: Any
) -> PriceAgreement:
    agreement = products.open_agreement(
        customer=customer,
        starts_on=timezone.localdate(now),
        ends_on=last,
        actor=company.boss,
        now=now,
        **facts,
    )
    file = ContentFile(PAPER, name=f"{agreement.name}-已签署.pdf")
    return products.keep_signed_file(agreement=agreement, file=file, actor=company.boss, now=now)


def _price(agreement: PriceAgreement, name: str, *, category: str = "", **facts: object) -> None:
    covered = Category.objects.get(slug=category) if category else None
    AgreementPrice.objects.create(
        agreement=agreement,
        name=name,
        scope="category" if covered else "all",
        category=covered,
        valid_from=agreement.valid_from,
        valid_until=agreement.prices_until,
        **facts,
    )


def _submit(company: Company, agreement: PriceAgreement, now: datetime) -> Approval:
    seller = agreement.customer.owner or company.boss
    return products.submit_agreement(
        agreement=agreement, reason="年度合作，用量稳定增长", actor=seller, now=now
    )


def _agreed(company: Company, agreement: PriceAgreement, moment: datetime) -> PriceAgreement:
    with at(moment + HOUR) as now:
        approval = _submit(company, agreement, now)
    for turn in range(2, 12):
        task = Task.objects.open().filter(approval=approval).order_by("-assignee").first()
        if task is None:
            break
        with at(moment + turn * HOUR) as now:
            approvals.approve(approval=approval, actor=task.assignee, note="同意", now=now)
            approvals.run_effect(approval_id=approval.pk, now=now)
    agreement.refresh_from_db()
    return agreement


def _authority(platform: Tenant) -> None:
    gpu = Category.objects.get(slug="gpu")
    rows: list[tuple[str, Category | None, str, str, int | None]] = [
        ("sales", None, "0.92", "0.05", 2_000),
        ("sales", gpu, "0.97", "0.05", 1_000),
        ("sales-manager", None, "0.85", "0.03", 20_000),
    ]
    for role, category, lowest, margin, most in rows:
        DiscountAuthority.objects.create(
            tenant=platform,
            role=Role.objects.get(code=role),
            scope="category" if category else "all",
            category=category,
            lowest_rate=Decimal(lowest),
            min_margin=Decimal(margin),
            most_off=Decimal(most) if most else None,
        )


def _terms(platform: Tenant, until: datetime) -> None:
    quarter = midnight(timezone.localdate(until).replace(month=1, day=1))
    for vendor, kind, rate, name in (
        ("aliyun", TermKind.REBATE, "0.06", "阿里云代理返点"),
        ("aliyun", TermKind.BACK_REWARD, "0.02", "阿里云季度后返（预计）"),
        ("volcengine", TermKind.REBATE, "0.05", "火山引擎代理返点"),
        ("baidu", TermKind.FUND, "0.03", "百度智能云代金券基金"),
    ):
        SupplierTerm.objects.create(
            tenant=platform,
            name=name,
            kind=kind,
            rate=Decimal(rate),
            scope="vendor",
            vendor=Vendor.objects.get(code=vendor),
            valid_from=quarter,
        )
    products.bump_rules(tenant=platform)


def _distributor(company: Company, until: datetime) -> None:
    """The distributor buys at 82 % and lists at 97 %."""
    distributor = company.distributors[0]
    since = midnight(timezone.localdate(until - 60 * DAY))
    products.agree_purchase_price(
        distributor=distributor,
        percent=Decimal(82),
        valid_from=since,
        actor=None,
        reason="年度渠道协议",
    )
    listed = PriceList.objects.create(
        tenant=distributor,
        name=f"{distributor.name}价目表",
        lowest=Decimal("0.9"),
        valid_from=since,
    )
    PriceListPrice.objects.create(
        price_list=listed, name="渠道目录价", rate=Decimal("0.97"), valid_from=since
    )
    with at(until - DAY) as now:
        products.publish_price_list(price_list=listed, actor=company.boss, now=now)
        _fixed_price(company, distributor, now)


def _fixed_price(company: Company, distributor: Tenant, now: datetime) -> None:
    """The next list has one price in yuan: it waits for those who decide."""
    sku = Price.objects.at(now).filter(sku__billing_mode="monthly", unit_cost__isnull=False)
    price = sku.select_related("sku").order_by("pk")[0]
    following = PriceList.objects.create(
        tenant=distributor, name=f"{distributor.name}价目表（下季度）", valid_from=now
    )
    PriceListPrice.objects.create(
        price_list=following, name="渠道目录价", rate=Decimal("0.97"), valid_from=now
    )
    PriceListPrice.objects.create(
        price_list=following,
        name=f"{price.sku.name} 渠道特价",
        change="fixed_price",
        unit_price=round_fen(price.unit_price * Decimal("0.95")),
        scope="sku",
        sku=price.sku,
        valid_from=now,
    )
    products.request_price_list(
        price_list=following, reason="渠道旺季备货", actor=company.boss, now=now
    )
