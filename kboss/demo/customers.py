"""Thirty customers of the demo, their portal users and discounts."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from stdnum.cn import uscc

from apps.customers import services as customers
from apps.customers.enums import ContactRole
from apps.customers.models import Customer, Membership
from apps.customers.services import ContactFacts
from apps.products.enums import DiscountScope
from apps.products.models import Category, CustomerDiscount
from apps.rbac.enums import UserKind
from apps.rbac.models import User
from kboss.demo import PASSWORD
from kboss.demo.people import Company, give, new_user

NAMES = (
    "星河智算科技", "远帆生物信息", "青禾数字农业", "拓界自动驾驶", "明德在线教育",
    "云栖影像渲染", "沐光新能源", "海纳跨境电商", "锐新材料计算", "知微舆情分析",
    "天工工业软件", "合众医疗影像", "灵犀语音技术", "汇川供应链", "澜起游戏工作室",
    "朝闻融媒体", "启明气象服务", "嘉禾基因测序", "磐石信息安全", "小满智能客服",
    "九州测绘地理", "泛海流体仿真", "知行法律科技", "新程智慧物流", "博观数据研究院",
    "致远机器人", "清源水务数字化", "万象大模型应用", "初心公益信息", "长风航天数据",
)  # fmt: skip
INDUSTRIES = ("人工智能", "生物医药", "智能制造", "教育", "互联网", "科研")
UNVERIFIED = 2  # applied, and wait for a look at their papers
FAMILIES = "赵钱孙李周吴郑王冯陈"


@dataclass(frozen=True)
class Account:
    """A customer with the portal user who acts for him."""

    customer: Customer
    owner: User


def load_customers(company: Company, *, since: datetime, dice: random.Random) -> list[Account]:
    """Customers who signed up in the first weeks after `since`, most of them verified."""
    hashed = make_password(PASSWORD)
    tenants = [company.platform] * 20 + list(company.distributors) * 5
    accounts = []
    for number, (name, tenant) in enumerate(zip(NAMES, tenants, strict=True)):
        is_first = number == 0
        at = since + timedelta(days=0 if is_first else dice.randint(0, 60), hours=number)
        owner = new_user(
            email="owner@customer.example" if is_first else f"owner{number}@customer.example",
            name=f"{name[:2]}管理员",
            phone=f"+861370000{number:04d}",
            tenant=tenant,
            hashed=hashed,
            kind=UserKind.PORTAL,
        )
        give(owner, "portal-owner")
        customer = customers.register_customer(
            user=owner, company_name=f"{name}有限公司（示例）", now=at
        )
        sellers = company.sellers(tenant)
        customer.owner = sellers[number % len(sellers)]
        customer.industry = INDUSTRIES[number % len(INDUSTRIES)]
        customer.save(update_fields=["owner", "industry"])
        customers.submit_verification(customer=customer, uscc=_uscc(number), actor=owner, now=at)
        customer.refresh_from_db()
        if number < len(NAMES) - UNVERIFIED:
            customers.confirm_verification(
                customer=customer, actor=company.boss, now=at + timedelta(hours=3)
            )
            customer.refresh_from_db()
        accounts.append(Account(customer=customer, owner=owner))
    bookkeeper = _add_bookkeeper(accounts[0], hashed)
    _add_contacts(accounts, bookkeeper, now=since)
    _add_discounts(accounts, since=since)
    return accounts


def _uscc(number: int) -> str:
    """A code that is well-formed and nobody's: district 000000 does not exist."""
    base = f"91000000DEM{number:06d}"
    return base + uscc.calc_check_digit(base)


def _add_bookkeeper(account: Account, hashed: str) -> User:
    user = new_user(
        email="finance@customer.example",
        name="星河财务",
        phone="+8613700009999",
        tenant=account.customer.tenant,
        hashed=hashed,
        kind=UserKind.PORTAL,
    )
    give(user, "portal-finance")
    Membership.objects.create(customer=account.customer, user=user)
    return user


def _add_contacts(accounts: list[Account], bookkeeper: User, *, now: datetime) -> None:
    """Each company has somebody for money and somebody for machines; one works for two."""
    for number, account in enumerate(accounts):
        domain = f"c{number:02d}.example"
        people = [
            ContactFacts(
                name=bookkeeper.display_name if number == 0 else f"{FAMILIES[number % 10]}会计",
                roles=[ContactRole.FINANCE, ContactRole.BUSINESS],
                email=bookkeeper.email if number == 0 else f"finance@{domain}",
                phone=bookkeeper.phone if number == 0 else f"+8613600{number:06d}",
                user=bookkeeper if number == 0 else None,
            ),
            ContactFacts(
                name="林工（外包运维）" if number < 2 else f"{FAMILIES[(number + 3) % 10]}工",
                roles=[ContactRole.TECHNICAL],
                email="lin@ops.example" if number < 2 else f"it@{domain}",
                phone="+8613611112222" if number < 2 else f"+8613500{number:06d}",
            ),
        ]
        for facts in people:
            customers.add_contact(
                customer=account.customer, facts=facts, actor=account.owner, now=now
            )


def _add_discounts(accounts: list[Account], *, since: datetime) -> None:
    """A third has a framework discount, the first also a better one on computing power."""
    for number, account in enumerate(accounts):
        if number % 3 == 0:
            CustomerDiscount.objects.create(
                customer=account.customer,
                name="年度框架折扣",
                rate=Decimal("0.90") - Decimal("0.01") * (number % 5),
                scope=DiscountScope.ALL,
                valid_from=since,
            )
    CustomerDiscount.objects.create(
        customer=accounts[0].customer,
        name="算力项目折扣",
        rate=Decimal("0.82"),
        scope=DiscountScope.CATEGORY,
        category=Category.objects.get(slug="gpu"),
        valid_from=since,
    )
