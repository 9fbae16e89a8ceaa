"""The demo's promotions and vouchers: made, decided and used by the services that people use."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.products.campaigns import CampaignStatus, VoucherStatus
from apps.products.models import Campaign, RuleClaim, Voucher
from kboss.demo.business import Story, load_cloud_accounts
from kboss.demo.catalogue import load_catalogue
from kboss.demo.customers import load_customers
from kboss.demo.people import load_people
from kboss.demo.promotions import load_promotions
from simulators.keys import CLOUD_ACCESS_KEYS
from tests.factories.billing import fund

pytestmark = pytest.mark.django_db


def test_shows_campaigns_and_vouchers_in_every_state(cloud):
    now = timezone.localtime()
    company = load_people()
    since = now - timedelta(days=400)
    load_catalogue(company.platform, since)
    access_key_id, secret = next(iter(CLOUD_ACCESS_KEYS.items()))
    load_cloud_accounts(company.platform, access_key_id=access_key_id, secret=secret)
    dice = random.Random(1)  # noqa: S311  the same figures each time
    accounts = load_customers(company, since=since, dice=dice)
    finance = company.staff["finance@kboss.example"]
    for account in accounts[:2]:
        fund(account.customer, "1000.00")

    load_promotions(company, accounts, Story(since=since, until=now, dice=dice, finance=finance))

    states = list(Campaign.objects.values_list("status", flat=True))
    assert states.count(CampaignStatus.RUNNING) == 4
    assert states.count(CampaignStatus.SUBMITTED) == 1
    shown = set(Voucher.objects.values_list("status", flat=True))
    assert shown == set(VoucherStatus.values) - {VoucherStatus.RESERVED}
    assert RuleClaim.objects.filter(rule_key__startswith="promotion:").count() == 2
