"""Queries that are compiled once and asked with other values."""

from datetime import timedelta

import pytest
from django.db.models import OuterRef, Subquery

from apps.core.prepared import Prepared
from apps.products.models import Sku, TaxRate
from tests.factories.products import PriceFactory, SkuFactory

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def listed(ids, at):
    """All that quotes make use of: a list, a moment, a joined condition, a subquery, JSON."""
    rates = TaxRate.objects.filter(tax_class=OuterRef("product__tax_class"), valid_from__lte=at)
    return (
        Sku.objects.filter(pk__in=ids)
        .with_unit_price(at)
        .annotate(rate=Subquery(rates.values("rate")[:1]))
        .order_by("pk")
        .values_list("pk", "specification", "unit_price", "current_price__valid_from", "rate")
    )


def prices(now, count):
    return [
        PriceFactory(sku=SkuFactory(specification={"vcpu": 2}), valid_from=now) for _ in "x" * count
    ]


def test_answers_as_the_query_itself_does(now):
    ids = [price.sku_id for price in prices(now, 3)]
    prepared = Prepared(listed)

    for asked, at in ((ids, now), (ids[:1], now), (ids, now - timedelta(days=1))):
        assert prepared.rows(ids=asked, at=at) == list(listed(asked, at))


def test_is_built_once_for_each_number_of_items_rounded_up(now, django_assert_num_queries):
    ids = [price.sku_id for price in prices(now, 8)]
    built = []
    prepared = Prepared(lambda ids, at: built.append(len(ids)) or listed(ids, at))

    with django_assert_num_queries(8):
        found = [len(prepared.rows(ids=ids[:count], at=now)) for count in range(1, 9)]

    assert (found, built) == (list(range(1, 9)), [1, 2, 4, 8])


def test_cannot_ask_for_nothing(now):
    with pytest.raises(ValueError, match="nothing"):
        Prepared(listed).rows(ids=[], at=now)
