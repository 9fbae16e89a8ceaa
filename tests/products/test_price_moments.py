"""When a price that was agreed on takes effect."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.products.models import Price
from apps.products.selectors import price_at
from apps.products.services import apply_due, propose_price, request_price_changes, set_price
from tests.factories.products import LONG_AGO, PriceFactory
from tests.factories.rbac import StaffFactory, give_role
from tests.support.approvals import agree

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture(autouse=True)
def approvers(platform, roles):
    return [give_role(StaffFactory(tenant=platform), code) for code in ("finance", "operations")]


@pytest.fixture
def sku(platform):
    """Sold at 100.00."""
    return PriceFactory(sku__product__tenant=platform, unit_cost=Decimal("60.00")).sku


def test_agreed_for_later_waits(sku, boss, now):
    propose_price(
        sku=sku,
        unit_price=Decimal("110.00"),
        unit_cost=Decimal("60.00"),
        effective_from=now + 5 * DAY,
        actor=boss,
        now=now,
    )
    agree(request_price_changes(actor=boss, now=now, reason="x"), now)

    apply_due(now=now)

    assert price_at(sku=sku, at=now + 4 * DAY).unit_price == Decimal("100.00")
    assert price_at(sku=sku, at=now + 5 * DAY).unit_price == Decimal("110.00")


def test_ends_where_a_planned_price_begins(sku, boss, now):
    set_price(
        sku=sku,
        unit_price=Decimal("50.00"),
        unit_cost=Decimal("60.00"),
        valid_from=now + 3 * DAY,
        actor=boss,
        now=now,
    )
    propose_price(sku=sku, unit_price=Decimal("110.00"), unit_cost=None, actor=boss, now=now)
    agree(request_price_changes(actor=boss, now=now, reason="x"), now)

    apply_due(now=now)

    prices = Price.objects.filter(sku=sku).order_by("valid_from")
    assert [(str(p.unit_price), p.valid_from, p.valid_until) for p in prices] == [
        ("100.00", LONG_AGO, now),
        ("110.00", now, now + 3 * DAY),
        ("50.00", now + 3 * DAY, None),
    ]
