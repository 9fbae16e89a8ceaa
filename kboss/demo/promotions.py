"""What is on offer today, and what became of vouchers: made, decided and used by the services."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.approvals import services as approvals
from apps.approvals.models import Approval, Task
from apps.customers.enums import CustomerTier
from apps.customers.models import Customer
from apps.orders import services as orders
from apps.orders.enums import OrderStatus
from apps.orders.models import Order, Saga
from apps.products import services as products
from apps.products.campaigns import PromotionKind
from apps.products.enums import ChangeType, DiscountScope
from apps.products.models import (
    Campaign,
    Category,
    Product,
    Promotion,
    Sku,
    Voucher,
    VoucherBatch,
)
from kboss.demo.business import Story, at, top_up
from kboss.demo.customers import Account
from kboss.demo.people import Company

EVENING = 22  # o'clock in Beijing
RUNS = 12


def load_promotions(company: Company, accounts: list[Account], story: Story) -> None:
    """A flash sale until this evening, a first order, a spend-and-save, a tier's discount, a draft;
    and vouchers in every state."""
    buyers = [account for account in accounts if account.customer.verified_at]
    Customer.objects.filter(pk=buyers[0].customer.pk).update(tier=CustomerTier.GOLD)
    for account in buyers:
        account.customer.refresh_from_db()
    _campaigns_of_today(company, story)
    _standing_campaigns(company, story)
    _campaigns_by_spending(company, story)
    _vouchers(company, buyers, story)
    _buy(buyers[0], story, ago=timedelta(minutes=50))
    _buy(buyers[1], story, ago=timedelta(minutes=40))


def _campaigns_of_today(company: Company, story: Story) -> None:
    medium = Sku.objects.get(product__code="sandbox-ecs", code="s1-medium")
    _campaign(
        company,
        story,
        {"name": "今日秒杀", "name_en": "Flash sale of the day", "banner": "2 核 4 GiB 一口价"},
        _evening(story.until),
        kind=PromotionKind.FLASH_SALE,
        name="2 核 4 GiB 限时秒杀",
        name_en="2 vCPU 4 GiB flash sale",
        change=ChangeType.FIXED_PRICE,
        unit_price=Decimal("59.00"),
        scope=DiscountScope.SKU,
        sku=medium,
        cap_total=100,
        cap_per_customer=5,
        cap_budget=Decimal("4000.00"),
        may_break_floor=True,
    )


def _standing_campaigns(company: Company, story: Story) -> None:
    compute = Category.objects.get(slug="compute")
    _campaign(
        company,
        story,
        {"name": "新客首单", "name_en": "First order", "banner": "首单云服务器 85 折"},
        None,
        kind=PromotionKind.FIRST_ORDER,
        name="首单 85 折",
        name_en="15 % off the first order",
        rate=Decimal("0.85"),
        scope=DiscountScope.CATEGORY,
        category=compute,
    )
    _campaign(
        company,
        story,
        {"name": "金牌客户常规折扣", "name_en": "Gold customers"},
        None,
        kind=PromotionKind.PLATFORM,
        name="金牌 98 折",
        name_en="2 % off for gold",
        rate=Decimal("0.98"),
        tiers=[CustomerTier.GOLD],
    )


def _campaigns_by_spending(company: Company, story: Story) -> None:
    gpu = Product.objects.get(code="sandbox-gpu")
    evening = _evening(story.until)
    _campaign(
        company,
        story,
        {"name": "算力节", "name_en": "Computing days", "banner": "GPU 满 5000 减 300"},
        evening + timedelta(days=20),
        kind=PromotionKind.SPEND_AND_SAVE,
        name="GPU 满减",
        name_en="Spend and save on GPUs",
        change=ChangeType.SPEND_AND_SAVE,
        steps=[{"from": "5000", "off": "300"}, {"from": "20000", "off": "1500"}],
        scope=DiscountScope.PRODUCT,
        product=gpu,
        cap_budget=Decimal("30000.00"),
    )
    _campaign(
        company,
        story,
        {"name": "双十二预热", "name_en": "Before December 12", "banner": "满 1000 赠 100"},
        evening + timedelta(days=30),
        is_decided=False,
        kind=PromotionKind.SPEND_AND_SAVE,
        name="满千赠百",
        name_en="100 back on 1,000",
        change=ChangeType.SPEND_AND_SAVE,
        steps=[{"from": "1000", "off": "100"}],
        repeats=True,
        is_gift=True,
        cap_budget=Decimal("10000.00"),
    )


def _campaign(
    company: Company,
    story: Story,
    words: dict[str, str],
    until: datetime | None,
    *,
    is_decided: bool = True,
    **rule: Any,
) -> None:
    operations = company.staff["operations@kboss.example"]
    with at(story.until - timedelta(hours=3)) as now:
        campaign = products.open_campaign(
            campaign=Campaign(starts_at=now, ends_at=until, **words),
            tenant=company.platform,
            actor=operations,
            now=now,
        )
        Promotion.objects.create(campaign=campaign, valid_from=now, valid_until=until, **rule)
        approval = products.request_campaign(
            campaign=campaign, reason="年末营销计划", actor=operations, now=now
        )
    if is_decided:
        _agree(approval, story.until - timedelta(hours=2))


def _vouchers(company: Company, buyers: list[Account], story: Story) -> None:
    """Used, reserved no more, free, running out within a week, expired, void, and not claimed."""
    operations = company.staff["operations@kboss.example"]
    welcome = _batch(company, story, days=300, name="新客礼", claim_code="WELCOME50", total=500)
    large = _batch(
        company,
        story,
        days=60,
        name="大促代金券",
        amount=Decimal("100.00"),
        threshold=Decimal("500.00"),
        with_promotions=False,
    )
    past = _batch(company, story, days=-3, name="秋季代金券")
    soon = _batch(company, story, days=5, name="本周用券")
    with at(story.until - timedelta(days=10)) as now:
        for account in buyers[:4]:
            products.issue_voucher(batch=past, customer=account.customer, actor=operations, now=now)
    with at(story.until - timedelta(hours=1)) as now:
        issue = products.start_issue(
            batch=large,
            customers=[account.customer for account in buyers],
            actor=operations,
            now=now,
        )
        products.run_issue(issue_id=issue.pk, now=now)
        for batch in (welcome, soon):
            for account in buyers[:3]:
                products.issue_voucher(
                    batch=batch, customer=account.customer, actor=operations, now=now
                )
        products.make_codes(batch=welcome, count=5, actor=operations, now=now)
        wrong = Voucher.objects.filter(batch=large, customer=buyers[3].customer).get()
        products.void_voucher(voucher=wrong, actor=operations, now=now, reason="发错客户")
        products.expire_vouchers(now=now)


def _batch(
    company: Company,
    story: Story,
    *,
    days: int,
    amount: Decimal = Decimal("50.00"),
    threshold: Decimal = Decimal("98.00"),
    total: int = 100,
    **facts: Any,
) -> VoucherBatch:
    operations = company.staff["operations@kboss.example"]
    begun = story.until - timedelta(days=12)
    with at(begun) as now:
        batch = products.open_batch(
            batch=VoucherBatch(
                amount=amount,
                threshold=threshold,
                total=total,
                valid_from=now,
                valid_until=_evening(story.until + timedelta(days=days)),
                budget_owner=company.boss,
                **facts,
            ),
            tenant=company.platform,
            actor=operations,
            now=now,
        )
        approval = products.request_batch(batch=batch, reason="客户关怀", actor=operations, now=now)
    _agree(approval, begun + timedelta(hours=1))
    return batch


def _agree(approval: Approval, moment: datetime) -> None:
    """Everybody whom it asks says yes; those whose job it is come later in the company's list."""
    with at(moment) as now:
        while task := Task.objects.open().filter(approval=approval).order_by("-assignee").first():
            approvals.approve(approval=approval, actor=task.assignee, note="同意", now=now)
        approvals.run_effect(approval_id=approval.pk, now=now)


def _buy(account: Account, story: Story, *, ago: timedelta) -> None:
    """A server of the flash sale, partly paid by a voucher, and delivered."""
    sku = Sku.objects.get(product__code="sandbox-ecs", code="s1-medium")
    line = products.QuoteLineIn(sku_id=sku.pk, quantity=2, periods=1)
    with at(story.until - ago) as now:
        mine = Voucher.objects.usable(now).filter(customer=account.customer)
        voucher = mine.filter(batch__claim_code="WELCOME50").get()
        top_up(account, Decimal(500), now, story.finance)
        with transaction.atomic():
            quote = products.create_quote(
                customer=account.customer,
                lines=[line],
                actor=account.owner,
                now=now,
                voucher_ids=[voucher.pk],
            )
            order = orders.place_order(quote=quote, actor=account.owner, now=now)
        with transaction.atomic():
            order = orders.pay_order(order=order, actor=account.owner, now=now)
    _deliver(order, story.until - ago)


def _deliver(order: Order, since: datetime) -> None:
    saga = Saga.objects.get(order=order)
    for minute in range(1, RUNS):
        with at(since + timedelta(minutes=minute)) as now:
            orders.run_saga(saga_id=saga.pk, now=now)
        order.refresh_from_db()
        if order.status != OrderStatus.PROVISIONING:
            return


def _evening(moment: datetime) -> datetime:
    """Ten in the evening of that day in Beijing, or of the next when that is near."""
    local = timezone.localtime(moment)
    end = local.replace(hour=EVENING, minute=0, second=0, microsecond=0)
    return end if local.hour < EVENING - 1 else end + timedelta(days=1)
