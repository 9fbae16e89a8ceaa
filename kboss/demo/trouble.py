"""What goes wrong in the demo, so that the pages for it are not empty."""

from datetime import timedelta
from decimal import Decimal

import requests
from django.conf import settings
from django.db import transaction

from apps.orders import services as orders
from apps.orders.enums import OrderStatus
from apps.orders.models import Order, Saga
from apps.products import services as products
from apps.products.enums import BillingMode
from apps.products.models import Sku
from apps.rbac.enums import ChangeKind
from apps.rbac.models import Role
from apps.rbac.services import grants
from kboss.demo.business import Story, at, top_up
from kboss.demo.customers import Account
from kboss.demo.people import Company

MOST_RUNS = 15


def cause_trouble(company: Company, account: Account, story: Story) -> None:
    """An order that the cloud refused, one that waits for a person, and a role to decide on."""
    cheap = Sku.objects.filter(billing_mode=BillingMode.MONTHLY, is_active=True, stock=None)
    refused, held = cheap.exclude(vendor_sku="").order_by("pk")[:2]
    _control(stock=0, instance_type=refused.vendor_sku)
    _order(account, refused, story, ago=timedelta(hours=5))
    _control(stock=1000, instance_type=refused.vendor_sku)
    _control(fault="500", action="*", times=500)
    _order(account, held, story, ago=timedelta(hours=4))
    _control(clear=True)
    with at(story.until - timedelta(hours=2)) as now, transaction.atomic():
        grants.request_role(
            user=company.staff["sales2@kboss.example"],
            role=Role.objects.get(code="support"),
            kind=ChangeKind.ADD,
            reason="旺季支援客服",
            actor=company.boss,
            now=now,
        )


def _order(account: Account, sku: Sku, story: Story, *, ago: timedelta) -> None:
    with at(story.until - ago) as now:
        top_up(account, Decimal(20_000), now, story.finance)
        with transaction.atomic():
            line = products.QuoteLineIn(sku_id=sku.pk, quantity=1, periods=1)
            quote = products.create_quote(
                customer=account.customer, lines=[line], actor=account.owner, now=now
            )
            order = orders.place_order(quote=quote, actor=account.owner, now=now)
        with transaction.atomic():
            order = orders.pay_order(order=order, actor=account.owner, now=now)
    _run(order, story, ago=ago)


def _run(order: Order, story: Story, *, ago: timedelta) -> None:
    """As often as the sweep would come by, six minutes apart."""
    saga = Saga.objects.get(order=order)
    for minutes in range(1, MOST_RUNS):
        with at(story.until - ago + timedelta(minutes=6 * minutes)) as now:
            orders.run_saga(saga_id=saga.pk, now=now)
        order.refresh_from_db()
        if order.status not in {OrderStatus.PROVISIONING, OrderStatus.REFUNDING}:
            return


def _control(**asked: object) -> None:
    answer = requests.post(f"{settings.SANDBOX_URLS['cloud']}/control", json=asked, timeout=10)
    answer.raise_for_status()
