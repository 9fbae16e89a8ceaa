from datetime import timedelta

import pytest
from django.utils import timezone

from apps.approvals.models import Approval
from apps.products.models import PriceBand, PriceChange
from kboss.demo.catalogue import load_catalogue
from kboss.demo.people import load_people
from kboss.demo.price_changes import load_price_changes

pytestmark = pytest.mark.django_db


def test_demo_shows_price_changes_in_each_state():
    now = timezone.now()
    company = load_people()
    load_catalogue(company.platform, now - timedelta(days=90))

    load_price_changes(company, until=now)

    states = list(PriceChange.objects.values_list("source", "status", "is_automatic"))
    assert ("vendor", "applied", True) in states
    assert ("vendor", "pending", False) in states
    assert ("vendor", "proposed", False) in states
    assert ("person", "proposed", False) in states
    assert PriceBand.objects.get().is_active
    assert "火山引擎" in Approval.objects.get().title
