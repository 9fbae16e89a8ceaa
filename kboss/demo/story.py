"""The demo from its first day to today."""

import random
import sys
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from apps.clouds.models import CloudAccount
from apps.orders.models import Order
from apps.rbac.models import Tenant
from kboss.demo.agreements import load_agreements
from kboss.demo.approvals import load_approvals
from kboss.demo.assortment import load_assortment
from kboss.demo.baskets import fill_baskets
from kboss.demo.bills import bill_the_months
from kboss.demo.business import ORDERS, Story, load_cloud_accounts, trade
from kboss.demo.catalogue import load_catalogue
from kboss.demo.customers import load_customers
from kboss.demo.dingtalk import load_dingtalk
from kboss.demo.notifications import tell_the_news
from kboss.demo.people import load_people
from kboss.demo.price_changes import load_price_changes
from kboss.demo.price_syncs import load_price_syncs
from kboss.demo.promotions import load_promotions
from kboss.demo.trouble import cause_trouble
from simulators.keys import CLOUD_ACCESS_KEYS

YEAR = timedelta(days=365)


def tell() -> int:
    """Load the demo unless it is there. Refuses in production."""
    if not settings.IS_SANDBOX:
        print("Demo data and demo logins exist in the sandbox alone.", file=sys.stderr)
        return 1
    if Tenant.objects.exists():
        return 0
    begun = time.monotonic()
    _load(timezone.localtime(), random.Random(20261122))
    seconds = time.monotonic() - begun
    print(f"  {Order.objects.count()} of {ORDERS} orders in {seconds:.0f} s", flush=True)
    return 0


def _load(now: datetime, dice: random.Random) -> None:
    since = now - YEAR
    company = load_people()
    load_catalogue(company.platform, since)
    access_key_id, secret = next(iter(CLOUD_ACCESS_KEYS.items()))
    load_cloud_accounts(company.platform, access_key_id=access_key_id, secret=secret)
    accounts = load_customers(company, since=since, dice=dice)
    finance = company.staff["finance@kboss.example"]
    story = Story(since=since, until=now, dice=dice, finance=finance)
    trade(accounts, story)
    cause_trouble(company, accounts[0], story)
    account = CloudAccount.objects.get(vendor__code="sandbox")
    bill_the_months(account, since=since, until=now)
    load_dingtalk(company, now)
    load_approvals(company, accounts, until=now)
    load_agreements(company, accounts, until=now)
    load_price_changes(company, until=now)
    load_promotions(company, accounts, story)
    load_assortment(company, accounts, now=now, key_id=access_key_id, secret=secret)
    fill_baskets(accounts, company.platform, now)
    load_price_syncs(company, until=now)
    tell_the_news(boss=company.boss, until=now)
