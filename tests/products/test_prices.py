"""List prices over time: no gap by accident, no overlap ever, the past stays (CAT-2)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.core.errors import Forbidden, NotFound
from apps.core.models import AuditEntry, OutboxEvent
from apps.core.money import round_fen
from apps.products.enums import METERED
from apps.products.errors import (
    AmountIsNegative,
    PeriodIsEmpty,
    PriceIsRetroactive,
    PricesOverlap,
    ProductIsNotYours,
)
from apps.products.models import Price
from apps.products.pricing.amounts import to_fen
from apps.products.pricing.facts.codes import METERED_MODES
from apps.products.selectors import price_at
from apps.products.services import set_price
from tests.factories.products import LONG_AGO, PriceFactory, ProductFactory, SkuFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def sku(platform):
    return SkuFactory(product=ProductFactory(tenant=platform), price="100.00")


def periods(sku):
    rows = Price.objects.filter(sku=sku).order_by("valid_from")
    return [(str(p.unit_price), p.valid_from, p.valid_until) for p in rows]


def test_takes_over_from_the_price_before(sku, boss, now):
    set_price(sku=sku, unit_price=Decimal("90.00"), actor=boss, now=now)

    assert periods(sku) == [("100.00", LONG_AGO, now), ("90.00", now, None)]
    assert price_at(sku=sku, at=now - timedelta(microseconds=1)).unit_price == Decimal("100.00")
    assert price_at(sku=sku, at=now).unit_price == Decimal("90.00")
    assert price_at(sku=sku, at=LONG_AGO - DAY) is None


def test_a_price_for_a_time_lets_the_old_one_come_back(sku, boss, now):
    set_price(
        sku=sku,
        unit_price=Decimal("50.00"),
        actor=boss,
        now=now,
        valid_from=now + DAY,
        valid_until=now + 2 * DAY,
    )

    assert periods(sku) == [
        ("100.00", LONG_AGO, now + DAY),
        ("50.00", now + DAY, now + 2 * DAY),
        ("100.00", now + 2 * DAY, None),
    ]


def test_tells_who_set_it(sku, boss, now):
    price = set_price(sku=sku, unit_price=Decimal("90.00"), actor=boss, now=now)

    entry = AuditEntry.objects.get(verb="price.set")
    assert (entry.actor_id, entry.facts["price"]) == (boss.pk, "¥90.00")
    assert OutboxEvent.objects.get(kind="products.PriceSet").payload == {"price_id": price.pk}


@pytest.mark.parametrize(
    ("error", "amount", "start", "until"),
    [
        (PriceIsRetroactive, "90.00", -DAY, None),
        (PeriodIsEmpty, "90.00", DAY, DAY),
        (PricesOverlap, "90.00", DAY, None),
        (AmountIsNegative, "-0.01", DAY, None),
    ],
)
def test_refuses(error, amount, start, until, sku, boss, now):
    PriceFactory(sku=sku, valid_from=now + 5 * DAY)
    Price.objects.filter(sku=sku, valid_from=LONG_AGO).update(valid_until=now + 5 * DAY)
    before = periods(sku)

    with pytest.raises(error):
        set_price(
            sku=sku,
            unit_price=Decimal(amount),
            actor=boss,
            now=now,
            valid_from=now + start,
            valid_until=until and now + until,
        )

    assert periods(sku) == before


@pytest.mark.parametrize(("actor", "error"), [("stranger", NotFound), ("clerk", Forbidden)])
def test_needs_permission(actor, error, sku, now, request):
    with pytest.raises(error):
        set_price(
            sku=sku, unit_price=Decimal("1.00"), actor=request.getfixturevalue(actor), now=now
        )

    assert periods(sku) == [("100.00", LONG_AGO, None)]


def test_a_distributor_cannot_change_the_prices_of_the_platform(sku, rival_boss, now):
    with pytest.raises(ProductIsNotYours):
        set_price(sku=sku, unit_price=Decimal("1.00"), actor=rival_boss, now=now)

    assert periods(sku) == [("100.00", LONG_AGO, None)]


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "wrong",
    [
        {"unit_price": Decimal("-1.00")},
        {"unit_cost": Decimal("-1.00")},
        {"valid_until": LONG_AGO},
    ],
)
def test_database_refuses(wrong, db):
    with pytest.raises(IntegrityError), transaction.atomic():
        PriceFactory(**wrong)


@pytest.mark.parametrize("amount", ["0.005", "0.015", "1.2349999", "2.675", "1E+3", "-0.005"])
def test_the_engine_rounds_as_money_does(amount):
    assert to_fen(Decimal(amount)) == round_fen(Decimal(amount))


def test_the_engine_knows_the_metered_modes():
    assert {mode.value for mode in METERED} == METERED_MODES
