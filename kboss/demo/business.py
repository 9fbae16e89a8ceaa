"""A year of orders, told day by day on a clock that stands where the story is."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import time_machine
from django.db import transaction

from apps.billing import services as billing
from apps.billing.selectors import wallet_of
from apps.clouds import services as clouds
from apps.clouds.models import CloudAccount, Resource
from apps.core.errors import DomainError
from apps.core.money import round_fen
from apps.orders import services as orders
from apps.orders.enums import OrderStatus
from apps.orders.models import Order, Saga
from apps.products import services as products
from apps.products.enums import BillingMode
from apps.products.models import Sku, Vendor
from apps.rbac.models import Tenant, User
from kboss.demo.customers import Account

ORDERS = 200
CANCELLED_EVERY = 23
TODAY = 9
UNPAID_LAST = 3  # the newest orders still wait for payment
ONLINE_MOST = Decimal(50_000)  # above it companies transfer by bank
FREE_GIFT = Decimal("200.00")
OLD_LIFETIME = timedelta(days=2)  # old servers were small jobs: a year of hours would be millions
KEPT_SINCE = timedelta(days=25)


@contextmanager
def at(moment: datetime) -> Iterator[datetime]:
    """The clock of the whole process stands at `moment`, for the sandbox as well."""
    with time_machine.travel(moment, tick=False):
        yield moment


def load_cloud_accounts(platform: Tenant, *, access_key_id: str, secret: str) -> None:
    """One account at each vendor; in the demo, the sandbox cloud plays all of them."""
    for vendor in Vendor.objects.order_by("pk"):
        CloudAccount.objects.create(
            tenant=platform,
            vendor=vendor,
            name=f"{vendor.name} 主账号",
            access_key_id=access_key_id,
            secret=secret,
        )


@dataclass(frozen=True)
class Story:
    """A span of business, the dice that shape it, and the clerk who books transfers."""

    since: datetime
    until: datetime
    dice: random.Random
    finance: User


def trade(accounts: list[Account], story: Story) -> None:
    """Two hundred orders, more of them towards the end."""
    dice = story.dice
    buyers = [account for account in accounts if account.customer.verified_at]
    skus = list(Sku.objects.filter(is_active=True).exclude(stock=0).with_unit_price(story.since))
    weights = [_popularity(sku) for sku in skus]
    for number, moment in enumerate(_moments(story)):
        account = buyers[0] if number % 8 == 0 else dice.choice(buyers)
        if account.customer.verified_at and account.customer.verified_at < moment:
            sku = dice.choices(skus, weights)[0]
            _buy(account, sku, number=number, moment=moment, story=story)
    _grant_gift(buyers[0], story)
    with at(story.until - timedelta(minutes=30)) as now:
        top_up(buyers[0], Decimal(18_000), now, story.finance)


def _moments(story: Story) -> list[datetime]:
    """When the orders come: ever more of them, and the last ones within these hours."""
    span = (story.until - story.since).total_seconds()
    earlier = [
        story.since + timedelta(seconds=span * story.dice.random() ** 0.4)
        for _ in range(ORDERS - TODAY)
    ]
    latest = [story.until - timedelta(minutes=20 * n + 10) for n in range(1, TODAY + 1)]
    return sorted(earlier + latest)


def _popularity(sku: Sku) -> float:
    """Small things sell often, a cluster once a year."""
    months = 720 if sku.billing_mode == BillingMode.HOURLY else 1
    return float(1 / (float(sku.unit_price or 1) * months) ** 0.9)


def _buy(
    account: Account,
    sku: Sku,
    *,
    number: int,
    moment: datetime,
    story: Story,
) -> None:
    dice = story.dice
    periods = 1 if sku.billing_mode == BillingMode.HOURLY else dice.choice((1, 1, 3, 6))
    with at(moment) as now:
        line = products.QuoteLineIn(sku_id=sku.pk, quantity=1, periods=periods)
        with transaction.atomic():
            quote = products.create_quote(
                customer=account.customer, lines=[line], actor=account.owner, now=now
            )
            order = orders.place_order(quote=quote, actor=account.owner, now=now)
    if number >= ORDERS - UNPAID_LAST:
        return
    if number % CANCELLED_EVERY == 5:
        with at(moment + timedelta(minutes=9)) as now:
            orders.cancel_order(order=order, actor=account.owner, now=now, reason="配置选错了")
        return
    with at(moment + timedelta(minutes=2)) as now:
        top_up(account, order.total, now, story.finance)
    with at(moment + timedelta(minutes=4)) as now, transaction.atomic():
        order = orders.pay_order(order=order, actor=account.owner, now=now)
    _deliver(order, since=moment + timedelta(minutes=4), dice=dice)
    if moment < story.until - KEPT_SINCE:
        _end(order, moment + OLD_LIFETIME)


def top_up(account: Account, needed: Decimal, now: datetime, finance: User) -> None:
    """A recharge in round thousands when the wallet is too small for what comes."""
    missing = needed - wallet_of(account.customer).available
    if missing <= 0:
        return
    amount = round_fen((missing // 1000 + 2) * 1000)
    if amount > ONLINE_MOST:
        billing.record_bank_recharge(
            customer=account.customer,
            amount=amount,
            reference=f"BANK{now:%Y%m%d%H%M%S}{account.customer.pk:06d}",
            actor=finance,
            now=now,
        )
        return
    recharge = billing.start_recharge(
        customer=account.customer, amount=amount, channel="alipay", actor=account.owner, now=now
    )
    billing.confirm_recharge(
        number=recharge.number,
        amount=amount,
        channel_trade_no=f"{now:%Y%m%d}2200{recharge.pk:012d}",
        now=now + timedelta(seconds=50),
    )


def _deliver(order: Order, *, since: datetime, dice: random.Random) -> None:
    """Run the saga as its jobs would have: at once, and again when the server has booted."""
    saga = Saga.objects.get(order=order)
    for wait in (1, 8 + dice.randint(0, 60), 180):
        with at(since + timedelta(seconds=wait)) as now:
            orders.run_saga(saga_id=saga.pk, now=now)
        order.refresh_from_db()
        if order.status != OrderStatus.PROVISIONING:
            return


def _end(order: Order, moment: datetime) -> None:
    """The customer was done with it: gone at the cloud and with us."""
    for resource in Resource.objects.alive().filter(token__startswith=f"{order.number}-"):
        with at(moment) as now:
            try:
                clouds.release(resource=resource)
                clouds.release_resource(resource=resource, now=now, reason="客户已退订")
            except DomainError as error:
                raise RuntimeError(f"The sandbox cloud kept {resource}: {error}") from error


def _grant_gift(account: Account, story: Story) -> None:
    with at(story.until - timedelta(days=12)) as now:
        billing.grant_gift(
            customer=account.customer,
            amount=FREE_GIFT,
            key="demo-welcome-gift",
            actor=story.finance,
            now=now,
            note="周年赠金",
        )
