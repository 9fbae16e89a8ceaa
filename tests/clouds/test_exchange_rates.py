"""What a foreign currency was worth is entered, never rewritten: bills were made by it."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from apps.clouds.models import ExchangeRate
from tests.factories.bills import ExchangeRateFactory

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.mark.parametrize("act", [lambda rows: rows.update(rate="1"), lambda rows: rows.delete()])
def test_the_database_refuses_to_change_a_rate(act):
    rate = ExchangeRateFactory()
    before = ExchangeRate.objects.values().get(pk=rate.pk)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        act(ExchangeRate.objects.filter(pk=rate.pk))

    assert ExchangeRate.objects.values().get(pk=rate.pk) == before


def test_a_rate_of_money_is_no_discount():
    with translation.override("zh-hans"):
        assert str(ExchangeRate._meta.get_field("rate").verbose_name) == "汇率"
