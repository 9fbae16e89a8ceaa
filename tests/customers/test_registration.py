from datetime import UTC, datetime

import pytest

from apps.customers.services import register_customer

pytestmark = pytest.mark.django_db


def test_numbers_carry_the_day_in_shanghai(outsider):
    night = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)

    customer = register_customer(user=outsider, company_name="夜航科技有限公司", now=night)

    assert customer.number.startswith("C20261123")
